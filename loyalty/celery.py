"""The Celery application and its timetable. Tasks only wake a worker: what is owed is a row."""

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init
from django.core.management import call_command
from django.core.management.base import SystemCheckError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")


app = Celery("loyalty")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# A wake-up that nobody took before the next one is due is thrown away: no backlog after a pause.
app.conf.beat_schedule = {
    "sweep": {"task": "loyalty.tasks.sweep", "schedule": 10, "options": {"expires": 10}},
    "clock": {"task": "loyalty.tasks.clock", "schedule": 60, "options": {"expires": 60}},
}


@celeryd_init.connect
def check_first(**_options: Any) -> None:
    """A worker apart starts only when `manage.py check` finds no fault, nor in the database."""
    try:
        call_command("check", databases=["default"])
    except SystemCheckError as error:
        raise SystemExit(str(error)) from None
