"""Questions whose only right answer is nothing: each law of the ledger, asked of every row.

A law names its tables in braces. Asked of everybody they are the tables themselves; asked of some
balances they are the rows of these, so that a night's audit goes bite by bite.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db import connection

from loyalty.ledger import triggers
from loyalty.ledger.models import Balance, Wallet

BITE = 5_000  # Balances.


@dataclass(frozen=True)
class Breach:
    """A law that does not hold, how often, and some of the rows that show it."""

    law: str
    count: int
    examples: list[int]

    def __str__(self) -> str:
        return f"{self.law}: {self.count} (for example {', '.join(map(str, self.examples))})"


# Each query returns the ids of rows that break the law. These ask of balances, one by one.
LAWS = {
    "a balance is the sum of its entries": """
        SELECT held.id FROM {balances} held
        LEFT JOIN (SELECT balance_id, SUM(points) AS sum, COUNT(*) AS entries, MAX(seq) AS seq
                   FROM {entries} e GROUP BY balance_id) it ON it.balance_id = held.id
        WHERE COALESCE(it.sum, 0) <> held.points + held.pending - held.owed
           OR COALESCE(it.entries, 0) <> held.seq OR COALESCE(it.seq, 0) <> held.seq
    """,
    "each entry carries the sum so far": """
        SELECT id FROM (
            SELECT id, balance_after, SUM(points) OVER (PARTITION BY balance_id ORDER BY seq) AS sum
            FROM {entries} e) it
        WHERE balance_after <> sum
    """,
    "open lots hold what can be spent and what is pending": """
        SELECT held.id FROM {balances} held
        LEFT JOIN (SELECT balance_id,
                          SUM(CASE WHEN is_pending THEN 0 ELSE remaining END) AS points,
                          SUM(CASE WHEN is_pending THEN remaining ELSE 0 END) AS pending
                   FROM {lots} l WHERE remaining > 0 GROUP BY balance_id) it
               ON it.balance_id = held.id
        WHERE COALESCE(it.points, 0) <> held.points OR COALESCE(it.pending, 0) <> held.pending
    """,
    "debts hold what is owed": """
        SELECT held.id FROM {balances} held
        LEFT JOIN (SELECT balance_id, SUM(remaining) AS owed FROM {debts} d
                   GROUP BY balance_id) it
               ON it.balance_id = held.id
        WHERE COALESCE(it.owed, 0) <> held.owed
    """,
    "a lot holds what it was granted less its draws": """
        SELECT lot.id FROM {lots} lot
        JOIN ledger_entry entry ON entry.id = lot.entry_id
        LEFT JOIN (SELECT lot_id, SUM(points) AS drawn FROM {draws} d GROUP BY lot_id) it
               ON it.lot_id = lot.id
        WHERE lot.remaining <> lot.granted - COALESCE(it.drawn, 0)
           OR lot.granted <> entry.points OR lot.balance_id <> entry.balance_id
    """,
    "every accrual has its lot": """
        SELECT entry.id FROM {entries} entry LEFT JOIN {lots} lot ON lot.entry_id = entry.id
        WHERE (entry.kind IN ('accrual', 'adjustment') AND entry.points > 0) <> (lot.id IS NOT NULL)
    """,
    "every debit names the lots it drew from, or is owed": """
        SELECT entry.id FROM {entries} entry
        LEFT JOIN (SELECT entry_id, SUM(points) AS drawn FROM {draws} d GROUP BY entry_id) it
               ON it.entry_id = entry.id
        LEFT JOIN {debts} debt ON debt.entry_id = entry.id
        LEFT JOIN {lots} lot ON lot.entry_id = entry.id
        WHERE lot.id IS NULL
          AND -entry.points <> COALESCE(it.drawn, 0) + COALESCE(debt.remaining, 0)
    """,
    "no more is reversed than was posted": """
        SELECT entry.id FROM ledger_entry entry
        JOIN (SELECT reverses_id, SUM(points) AS points,
                     MIN(balance_id) AS low, MAX(balance_id) AS high
              FROM {entries} e WHERE reverses_id IS NOT NULL GROUP BY reverses_id) it
          ON it.reverses_id = entry.id
        WHERE it.low <> entry.balance_id OR it.high <> entry.balance_id
           OR (entry.points > 0 AND (it.points > 0 OR -it.points > entry.points))
           OR (entry.points < 0 AND (it.points < 0 OR it.points > -entry.points))
    """,
    "who owes has nothing": """
        SELECT id FROM {balances} held WHERE owed > 0 AND (points > 0 OR pending > 0)
    """,
    "a balance and its wallet belong to one program": """
        SELECT held.id FROM {balances} held
        JOIN ledger_wallet wallet ON wallet.id = held.wallet_id
        JOIN ledger_account account ON account.id = held.account_id
        WHERE wallet.program_id <> account.program_id
    """,
}
# Asked of whole wallets.
TOTALS = {
    "days add up to the entries": """
        SELECT it.wallet_id FROM (
            SELECT held.wallet_id, COUNT(*) AS entries, SUM(entry.points) AS points
            FROM ledger_entry entry JOIN ledger_balance held ON held.id = entry.balance_id
            WHERE held.wallet_id IN ({wallets})
            GROUP BY held.wallet_id) it
        LEFT JOIN (
            SELECT wallet, SUM(count) AS entries, SUM(amount) AS points FROM (
                SELECT SUBSTR(measure, 8, {dot} - 8) AS wallet, count, amount FROM ledger_dayfigure
                WHERE measure LIKE 'wallet:%'
                UNION ALL
                SELECT SUBSTR(measure, 8, {dot} - 8) AS wallet, count, amount FROM ledger_tally
                WHERE measure LIKE 'wallet:%') days
            GROUP BY wallet) days ON days.wallet = CAST(it.wallet_id AS text)
        WHERE COALESCE(days.entries, 0) <> it.entries OR COALESCE(days.points, 0) <> it.points
    """,
}


_ALL = {
    "balances": "ledger_balance",
    "entries": "ledger_entry",
    "lots": "ledger_lot",
    "debts": "ledger_debt",
    "draws": "ledger_draw",
    "wallets": "SELECT id FROM ledger_wallet",
}
_SOME = {
    "balances": "(SELECT * FROM ledger_balance WHERE id IN ({chosen}))",
    "entries": "(SELECT * FROM ledger_entry WHERE balance_id IN ({chosen}))",
    "lots": "(SELECT * FROM ledger_lot WHERE balance_id IN ({chosen}))",
    "debts": "(SELECT * FROM ledger_debt WHERE balance_id IN ({chosen}))",
    "draws": """(SELECT * FROM ledger_draw WHERE lot_id IN (
        SELECT id FROM ledger_lot WHERE balance_id IN ({chosen})))""",
}


def breaches() -> list[Breach]:
    """Every law that does not hold now."""
    return [*_unguarded(), *broken(LAWS), *broken(TOTALS)]


def breaches_of(program_id: int, *, after: int = 0) -> Iterator[tuple[int, list[Breach]]]:
    """The same of one program, bite by bite of its balances, and how far each bite reached."""
    wallets = _ids(Wallet.objects.filter(program=program_id).values_list("pk", flat=True))
    held = Balance.objects.filter(wallet__program=program_id).order_by("pk")
    while found := list(held.filter(pk__gt=after).values_list("pk", flat=True)[:BITE]):
        chosen = (
            f"SELECT id FROM ledger_balance WHERE id BETWEEN {found[0]} AND {found[-1]}"
            f" AND wallet_id IN ({wallets})"
        )
        some = {name: rows.replace("{chosen}", chosen) for name, rows in _SOME.items()}
        after = found[-1]
        yield after, broken(LAWS, of=some)
    yield after, [*_unguarded(), *broken(TOTALS, of={"wallets": wallets})]


def broken(laws: Mapping[str, str], *, of: Mapping[str, str] = _ALL) -> list[Breach]:
    """The laws of a list that some row breaks, of all rows or of those that the tables show."""
    postgres = connection.vendor == "postgresql"
    tables = {**of, "dot": "POSITION('.' IN measure)" if postgres else "INSTR(measure, '.')"}
    found = []
    for law, query in laws.items():
        with connection.cursor() as cursor:
            cursor.execute(query.format(**tables))
            rows = [row[0] for row in cursor.fetchall()]
        if rows:
            found.append(Breach(law, len(rows), sorted(rows)[:5]))
    return found


def _unguarded() -> list[Breach]:
    return [Breach(f"trigger {name} is missing", 1, []) for name in triggers.missing(connection)]


def _ids(ids: Iterable[int]) -> str:
    """Whole numbers for a list in SQL, which must not be empty."""
    return ", ".join(map(str, ids)) or "0"
