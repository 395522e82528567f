"""Making codes for products, printing them, and making them worthless again."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from campaigns.codes import secrets
from campaigns.codes.models import CodeBatch, ProductCode
from loyalty.flows.codes import find
from loyalty.ledger.models import Wallet
from loyalty.merchants import trail
from loyalty.merchants.models import Program, Staff
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal
from loyalty.rewards.codes import normalized
from loyalty.rewards.models import Reward

MOST_CODES = 100_000  # In one batch.
MOST_POINTS = 1_000_000  # That one code gives.
BITE = 2_000
SHORTEST_WORD, LONGEST_WORD = 4, 40
_FIELDS = (
    "kind", "count", "points", "starts_at", "ends_at", "member_limit", "member_daily_limit",
    "total_limit",
)  # fmt: skip


class BadBatch(Refusal):
    """``field`` in its facts names what is wrong."""

    code = "bad_code_batch"


class WordTaken(Refusal):
    code = "code_taken"


class NotReprinted(Refusal):
    """What codes are worked out from cannot be read: the installation's key was lost."""

    code = "codes_not_readable"


@transaction.atomic
def make(
    program: Program,
    *,
    name: dict[str, str],
    kind: str,
    by: Staff | None,
    now: datetime,
    count: int = 1,
    word: str = "",
    wallet: Wallet | None = None,
    points: int | None = None,
    reward: Reward | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    member_limit: int | None = None,
    member_daily_limit: int | None = None,
    total_limit: int | None = None,
    public_id: str = "",
) -> CodeBatch:
    """A batch and its first codes; ``make_due`` writes down the rest. A second click makes none."""
    is_shared = kind == CodeBatch.Kind.SHARED
    batch = CodeBatch(
        program=program, public_id=public_id or new_public_id(), name=name, kind=kind,
        count=1 if is_shared else count, wallet=wallet, points=points, reward=reward,
        starts_at=starts_at, ends_at=ends_at, total_limit=total_limit if is_shared else None,
        member_limit=None if is_shared else member_limit,
        member_daily_limit=None if is_shared else member_daily_limit, created_at=now,
    )  # fmt: skip
    # Of two clicks the second waits here, and finds what the first has made.
    Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    if there := program.code_batches.filter(public_id=batch.public_id).first():
        return there
    _check(batch)
    batch.secret = secrets.sealed(_word(program, word)) if is_shared else secrets.new_seed()
    batch.save()
    _write_bite(batch)
    trail.record(
        "codes.make", f"codes:{batch.public_id}", program=program, now=now, by=by,
        after=_facts(batch),
    )  # fmt: skip
    return batch


@transaction.atomic
def void(batch: CodeBatch, *, by: Staff | None, now: datetime) -> None:
    """None of its codes gives anything any more. What they gave stays."""
    if CodeBatch.objects.filter(pk=batch.pk, voided_at=None).update(voided_at=now):
        trail.record(
            "codes.void", f"codes:{batch.public_id}", program=batch.program, now=now, by=by
        )


@transaction.atomic
def void_code(batch: CodeBatch, text: str, *, by: Staff | None, now: datetime) -> ProductCode:
    """One code gives nothing any more: a roll of labels was lost, or a bottle broken."""
    code = find(batch.program, text)
    if code is None or code.batch_id != batch.pk:
        raise BadBatch(_("This batch has no such code. Look for a mistyped letter."), field="code")
    unused = ProductCode.objects.filter(pk=code.pk, voided_at=None)
    if unused.update(voided_at=now):
        trail.record(
            "codes.void_one", f"codes:{batch.public_id}", program=batch.program, now=now, by=by,
            after={"number": code.number},
        )  # fmt: skip
    return code


# --- Writing codes down --------------------------------------------------------------------------


def make_due(*, now: datetime) -> Iterator[int]:
    """Write down the codes that are still missing, some thousands in each transaction."""
    for batch_id in CodeBatch.objects.unmade().order_by("created_at").values_list("pk", flat=True):
        while made := _bite_of(batch_id):
            yield made


@transaction.atomic
def _bite_of(batch_id: int) -> int:
    # Whoever has the row writes the next thousands; the others find them written.
    unmade = CodeBatch.objects.unmade().select_for_update(no_key=True).filter(pk=batch_id)
    return sum(_write_bite(batch) for batch in unmade)


def _write_bite(batch: CodeBatch) -> int:
    numbers = range(batch.made + 1, min(batch.made + BITE, batch.count) + 1)
    ProductCode.objects.bulk_create(
        ProductCode(
            program_id=batch.program_id, batch=batch, number=number,
            code_hash=secrets.hash_of(code),
        )
        for number, code in zip(numbers, _codes(batch, numbers), strict=True)
    )  # fmt: skip
    batch.made = numbers.stop - 1
    batch.save(update_fields=["made"])
    return len(numbers)


# --- Printing them -------------------------------------------------------------------------------


def printed(batch: CodeBatch, first: int = 1, last: int | None = None) -> list[tuple[int, str]]:
    """Codes by their number, as the sheet shows them. Those that were voided are left out."""
    numbers = range(first, min(last or batch.made, batch.made) + 1)
    within = Q(number__gte=first, number__lt=numbers.stop)
    gone = set(batch.codes.filter(within, voided_at__isnull=False).values_list("number", flat=True))
    codes = zip(numbers, _codes(batch, numbers), strict=True)
    return [(number, secrets.grouped(code)) for number, code in codes if number not in gone]


def _codes(batch: CodeBatch, numbers: range) -> list[str]:
    secret = secrets.unsealed(batch.secret)
    if secret is None:
        raise NotReprinted(
            _("The codes cannot be worked out: the key of this installation was changed without "
              "keeping the old one among the fallbacks.")
        )  # fmt: skip
    return [secret] if batch.is_shared else secrets.codes_of(secret, numbers)


# --- What makes sense ----------------------------------------------------------------------------


def _check(batch: CodeBatch) -> None:
    problems = [
        (not any(str(text).strip() for text in batch.name.values()), "name",
         _("Give the codes a name: members read it beside what they got.")),
        (batch.kind not in CodeBatch.Kind.values, "kind", _("Say of which kind the codes are.")),
        (not 1 <= batch.count <= MOST_CODES, "count",
         _("A batch has 1 to %(most)s codes. Make several batches for more.")
         % {"most": f"{MOST_CODES:,}"}),
        ((batch.points is None) == (batch.reward is None), "points",
         _("A code gives points or a prize: say one of the two.")),
        (batch.points is not None and not 0 < batch.points <= MOST_POINTS, "points",
         _("A code gives 1 to %(most)s.") % {"most": f"{MOST_POINTS:,}"}),
        (batch.points is not None and batch.wallet is None, "wallet",
         _("Say into which wallet the points go.")),
        (bool(batch.starts_at and batch.ends_at and batch.ends_at <= batch.starts_at), "ends_at",
         _("Codes end after they start.")),
    ]  # fmt: skip
    problems += [
        (getattr(batch, name) is not None and getattr(batch, name) < 1, name,
         _("Give a number above 0, or none for no limit."))
        for name in ("member_limit", "member_daily_limit", "total_limit")
    ]  # fmt: skip
    for is_wrong, field, sentence in problems:
        if is_wrong:
            raise BadBatch(sentence, field=field)
    if batch.points is None:
        batch.wallet = None


def _word(program: Program, word: str) -> str:
    """A shared code: the merchant's own word, or eight symbols."""
    word = normalized(word)
    if not word:
        return secrets.new_word()
    if not (SHORTEST_WORD <= len(word) <= LONGEST_WORD and word.isalnum() and word.isascii()):
        raise BadBatch(
            _("A code of your own has %(least)s to %(most)s letters from A to Z and digits.")
            % {"least": SHORTEST_WORD, "most": LONGEST_WORD},
            field="word",
        )
    if find(program, word):
        raise WordTaken(_("There is a code like this already. Choose another."), field="word")
    return word


def _facts(batch: CodeBatch) -> dict[str, Any]:
    told = {name: getattr(batch, name) for name in _FIELDS}
    facts = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in told.items()
        if value is not None
    }
    facts["name"] = dict(batch.name)
    if batch.reward:
        facts["reward"] = batch.reward.public_id
    return facts
