"""A partner's codes: read from a list, kept sealed until a member gets one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from django.utils.translation import gettext as _

from loyalty.refusal import Refusal
from loyalty.rewards import codes
from loyalty.rewards.models import PoolCode, Reward, Voucher

MOST_CODES = 100_000  # At a time.
SHORTEST_CODE, LONGEST_CODE = 4, 80
_BITE = 200


class TooManyCodes(Refusal):
    code = "too_many_codes"


@dataclass(frozen=True, slots=True)
class Upload:
    """What became of a list: how many are new, and by line number which were known or no code."""

    added: int = 0
    known: list[int] = field(default_factory=list)
    bad: list[tuple[int, str]] = field(default_factory=list)


def add(reward: Reward, lines: Iterable[str]) -> Upload:
    """Keep the codes of a list, one a line; empty lines are nothing. Twice adds nothing.

    A code is known if the program keeps it for any reward, or has given it out. The caller sees to
    it that the lists of a program come one after the other.
    """
    good, bad = _read(lines)
    if len(good) > MOST_CODES:
        raise TooManyCodes(
            _("Upload at most %(most)s codes at a time.") % {"most": MOST_CODES}, most=MOST_CODES
        )
    added, known = 0, []
    seen: set[str] = set()
    for bite in _bites(good):
        there = _there(reward, [code for _number, code in bite])
        new = []
        for number, code in bite:
            plain = codes.normalized(code)
            if plain in seen or plain in there:
                known.append(number)
            else:
                new.append(PoolCode(
                    reward=reward, code_hash=codes.hash_of(code), code_sealed=codes.seal(code)
                ))  # fmt: skip
            seen.add(plain)
        PoolCode.objects.bulk_create(new)
        added += len(new)
    return Upload(added, known, bad)


def waiting(reward: Reward) -> int:
    """How many codes are left to give."""
    return PoolCode.objects.filter(reward=reward, taken_at=None).count()


def _read(lines: Iterable[str]) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    good, bad = [], []
    for number, line in enumerate(lines, 1):
        code = line.strip().strip("\ufeff")
        if not code:
            continue
        if not code.isprintable():
            bad.append((number, _("This line holds what cannot be printed.")))
        elif len(code) > LONGEST_CODE or len(codes.normalized(code)) < SHORTEST_CODE:
            limits = {"least": SHORTEST_CODE, "most": LONGEST_CODE}
            bad.append((number, _("A code has %(least)s to %(most)s letters.") % limits))
        else:
            good.append((number, code))
    return good, bad


def _there(reward: Reward, bite: list[str]) -> set[str]:
    """Which of these codes the program has already, without what people change in typing."""
    by_hash = {hashed: codes.normalized(code) for code in bite for hashed in codes.hashes_of(code)}
    hashes = list(by_hash)
    kept = PoolCode.objects.filter(reward__program=reward.program_id, code_hash__in=hashes)
    given = Voucher.objects.filter(program=reward.program_id, code_hash__in=hashes)
    found = [*kept.values_list("code_hash", flat=True), *given.values_list("code_hash", flat=True)]
    return {by_hash[hashed] for hashed in found}


def _bites(good: list[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    rest = iter(good)
    while bite := list(islice(rest, _BITE)):
        yield bite
