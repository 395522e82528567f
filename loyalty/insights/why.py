"""What brought an entry about, by the names that strangers may see.

An entry names its cause by our own numbers ("purchase:8412/rule:3"), which leave the house for
nobody. Here they are looked up, for a page of entries in one query a kind.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from campaigns.codes.models import CodeBatch
from campaigns.contributions.models import Call
from campaigns.surveys.models import Survey
from loyalty.earning.models import ActivityRecord, EarningRule
from loyalty.localized import Localized
from loyalty.merchants.models import Program
from loyalty.purchases.models import Purchase, Refund
from loyalty.rewards.models import Redemption, Reward
from members.models import Tier


class Caused(Protocol):
    """An entry, as far as its cause goes."""

    @property
    def id(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def explanation(self) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What happened, and the promise (a rule, a tier, a reward) that it met."""

    kind: str  # "purchase", "activity", "refund", "redemption", "adjust", "undo", "tier", "expiry"
    id: str = ""
    source: str = ""
    reference: str = ""
    promise: str = ""  # "rule", "tier", "reward", "codes"
    promise_id: str = ""
    promise_name: Any = None  # Localized


_PROMISING = {
    "rule": EarningRule, "tier": Tier, "reward": Reward, "survey": Survey, "call": Call,
    "codes": CodeBatch,
}  # fmt: skip
_REFERRED = ("public_id", "source", "reference")


def causes(program: Program, entries: Iterable[Caused]) -> dict[int, Cause]:
    """The cause of each entry, by the entry's id."""
    entries = list(entries)
    happened = {entry.id: entry.key.partition("/")[0].partition(":") for entry in entries}
    promised = {entry.id: entry.source.partition(":") for entry in entries}
    facts = _happenings(program, {(kind, name) for kind, _colon, name in happened.values()})
    names = _promises(program, {(kind, name) for kind, _colon, name in promised.values()})
    found = {}
    for entry in entries:
        kind, _colon, name = happened[entry.id]
        promise, _colon, number = promised[entry.id]
        found[entry.id] = Cause(
            kind=kind,
            **facts.get((kind, name), {}),
            **names.get((promise, number)) or _named(entry),
        )
    return found


def _happenings(
    program: Program, wanted: set[tuple[str, str]]
) -> dict[tuple[str, str], dict[str, str]]:
    told = {"purchase": Purchase, "activity": ActivityRecord, "refund": Refund}
    found: dict[tuple[str, str], dict[str, str]] = {}
    for kind, model in told.items():
        if numbers := _numbers(kind, wanted):
            rows = model.objects.filter(program=program, pk__in=numbers)  # type: ignore[attr-defined]
            for pk, public_id, source, reference in rows.values_list("pk", *_REFERRED):
                found[kind, str(pk)] = {
                    "id": public_id, "source": source, "reference": reference,
                }  # fmt: skip
    names = [name for kind, name in wanted if kind == "redemption"]
    redemptions = Redemption.objects.filter(program=program, public_id__in=names) if names else ()
    for redemption in redemptions:
        found["redemption", redemption.public_id] = {"id": redemption.public_id}
    return found


def _promises(
    program: Program, wanted: set[tuple[str, str]]
) -> dict[tuple[str, str], dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for promise, model in _PROMISING.items():
        if numbers := _numbers(promise, wanted):
            rows = model.objects.filter(program=program, pk__in=numbers)  # type: ignore[attr-defined]
            for row in rows:
                found[promise, str(row.pk)] = {
                    "promise": promise, "promise_id": row.public_id, "promise_name": row.name,
                }  # fmt: skip
    return found


def _named(entry: Caused) -> dict[str, Any]:
    """A prize carries the name of what gave it."""
    first: dict[str, Any] = next(iter(entry.explanation or ()), {})
    if first.get("step") not in ("prize", "prize_taken", "spin"):
        return {}
    name = first.get("name") or ""
    return {"promise_name": Localized(name) if isinstance(name, dict) else name}


def _numbers(kind: str, wanted: set[tuple[str, str]]) -> list[int]:
    return [int(name) for its_kind, name in wanted if its_kind == kind and name.isdecimal()]
