"""A wheel's odds, as they are published: share, prize and what is left of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from campaigns.wheel.models import Segment
from campaigns.wheel.reading import share_told
from loyalty import formats
from loyalty.flows import prizes


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """One segment, in words."""

    number: int
    colour: int
    name: str
    share: str
    prize: str
    left: str
    is_out: bool
    is_consolation: bool
    landed: int


def odds_of(
    segments: Sequence[Segment], landed: Mapping[int, int], colours: Sequence[int] = ()
) -> list[Odds]:
    with_prize = [it for it in segments if it.prize is not None]
    told = prizes.told_all([it.prize for it in with_prize if it.prize])
    by_pk = {it.pk: words for it, words in zip(with_prize, told, strict=True)}
    return [
        Odds(
            number=place + 1, colour=colours[place] if colours else 0, name=str(it),
            share=share_told(it.share), prize=by_pk.get(it.pk, ""), left=_left(it),
            is_out=it.left == 0, is_consolation=it.is_consolation, landed=landed.get(it.pk, 0),
        )
        for place, it in enumerate(segments)
    ]  # fmt: skip


def _left(it: Segment) -> str:
    if it.stock is None:
        return ""
    if not it.left:
        return _("all gone")
    words = {"left": formats.number(it.left), "stock": formats.number(it.stock)}
    return _("%(left)s of %(stock)s left") % words
