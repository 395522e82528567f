"""manage.py audit_ledger: every law and seal, asked of every row. Exits 1 if one is broken."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from loyalty.ledger import audit, seals
from loyalty.management.unhurried import take_your_time
from loyalty.purchases import audit as purchase_audit


class Command(BaseCommand):
    help = "Ask every law of the ledger of every row, and print each one that is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        take_your_time(connection)
        breaches = [*audit.breaches(), *purchase_audit.breaches(), *seals.breaches()]
        for breach in breaches:
            self.stderr.write(str(breach))
        if breaches:
            sys.exit(1)
        laws = len(audit.LAWS) + len(audit.TOTALS) + len(purchase_audit.LAWS)
        self.stdout.write(
            f"All {laws} laws hold, the triggers are there, and every seal fits its entries."
        )
