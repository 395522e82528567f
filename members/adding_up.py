"""The qualifying days of somebody who joined twice, counted for the membership that is kept."""

from django.db import connection

_ADD = """
INSERT INTO members_qualifyingday (account_id, "on", spend_minor, points, purchases)
SELECT %s, "on", spend_minor, points, purchases FROM members_qualifyingday WHERE account_id = %s
ORDER BY "on"
ON CONFLICT (account_id, "on") DO UPDATE
SET spend_minor = members_qualifyingday.spend_minor + excluded.spend_minor,
    points = members_qualifyingday.points + excluded.points,
    purchases = members_qualifyingday.purchases + excluded.purchases
"""
_TAKE = """
UPDATE members_qualifyingday
SET spend_minor = members_qualifyingday.spend_minor - other.spend_minor,
    points = members_qualifyingday.points - other.points,
    purchases = members_qualifyingday.purchases - other.purchases
FROM members_qualifyingday other
WHERE members_qualifyingday.account_id = %s AND other.account_id = %s
    AND other."on" = members_qualifyingday."on"
"""


def add_days_of(account_id: int, *, to: int) -> None:
    """Under the lock of both accounts. The other's own rows stay as they are."""
    _execute(_ADD, to, account_id)


def take_days_of(account_id: int, *, out_of: int) -> None:
    """The opposite: what was refunded meanwhile was taken from both of them."""
    _execute(_TAKE, out_of, account_id)


def _execute(statement: str, *accounts: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(accounts))
