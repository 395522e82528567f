"""A till beside the tests: sells to Ana until it is stopped, and says each sale that stands.

python -m tests.management.till [SALES]
"""

import sys
from itertools import count

import django

django.setup()

# After the set-up, without which no model can be imported.
from loyalty.flows import books  # noqa: E402
from loyalty.flows.daily import Day  # noqa: E402
from loyalty.merchants.models import Program  # noqa: E402
from members.models import Member  # noqa: E402
from tests.makers import NOON, TODAY, buy, make_member, make_program, make_rule  # noqa: E402


def main(sales: int) -> None:
    if not Program.objects.exists():
        make_rule(make_program("cafe"))
        make_member(Program.objects.get(), "ana@example.org")
    ana = Member.objects.get()
    for number in count(ana.account.balances.get().seq if sales else 10_000):
        buy(ana, 10_00, reference=f"till-{number}")
        print(f"till-{number}", flush=True)
        if sales and number >= sales:
            break
    list(books.seal(Day(program=Program.objects.get(), on=TODAY, clock=lambda: NOON)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
