"""manage.py replay_campaign CAMPAIGN --program SLUG [--since DAY] [--until DAY]."""

import json
import sys
import time
from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.replays.models import Replay
from loyalty.days import local_date
from loyalty.flows import replays
from loyalty.insights.replay.running import Run, last_month
from loyalty.refusal import Refusal

BAR = 40


class Command(BaseCommand):
    help = "Try a campaign on the program's past sales. Nobody is given anything by it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", help="the campaign's id, as its address names it")
        parser.add_argument("--program", required=True, help="the program's slug")
        parser.add_argument("--since", type=date.fromisoformat, help="first day; else last month's")
        parser.add_argument("--until", type=date.fromisoformat, help="last day; else last month's")
        parser.add_argument("--percent", type=float, help="how much of it will be spent")
        parser.add_argument("--json", action="store_true", help="print all of the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = Campaign.objects.filter(
            program__slug=options["program"], public_id=options["campaign"]
        ).first()
        if campaign is None:
            raise CommandError("There is no such campaign in this program.")
        now = timezone.now()
        since, until = last_month(local_date(now, campaign.program.time_zone))
        percent = options["percent"]
        try:
            asked = replays.ask(
                campaign,
                since=options["since"] or since,
                until=options["until"] + timedelta(1) if options["until"] else until,
                spent_basis_points=None if percent is None else round(percent * 100),
                by=None,
                now=now,
            )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        began = time.perf_counter()
        it = self._wait_for(asked)
        if it.state != Replay.State.DONE:
            raise CommandError(f"It ended as “{it.state}” {it.error}".strip() + ".")
        self._tell(it, time.perf_counter() - began, as_json=options["json"])

    def _wait_for(self, asked: Replay) -> Replay:
        """Work it out here; where a worker was quicker, wait for it."""
        while True:
            replays.run_open(lambda replay: _Shown(Run.of(replay)), clock=timezone.now)
            it = Replay.objects.get(pk=asked.pk)
            if it.state != Replay.State.OPEN:
                return it
            time.sleep(0.5)

    def _tell(self, it: Replay, seconds: float, *, as_json: bool) -> None:
        assert it.result is not None
        if as_json:
            self.stdout.write(json.dumps(it.result, indent=1))
            return
        result, whole = it.result, it.result["whole"]
        for name, figure in (
            ("purchases", whole["sales"]),
            ("purchases that got something", whole["winning"]),
            ("members who gain", result["gaining"]),
            ("points added", whole["added"]),
            ("rewards or badges", whole["presents"]),
            ("taken back by refunds", whole["back"]),
            ("paid in fact", whole["paid"]),
            ("cost in minor units", result["cost_minor"]),
            ("liability in minor units", result["liability_minor"]),
        ):
            shown = "—" if figure is None else f"{figure:,}"
            self.stdout.write(f"{name:<32}{shown:>16}")
        self.stdout.write(f"{whole['sales'] / max(seconds, 0.001):,.0f} purchases a second")


class _Shown:
    """A replay at work, with a bar."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def bites(self) -> Any:
        total = max(self.run.replay.total, 1)
        for done in self.run.bites():
            full = min(BAR, done * BAR // total)
            if sys.stderr.isatty():
                sys.stderr.write(f"\r[{'█' * full}{' ' * (BAR - full)}] {done:,} of {total:,}")
                sys.stderr.flush()
            yield done

    def result(self) -> dict[str, Any]:
        return self.run.result()
