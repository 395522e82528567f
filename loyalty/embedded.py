"""A worker and a clock as threads of the web process, for the demo and for small shops."""

import logging
from threading import Event, Thread
from typing import Any

from celery import beat
from celery.worker import WorkController, state

from loyalty.celery import app

CONCURRENCY = 2
PATIENCE = 8  # Seconds that a running task gets to finish.

logger = logging.getLogger(__name__)


class EmbeddedWorker(WorkController):
    """A worker without signal handlers, because those belong to the main thread."""

    def __init__(self) -> None:
        self.ready = Event()
        # Nobody else takes from a broker in memory, so there is nothing to share fairly.
        in_memory = app.conf.broker_url.startswith("memory:")
        super().__init__(
            app=app,
            pool="threads",
            concurrency=CONCURRENCY,
            prefetch_multiplier=16 if in_memory else app.conf.worker_prefetch_multiplier,
            loglevel=logging.WARNING,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )

    def on_consumer_ready(self, consumer: Any) -> None:
        self.ready.set()


class Backstage:
    """The worker and the clock of one process, started and stopped together."""

    def __init__(self) -> None:
        state.should_stop = None
        self.worker = EmbeddedWorker()
        self.clock = beat.EmbeddedService(app, thread=True, scheduler_cls=app.conf.beat_scheduler)
        self._work = Thread(target=self.worker.start, name="worker", daemon=True)

    def start(self) -> None:
        self._work.start()
        self.clock.start()
        app.send_task("loyalty.tasks.sweep")  # What was left when the process last ended.

    def stop(self) -> bool:
        """Ask both to finish. False when a task is still at it after our patience."""
        state.should_stop = 0
        self.clock.stop()
        self._work.join(PATIENCE)
        if self._work.is_alive():
            logger.warning("A task is still running and is left; its row is due again soon.")
        return not self._work.is_alive()
