"""What time does to lots, for many members at once: pending ones mature, old ones expire.

Each call takes one bite of balances in its own transaction, so a million members are a thousand
short transactions and nobody waits long. A bite that is repeated finds nothing left to do.
"""

from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from loyalty import bulk
from loyalty.days import start_of
from loyalty.ledger import figures
from loyalty.ledger.models import Balance, Lot

BITE = 1_000
_IDS = {"balance_id": "bigint"}

_MATURE_BALANCES = """
UPDATE ledger_balance SET pending = pending - due.points,
    points = ledger_balance.points + due.points
FROM (
    SELECT lot.balance_id, SUM(lot.remaining) AS points
    FROM {rows} JOIN ledger_lot lot ON lot.balance_id = v.balance_id
    WHERE lot.is_pending AND lot.available_at <= %s
    GROUP BY lot.balance_id
) due WHERE ledger_balance.id = due.balance_id
"""
_MATURE_LOTS = """
UPDATE ledger_lot SET is_pending = false
WHERE is_pending AND available_at <= %s AND balance_id IN (SELECT balance_id FROM {rows})
"""

# Elsewhere it is four, each of which finds the due lots again.
_EXPIRY_ENTRIES = """
INSERT INTO ledger_entry (balance_id, seq, kind, points, balance_after, key, source,
                          occurred_at, posted_at, explanation)
SELECT held.id, held.seq + 1, 'expiry', -SUM(lot.remaining),
       held.points + held.pending - held.owed - SUM(lot.remaining),
       'expiry:' || CAST(lot_day.today AS text) || '/' || CAST(held.seq + 1 AS text), 'expiry',
       lot_day.at, lot_day.now, '[]'
FROM {rows}
JOIN ledger_balance held ON held.id = v.balance_id
JOIN ledger_lot lot ON lot.balance_id = held.id
CROSS JOIN (SELECT %s AS today, %s AS at, %s AS now) lot_day
WHERE lot.remaining > 0 AND lot.expires_on <= lot_day.today
GROUP BY held.id, lot_day.today, lot_day.at, lot_day.now
RETURNING id, balance_id, points
"""
_EXPIRED = {"entry_id": "bigint", "balance_id": "bigint"}
_EXPIRY_DRAWS = """
INSERT INTO ledger_draw (lot_id, entry_id, points)
SELECT lot.id, v.entry_id, lot.remaining
FROM {rows} JOIN ledger_lot lot ON lot.balance_id = v.balance_id
WHERE lot.remaining > 0 AND lot.expires_on <= %s
"""
_EXPIRE_BALANCES = """
UPDATE ledger_balance SET points = ledger_balance.points - due.points,
    pending = ledger_balance.pending - due.pending, seq = seq + 1
FROM (
    SELECT lot.balance_id,
           SUM(CASE WHEN lot.is_pending THEN 0 ELSE lot.remaining END) AS points,
           SUM(CASE WHEN lot.is_pending THEN lot.remaining ELSE 0 END) AS pending
    FROM {rows} JOIN ledger_lot lot ON lot.balance_id = v.balance_id
    WHERE lot.remaining > 0 AND lot.expires_on <= %s
    GROUP BY lot.balance_id
) due WHERE ledger_balance.id = due.balance_id
"""
_EXPIRE_LOTS = """
UPDATE ledger_lot SET remaining = 0
WHERE remaining > 0 AND expires_on <= %s AND balance_id IN (SELECT balance_id FROM {rows})
"""

# On PostgreSQL all of it is one statement: the due lots are found once.
_EXPIRE = """
WITH due AS MATERIALIZED (
    SELECT lot.id, lot.balance_id, lot.remaining, lot.is_pending
    FROM {rows} JOIN ledger_lot lot ON lot.balance_id = v.balance_id
    WHERE lot.remaining > 0 AND lot.expires_on <= %s::date
), sums AS (
    SELECT balance_id, SUM(remaining) AS points,
           COALESCE(SUM(remaining) FILTER (WHERE is_pending), 0) AS pending
    FROM due GROUP BY balance_id
), changed AS (
    UPDATE ledger_balance held SET points = held.points - (sums.points - sums.pending),
        pending = held.pending - sums.pending, seq = held.seq + 1
    FROM sums WHERE held.id = sums.balance_id
    RETURNING held.id, held.wallet_id, held.seq, sums.points AS expired,
        held.points + held.pending - held.owed AS balance_after
), posted AS (
    INSERT INTO ledger_entry (balance_id, seq, kind, points, balance_after, key, source,
                              occurred_at, posted_at, explanation)
    SELECT id, seq, 'expiry', -expired, balance_after, 'expiry:' || %s::date || '/' || seq,
        'expiry', %s::timestamptz, %s::timestamptz, '[]'
    FROM changed RETURNING id, balance_id
), drawn AS (
    INSERT INTO ledger_draw (lot_id, entry_id, points)
    SELECT due.id, posted.id, due.remaining
    FROM due JOIN posted ON posted.balance_id = due.balance_id
), closed AS (
    UPDATE ledger_lot SET remaining = 0 FROM due WHERE ledger_lot.id = due.id
)
SELECT wallet_id, COUNT(*)::int, -SUM(expired)::bigint FROM changed GROUP BY wallet_id
"""


@transaction.atomic
def mature_due(program_id: int, *, at: datetime, limit: int = BITE) -> int:
    """Make available what has passed its return window; say for how many balances."""
    due = Lot.objects.filter(is_pending=True, available_at__lte=at)
    found = _lock_some(due, program_id, limit)
    if found:
        rows = [(balance,) for balance, _wallet in found]
        bulk.execute(_MATURE_BALANCES, _IDS, rows, after=[at])
        bulk.execute(_MATURE_LOTS, _IDS, rows, before=[at])
    return len(found)


@transaction.atomic
def expire_due(program_id: int, *, zone: str, today: date, now: datetime, limit: int = BITE) -> int:
    """Expire what can no longer be spent on a day; say for how many balances.

    One entry a balance and day, with a draw for each lot: breakage can be traced to its accrual.
    """
    due = Lot.objects.filter(remaining__gt=0, expires_on__lte=today)
    wallets = dict(_lock_some(due, program_id, limit))
    if not wallets:
        return 0
    expire = _expire_at_once if connection.vendor == "postgresql" else _expire_in_steps
    figures.tally(
        figures.Counted(
            program_id, today, figures.measure_of(wallet_id, "expiry", points), count, points
        )
        for wallet_id, count, points in expire(wallets, today, start_of(today, zone), now)
    )
    return len(wallets)


Expired = list[tuple[int, int, int]]  # Wallet, entries, points.


def _expire_at_once(wallets: dict[int, int], today: date, at: datetime, now: datetime) -> Expired:
    rows = [(balance,) for balance in wallets]
    return bulk.fetch(_EXPIRE, _IDS, rows, after=[today, today, at, now])


def _expire_in_steps(wallets: dict[int, int], today: date, at: datetime, now: datetime) -> Expired:
    rows = [(balance,) for balance in wallets]
    entries = bulk.fetch(_EXPIRY_ENTRIES, _IDS, rows, after=[today, at, now])
    bulk.execute(_EXPIRY_DRAWS, _EXPIRED, [row[:2] for row in entries], after=[today])
    bulk.execute(_EXPIRE_BALANCES, _IDS, rows, after=[today])
    bulk.execute(_EXPIRE_LOTS, _IDS, rows, before=[today])
    return [(wallets[balance], 1, points) for _entry, balance, points in entries]


def _lock_some(due: QuerySet[Lot], program_id: int, limit: int) -> list[tuple[int, int]]:
    """Lock some balances that have due lots, in the order of their ids; each with its wallet.

    Their lots are for the next statement to read: this one sees them as before it had the lock.
    """
    some = due.filter(balance__wallet__program=program_id).values("balance")[:limit]
    balances = Balance.objects.select_for_update(no_key=True).filter(pk__in=some).order_by("pk")
    return list(balances.values_list("pk", "wallet"))
