"""manage.py demo [--seed 7]: a café in Bangkok and a year of its life, made by the flows."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone, translation

from loyalty import kept
from loyalty.flows import contest_boards, keys
from loyalty.management.demo import friends, shop, voices, year
from loyalty.merchants.keys import SCOPES
from loyalty.merchants.models import Merchant, Program, Staff


class Command(BaseCommand):
    help = "Load a demo program: a café in Bangkok with a year of members, sales and rewards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=7)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo has a password that everybody knows: not in production.")
        if Program.objects.filter(slug="baan-rim-khlong").exists():
            raise CommandError("The demo program is there already.")
        now = timezone.now()
        with translation.override("en"), transaction.atomic():
            program = shop.open_shop(now - (year.DAYS + 1) * year.DAY)
            with kept.within_this_transaction():
                year.Year(program, now=now, seed=options["seed"]).live(self._progress)
            contest_boards.keep(now=now)
            voices.speak(program, now=now)
            owner = Staff.objects.filter(merchant=program.merchant_id).order_by("pk")[0]
            friends.bring(program, email=year.CAST[0][1], owner=owner, now=now)
            shop.add_what_is_new(program, owner, now)
            _key, token = keys.create(program, name="Till", scopes=SCOPES, by=owner, now=now)
        self._write_down(program, token)
        self.stdout.write(
            self.style.SUCCESS(f"{Merchant.objects.get(pk=program.merchant_id)}: open.")
        )

    def _progress(self, share: float) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r  {share:4.0%} of a year", ending="\n" if share >= 1 else "")
            self.stderr.flush()

    def _write_down(self, program: Program, token: str) -> None:
        slug = program.slug
        facts = {
            "urls": {
                "Portal": f"/p/{slug}/home/",
                "Public page": f"/p/{slug}/",
                "Dashboard": f"/dashboard/{slug}/",
                "API docs": "/api/docs/",
            },
            "sign_ins": [
                {"who": "Member", "email": year.CAST[0][1], "password": shop.PASSWORD},
                *(
                    {"who": role.label, "email": email, "password": shop.PASSWORD}
                    for role, _name, email in shop.TEAM[:3]
                ),
            ],
            "api_key": token,
        }
        note = settings.VAR_DIR / "demo.json"
        note.touch(mode=0o600)
        note.write_text(json.dumps(facts, default=str, ensure_ascii=False, indent=2))
