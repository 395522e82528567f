"""Open a business with its first program on the command line: docs/import.md shows it at work."""

from typing import Any

from django.conf import settings as django_settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from loyalty import money
from loyalty.flows import programs, rules, settings, tiers
from loyalty.merchants.models import Program, Staff, User
from loyalty.money import NotMoney
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal
from members.joining import BadContact, clean_email

UNITS = {"en": ("point", "points"), "th": ("แต้ม", "แต้ม")}


class Command(BaseCommand):
    help = "Open a business with a program of points: its currency, what earns a point, its tiers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="what the business is called")
        parser.add_argument("--program", required=True, help="the program's slug in addresses")
        parser.add_argument("--owner", required=True, help="the e-mail address of its owner")
        parser.add_argument("--currency", default="THB", help="a code of ISO 4217 (THB)")
        parser.add_argument("--time-zone", default="Asia/Bangkok", help="(Asia/Bangkok)")
        parser.add_argument("--language", default="en", choices=UNITS, help="of its names (en)")
        parser.add_argument("--points-per", metavar="AMOUNT", help="the spend that earns a point")
        parser.add_argument(
            "--points-last", type=int, default=12, choices=range(1, 121), metavar="MONTHS",
            help="until they expire (12)",
        )  # fmt: skip
        parser.add_argument(
            "--tier", action="append", default=[], dest="tiers", metavar="NAME=SPEND",
            help="a tier and the spend in a calendar year that reaches it; give it several times",
        )  # fmt: skip

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with translation.override(options["language"]), transaction.atomic():
                program = _opened(options)
        except (Refusal, NotMoney) as problem:
            raise CommandError(str(problem)) from problem
        page = reverse("dashboard:enter", args=[program.slug])
        self.stdout.write(f"{program.merchant} is open: {django_settings.PUBLIC_URL}{page}")
        self.stdout.write(f"{options['owner'].lower()} signs in there, with a code sent by e-mail.")


def _opened(options: dict[str, Any]) -> Program:
    now, language = timezone.now(), options["language"]
    settings.check_slug(options["program"])
    one, many = UNITS[language]
    program = programs.open_merchant(
        _owner(options["owner"]), business=options["name"], now=now, public_id=new_public_id(),
        name={language: options["name"]}, currency=options["currency"],
        time_zone=options["time_zone"], unit_one={language: one}, unit_many={language: many},
    )  # fmt: skip
    owner = Staff.objects.get(merchant=program.merchant)
    program = settings.change(program, by=owner, now=now, slug=options["program"])
    if options["points_per"]:
        _give_points(program, owner, options["points_per"])
    wallet = program.wallets.get(code="points")
    rules.save_wallet(program, wallet, by=owner, now=now, expiry_count=options["points_last"])
    for told in options["tiers"]:
        name, _sign, spend = told.partition("=")
        threshold = money.to_minor(spend, program.currency)
        tiers.save_tier(
            program, None, by=owner, now=now, name={language: name.strip()}, threshold=threshold
        )
    return program


def _owner(email: str) -> User:
    email = clean_email(email)
    if not email:
        raise BadContact(_("The owner needs an e-mail address."))
    return User.objects.filter(email=email).first() or User.objects.create_user(email)


def _give_points(program: Program, owner: Staff, amount: str) -> None:
    spend = money.to_minor(amount, program.currency)
    effect = {"kind": "per_spend", "points": 1, "per_minor": spend}
    rule = program.earning_rules.get()
    rules.save_rule(program, rule, by=owner, now=timezone.now(), effect=effect)
