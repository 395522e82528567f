"""Writing activities down, once for ever: a video watched, a birthday, a month of membership."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from loyalty import bulk
from loyalty.earning.models import ActivityRecord
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal

CLOCK_SLACK = timedelta(days=1)  # Tellers whose clock or zone is wrong.


class ActivityInFuture(Refusal):
    code = "made_in_future"


class ActivityReused(Refusal):
    """The same reference with another body."""

    code = "reference_reused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An activity as it is told to us, by the number that its teller gives it."""

    account_id: int
    kind: str
    source: str
    reference: str
    occurred_at: datetime
    subject: str = ""

    @property
    def fingerprint(self) -> str:
        body = [self.account_id, self.kind, self.subject]
        return hashlib.blake2b(json.dumps(body).encode(), digest_size=16).hexdigest()


@dataclass(slots=True, eq=False)
class RecordedActivity:
    """An activity, and where it stands in our books; or why it cannot stand there."""

    told: Told
    id: int = 0
    public_id: str = ""
    is_new: bool = False
    problem: Refusal | None = None

    @property
    def key(self) -> str:
        return f"activity:{self.id}"


_COLUMNS = {
    "program_id": "bigint", "public_id": "text", "account_id": "bigint", "kind": "text",
    "source": "text", "reference": "text", "subject": "text", "occurred_at": "timestamptz",
    "fingerprint": "text", "recorded_at": "timestamptz",
}  # fmt: skip
_INSERT = f"""
INSERT INTO earning_activityrecord ({", ".join(_COLUMNS)})
SELECT {", ".join(_COLUMNS)} FROM {{rows}} WHERE true
ON CONFLICT (program_id, source, reference) DO NOTHING RETURNING id, public_id
"""


def record(program_id: int, activities: Sequence[Told], *, now: datetime) -> list[RecordedActivity]:
    """Write activities down. One that was told before comes back as it stands."""
    all_told = [RecordedActivity(told, problem=_problem(told, now)) for told in activities]
    first: dict[tuple[str, str], RecordedActivity] = {}
    for it in all_told:
        if not it.problem:
            first.setdefault((it.told.source, it.told.reference), it)
    # Two who tell of the same must not wait for each other: everybody goes by the reference.
    by_public_id = {new_public_id(): first[place] for place in sorted(first)}
    rows = [
        (
            program_id, public_id, it.told.account_id, it.told.kind, it.told.source,
            it.told.reference, it.told.subject, it.told.occurred_at, it.told.fingerprint, now,
        )
        for public_id, it in by_public_id.items()
    ]  # fmt: skip
    for record_id, public_id in bulk.fetch(_INSERT, _COLUMNS, rows):
        it = by_public_id[public_id]
        it.id, it.public_id, it.is_new = record_id, public_id, True
    _recall(program_id, all_told, first)
    return all_told


def _problem(told: Told, now: datetime) -> Refusal | None:
    if told.occurred_at > now + CLOCK_SLACK:
        return ActivityInFuture(_("The date lies in the future."))
    return None


def _recall(
    program_id: int,
    all_told: Sequence[RecordedActivity],
    first: dict[tuple[str, str], RecordedActivity],
) -> None:
    old = [it for it in all_told if not it.is_new and not it.problem]
    if not old:
        return
    rows = ActivityRecord.objects.filter(
        program=program_id,
        source__in={it.told.source for it in old},
        reference__in={it.told.reference for it in old},
    ).values("id", "public_id", "source", "reference", "fingerprint")
    stored: dict[tuple[str, str], dict[str, Any]] = {
        (row["source"], row["reference"]): dict(row) for row in rows
    }
    for it in old:
        known = stored[it.told.source, it.told.reference]
        it.id, it.public_id = known["id"], known["public_id"]
        if known["fingerprint"] != it.told.fingerprint:
            it.problem = ActivityReused(
                _("%(reference)s was told to us before, with other contents.")
                % {"reference": it.told.reference},
                stored={"id": known["public_id"]},
            )
