"""Take away the second step of somebody who has lost it and has no owner above them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from loyalty.flows import second_step
from loyalty.merchants.models import User


class Command(BaseCommand):
    help = "Take away somebody's passkeys, authenticator app and recovery codes. They are told."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address that they sign in with")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].lower()).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {options['email']}.")
        if not second_step.reset_by_operator(user, now=timezone.now()):
            raise CommandError(f"{user.email} has no second step.")
        self.stdout.write(f"{user.email} signs in by password or code now, and is told of it.")
