"""Writing sales down once for ever. Told again, nothing changes; told otherwise, it is refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import connection
from django.utils.translation import gettext as _

from loyalty import bulk
from loyalty.days import local_date
from loyalty.ledger import figures, moving
from loyalty.public_ids import new_public_id
from loyalty.purchases import spend, tracing
from loyalty.purchases.models import Purchase
from loyalty.purchases.sale import Sale, check, fingerprint
from loyalty.refusal import Refusal


class ReferenceReused(Refusal):
    """The same reference with another body: both are shown, neither is changed."""

    code = "reference_reused"


Place = tuple[str, str]  # Source and reference.


class ProgramFacts(spend.Switches, Protocol):
    @property
    def program_id(self) -> int: ...
    @property
    def version(self) -> int: ...
    @property
    def time_zone(self) -> str: ...


@dataclass(slots=True, eq=False)
class Recorded:
    """A sale, and where it stands in our books; or why it cannot stand there."""

    sale: Sale
    id: int = 0
    public_id: str = ""
    is_new: bool = False
    is_adopted: bool = False  # It was nobody's until it was told again with its member.
    refunded_minor: int = 0  # Of an adopted one, what came back while it was nobody's.
    account_id: int | None = None
    counted: Sequence[int] = ()  # Minor units of each line that count.
    problem: Refusal | None = None

    @property
    def counted_minor(self) -> int:
        return sum(self.counted)

    @property
    def key(self) -> str:
        return f"purchase:{self.id}"


_PURCHASES = {
    "program_id": "bigint", "public_id": "text", "account_id": "bigint", "source": "text",
    "reference": "text", "made_at": "timestamptz", "made_on": "date", "total_minor": "bigint",
    "counted_minor": "bigint", "points_paid_minor": "bigint", "refunded_minor": "bigint",
    "payment_method": "text", "channel": "text", "location_id": "bigint", "contact_email": "text",
    "contact_phone": "text", "fingerprint": "text", "program_version": "int",
    "recorded_at": "timestamptz",
}  # fmt: skip
_INSERT_PURCHASES = f"""
INSERT INTO purchases_purchase ({", ".join(_PURCHASES)})
SELECT {", ".join(_PURCHASES)} FROM {{rows}} WHERE true
ON CONFLICT (program_id, source, reference) DO NOTHING RETURNING id, public_id
"""
_LINES = {
    "purchase_id": "bigint", "number": "int", "kind": "text", "product": "text", "name": "text",
    "category": "text", "tags": "jsonb", "quantity": "numeric", "amount_minor": "bigint",
    "tax_minor": "bigint", "counted_minor": "bigint", "refunded_quantity": "numeric",
    "refunded_minor": "bigint",
}  # fmt: skip
_LINES_TOLD = {"public_id": "text"} | {
    name: kind for name, kind in _LINES.items() if name != "purchase_id"
}
# On PostgreSQL a sale and its lines are one statement.
_INSERT_BOTH = f"""
WITH sold AS (
    INSERT INTO purchases_purchase ({", ".join(_PURCHASES)})
    SELECT {", ".join(_PURCHASES)} FROM {{purchases}}
    ON CONFLICT (program_id, source, reference) DO NOTHING RETURNING id, public_id
), listed AS (
    INSERT INTO purchases_purchaseline ({", ".join(_LINES)})
    SELECT sold.id, {", ".join(f"lines.{name}" for name in _LINES if name != "purchase_id")}
    FROM {{lines}} JOIN sold ON sold.public_id = lines.public_id
)
SELECT id, public_id FROM sold
"""
_INSERT_LINES = f"""
INSERT INTO purchases_purchaseline ({", ".join(_LINES)}) SELECT {", ".join(_LINES)} FROM {{rows}}
"""
# Whether a row was changed is asked by RETURNING: where statements go together, nobody counts yet.
_CLAIMED = {"id": "bigint", "account_id": "bigint"}
_CLAIM = """
UPDATE purchases_purchase SET account_id = v.account_id, contact_email = '', contact_phone = ''
FROM {rows} WHERE purchases_purchase.id = v.id AND purchases_purchase.account_id IS NULL
RETURNING purchases_purchase.refunded_minor
"""


def record(program: ProgramFacts, sales: Sequence[Sale], *, now: datetime) -> list[Recorded]:
    """Write sales down, and say of each what became of it."""
    return Recording.of(program, sales, now=now).finish()


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Sales that were sent to the database. ``finish`` waits, and says what became of each."""

    program: ProgramFacts
    told: list[Recorded]
    first: dict[Place, Recorded]
    prints: dict[Place, str]
    places: dict[str, Place]  # By the public id that a sale has if it is new.
    inserted: bulk.Answer

    @classmethod
    def of(cls, program: ProgramFacts, sales: Sequence[Sale], *, now: datetime) -> "Recording":
        told = [_checked(sale, program, now=now) for sale in sales]
        first: dict[Place, Recorded] = {}
        for it in told:
            if not it.problem:
                first.setdefault((it.sale.source, it.sale.reference), it)
        prints = {place: fingerprint(it.sale) for place, it in first.items()}
        # Two who tell of the same sales must not wait for each other: all go by the reference.
        places = {new_public_id(): place for place in sorted(first)}
        inserted = _insert(program, first, prints, places, now=now)
        return cls(program, told, first, prints, places, inserted)

    def finish(self) -> list[Recorded]:
        for purchase_id, public_id in self.inserted():
            it = self.first[self.places[public_id]]
            it.id, it.public_id, it.is_new = purchase_id, public_id, True
        if connection.vendor != "postgresql":
            _insert_lines([it for it in self.first.values() if it.is_new])
        tracing.keep(self.program.program_id, {
            it.id: it.sale for it in self.first.values() if it.is_new
        })  # fmt: skip
        _recall(self.program, self.told, self.first, self.prints)
        _adopt([it for it in self.told if it.id and not it.problem and it.account_id is None])
        return self.told


def counted(program: ProgramFacts, told: Iterable[Recorded]) -> list[figures.Counted]:
    """What new sales add to their days: those of members, and apart those of nobody yet."""
    found = []
    for it in told:
        day = local_date(it.sale.made_at, program.time_zone)
        if it.is_new:
            measure = figures.SALES if it.account_id else figures.UNCLAIMED
            found.append(figures.Counted(program.program_id, day, measure, 1, it.sale.total_minor))
        elif it.is_adopted:
            left = it.sale.total_minor - it.refunded_minor
            found += figures.claimed(program.program_id, day, left)
    return found


def _checked(sale: Sale, program: ProgramFacts, *, now: datetime) -> Recorded:
    try:
        check(sale, now=now)
    except Refusal as problem:
        return Recorded(sale, problem=problem)
    return Recorded(sale, account_id=sale.account_id, counted=spend.counted(sale, program))


def _insert(
    program: ProgramFacts,
    first: dict[Place, Recorded],
    prints: dict[Place, str],
    places: dict[str, Place],
    *,
    now: datetime,
) -> bulk.Answer:
    rows = []
    for public_id, place in places.items():
        it = first[place]
        sale = it.sale
        rows.append((
            program.program_id, public_id, sale.account_id, sale.source, sale.reference,
            sale.made_at, local_date(sale.made_at, program.time_zone), sale.total_minor,
            it.counted_minor, sale.points_paid_minor, 0, sale.payment_method, sale.channel,
            sale.location_id, *_contact(sale), prints[place],
            program.version, now,
        ))  # fmt: skip
    if not rows:
        return list
    if connection.vendor != "postgresql":
        return bulk.ask(_INSERT_PURCHASES, _PURCHASES, rows)
    lines = [
        (public_id, *line) for public_id, place in places.items() for line in _lines(first[place])
    ]
    return bulk.ask_tables(
        _INSERT_BOTH, {"purchases": (_PURCHASES, rows), "lines": (_LINES_TOLD, lines)}
    )


def _contact(sale: Sale) -> tuple[str, str]:
    """By what it can be claimed. A sale with an owner keeps nothing personal."""
    return ("", "") if sale.account_id else (sale.contact_email, sale.contact_phone)


def _insert_lines(new: Sequence[Recorded]) -> None:
    rows = [(it.id, *line) for it in new for line in _lines(it)]
    if rows:
        bulk.execute(_INSERT_LINES, _LINES, rows)


def _lines(it: Recorded) -> list[tuple[Any, ...]]:
    return [
        (
            number, line.kind, line.product, line.name, line.category,
            bulk.text(line.tags), line.quantity, line.amount_minor,
            line.tax_minor, counted, 0, 0,
        )
        for number, (line, counted) in enumerate(zip(it.sale.lines, it.counted, strict=True), 1)
    ]  # fmt: skip


def _recall(
    program: ProgramFacts,
    told: Sequence[Recorded],
    first: dict[tuple[str, str], Recorded],
    prints: dict[tuple[str, str], str],
) -> None:
    """Find what was told before, now or long ago, and hold the two tellings against each other."""
    old = [place for place, it in first.items() if not it.is_new]
    stored = _stored(program, old) if old else {}
    for it in told:
        if it.problem or it.is_new:
            continue
        place = (it.sale.source, it.sale.reference)
        if place not in stored:
            stored[place] = _as_stored(first[place], prints[place])
        _compare(it, stored[place])


def _as_stored(it: Recorded, fingerprint: str) -> dict[str, Any]:
    return {
        "id": it.id, "public_id": it.public_id, "account_id": it.account_id,
        "total_minor": it.sale.total_minor, "fingerprint": fingerprint,
    }  # fmt: skip


def _compare(it: Recorded, known: dict[str, Any]) -> None:
    it.id, it.public_id, it.account_id = known["id"], known["public_id"], known["account_id"]
    mine = it.sale.account_id
    is_mine = not mine or it.account_id in (None, mine) or mine in moving.family([it.account_id])
    if known["fingerprint"] != fingerprint(it.sale) or not is_mine:
        it.problem = _reused(it, known["total_minor"])


def _reused(it: Recorded, total_minor: int) -> ReferenceReused:
    return ReferenceReused(
        _("%(reference)s was told to us before, with other contents.")
        % {"reference": it.sale.reference},
        stored={"id": it.public_id, "total_minor": total_minor},
        told={"total_minor": it.sale.total_minor},
    )


def _adopt(nobodys: Sequence[Recorded]) -> None:
    """Sales that were nobody's until they were told again with their member become that member's.

    Everybody goes by the id, as whoever claims does, so that no two wait for each other.
    """
    for it in sorted(nobodys, key=lambda it: it.id):
        if (mine := it.sale.account_id) is None:
            continue
        if rows := bulk.fetch(_CLAIM, _CLAIMED, [(it.id, mine)]):
            it.account_id, it.is_adopted, it.refunded_minor = mine, True, rows[0][0]
            continue
        # Somebody was quicker: they, or another teller of the same.
        owner = Purchase.objects.values_list("account_id", flat=True).get(pk=it.id)
        it.account_id = owner
        if owner != mine:
            it.problem = _reused(it, it.sale.total_minor)


def claim(purchase_id: int, account_id: int) -> bool:
    """Give a sale that is nobody's to an account. Of two who want it, one gets it."""
    return bool(bulk.fetch(_CLAIM, _CLAIMED, [(purchase_id, account_id)]))


def _stored(
    program: ProgramFacts, places: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], dict[str, Any]]:
    rows = Purchase.objects.filter(
        program=program.program_id,
        source__in={source for source, _reference in places},
        reference__in={reference for _source, reference in places},
    ).values(
        "id", "public_id", "source", "reference", "fingerprint", "total_minor", "account_id",
    )  # fmt: skip
    return {(row["source"], row["reference"]): dict(row) for row in rows}
