"""Finding people by what staff type: the beginning of a name, e-mail or phone, or a whole code.

A list is read along one index, in the order of that index, a page at a time: it is as quick for a
million members as for ten.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import phonenumbers
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.db.models.lookups import (
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
)

from loyalty.merchants.models import Program
from members.joining import REGIONS
from members.models import Member
from members.ordering import ByCodePoint

LONGEST = 120
BITE = 1_000
_LAST = "\U0010ffff"  # No text goes on with a later sign.
_PHONE = re.compile(r"\+?[\d\s().-]{3,30}", re.ASCII)
_SHORTEST_PHONE = 4  # Digits; fewer begin the numbers of half the members.
_LONGEST_PHONE = 16  # By E.164, with its plus.


@dataclass(frozen=True, slots=True)
class Way:
    """An index to walk along: where it begins and ends, and what it orders by."""

    field: str
    first: str = ""
    last: str = ""
    is_text: bool = True
    newest_first: bool = False

    def page(self, members: QuerySet[Member], after: Member | None, limit: int) -> list[Member]:
        found = members.filter(*self._bounds())
        if after:
            found = found.filter(self._behind(after))
        key, sign = self._key(), "-" if self.newest_first else ""
        order = key.desc() if self.newest_first else key.asc()
        return list(found.order_by(order, f"{sign}pk")[:limit])

    def _bounds(self) -> list[Any]:
        if not self.first:
            return []
        key = self._key()
        return [
            GreaterThanOrEqual(key, self._value(self.first)),
            LessThanOrEqual(key, self._value(self.last)),
        ]

    def _behind(self, after: Member) -> Q:
        key, there = self._key(), self._value(getattr(after, self.field))
        if self.newest_first:
            return Q(LessThanOrEqual(key, there)) & (Q(LessThan(key, there)) | Q(pk__lt=after.pk))
        return Q(GreaterThanOrEqual(key, there)) & (Q(GreaterThan(key, there)) | Q(pk__gt=after.pk))

    def _key(self) -> Any:
        return ByCodePoint(Lower(F(self.field))) if self.is_text else F(self.field)

    def _value(self, value: Any) -> Any:
        return Lower(Value(value)) if self.is_text else Value(value)


NEWEST = Way("enrolled_on", is_text=False, newest_first=True)


class Search:
    """The members of a program that a text may mean; an empty one means them all."""

    def __init__(self, program: Program, text: str = "", *filters: Q) -> None:
        self.text = _tidy(text)
        self.members = (
            Member.objects.themselves()
            .filter(*filters, program=program)
            .select_related("account__tier_status__tier")
        )
        self.named = self._with_code(program) if self.text else []
        self.others = self.members.exclude(pk__in=[it.pk for it in self.named])
        self.way = self._first_that_knows(ways_for(program, self.text))

    def page(self, after: Member | None = None, limit: int = 30) -> list[Member]:
        """Who follows somebody: first who has the text as a code, then who begins with it."""
        head = [] if after else self.named
        behind = None if after in self.named else after
        return head + self.way.page(self.others, behind, limit - len(head))

    def all(self) -> Iterator[Member]:
        """Everybody, read a bite at a time."""
        after = None
        while found := self.page(after, BITE):
            yield from found
            after = found[-1]

    def _with_code(self, program: Program) -> list[Member]:
        found = _survivors(Member.objects.filter(_codes(self.text), program=program))
        return list(self.members.filter(pk__in=[it.pk for it in found]))

    def last(self, public_id: str) -> Member | None:
        """The member behind whom a page begins."""
        return self.members.filter(public_id=public_id).first() if public_id else None

    def _first_that_knows(self, ways: Sequence[Way]) -> Way:
        asked = (way for way in ways[:-1] if way.page(self.others, None, 1))
        return next(asked, ways[-1])


def ways_for(program: Program, text: str) -> Sequence[Way]:
    """The indexes to ask, until one knows somebody."""
    if not text:
        return [NEWEST]
    if phones := phone_beginnings(text, program.currency):
        # All are a plus and digits, which every order of text puts alike.
        return [Way("phone", it, it.ljust(_LONGEST_PHONE, "9"), is_text=False) for it in phones]
    by_email = Way("email", text, text + _LAST)
    return [by_email] if "@" in text else [Way("name", text, text + _LAST), by_email]


def named_exactly(program: Program, text: str) -> list[Member]:
    """Who has a text as their card code, phone number, e-mail address or the merchant's number.

    A card is what was scanned, so it decides alone; else there may be several, as where one
    member's number is another's phone.
    """
    text = _tidy(text)
    if not text:
        return []
    members = Member.objects.filter(program=program).select_related(
        "program", "merged_into__program"
    )
    if holders := list(members.filter(card_code=_card_code(text))):
        return _survivors(holders)
    wanted = Q(external_id=text) | Q(email=text.lower())
    if phones := phone_beginnings(text, program.currency):
        wanted |= Q(phone__in=phones)
    return _survivors(members.filter(wanted).order_by("pk"))


def _survivors(found: Iterable[Member]) -> list[Member]:
    """An old card or address finds the membership that it is part of."""
    return list(dict.fromkeys(member.survivor for member in found))


def phone_beginnings(text: str, currency: str) -> list[str]:
    """How a number, or the beginning of one, may begin in E.164; empty if it is none."""
    digits = re.sub(r"\D", "", text)
    if not _PHONE.fullmatch(text) or len(digits) < _SHORTEST_PHONE:
        return []
    if text.startswith("+"):
        return [f"+{digits}"]
    if digits.startswith("00"):
        return [f"+{digits[2:]}"]
    country = phonenumbers.country_code_for_region(REGIONS.get(currency, "TH"))
    if digits.startswith("0"):
        return [f"+{country}{digits[1:]}"]
    return [f"+{country}{digits}", f"+{digits}"]


def _codes(text: str) -> Q:
    return Q(card_code=_card_code(text)) | Q(external_id=text)


def _tidy(text: str) -> str:
    return " ".join(text.replace("\0", "").split())[:LONGEST]


def _card_code(text: str) -> str:
    """A code as it is printed, however it was typed; of a scanned address, its last part."""
    last = text.rstrip("/").rpartition("/")[2]
    return re.sub(r"[\s-]", "", last).upper()[:16]
