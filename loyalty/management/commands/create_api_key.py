"""Make an API key on the command line. It is printed once, on standard output."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from loyalty.flows import keys as flow
from loyalty.merchants.keys import SCOPES
from loyalty.merchants.models import Program
from loyalty.refusal import Refusal


class Command(BaseCommand):
    help = "Make an API key for a program and print it. It cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("program", help="The program's slug, as in its addresses.")
        parser.add_argument("--name", default="Command line", help="What people know the key by.")
        parser.add_argument(
            "--scope",
            action="append",
            dest="scopes",
            choices=list(SCOPES),
            metavar="SCOPE",
            help=f"What the key may do; give it several times. Without any, everything. "
            f"One of: {', '.join(SCOPES)}.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        program = Program.objects.filter(slug=options["program"]).first()
        if program is None:
            raise CommandError(f"There is no program with the slug {options['program']!r}.")
        scopes = options["scopes"] or SCOPES
        try:
            _key, token = flow.create(
                program, name=options["name"], scopes=scopes, by=None, now=timezone.now()
            )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stderr.write("Keep this key where your secrets are: it is shown only now.")
        self.stdout.write(token)
