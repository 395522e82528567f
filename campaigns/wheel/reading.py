"""A whole wheel, read strictly from data that anybody may have written, and written back."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from campaigns.reading import Reading, common_data, flag, whole
from campaigns.wheel.drawing import WHOLE
from campaigns.wheel.models import Segment, Wheel
from loyalty import formats
from loyalty.earning.parts import BadRule
from loyalty.earning.rule_forms import clean_name

FEWEST, MOST_SEGMENTS = 2, 16
MOST_PRICE, MOST_STOCK, MOST_DAILY = 10**6, 10**6, 50
OWN = ("wallet", "price", "free_daily", "most_daily", "segments")
FIELDS = ("name", "about", "starts_at", "ends_at", *OWN)
SEGMENT = ("name", "share", "prize", "stock", "is_consolation")


def wheel_data(it: Wheel) -> dict[str, Any]:
    """The wheel as ``clean_wheel`` reads it back; never its secret."""
    return common_data(it) | {
        "wallet": it.wallet.code if it.wallet else None,
        "price": it.price,
        "free_daily": it.free_daily,
        "most_daily": it.most_daily,
        "segments": [segment_data(one) for one in it.segments.order_by("position")],
    }


def segment_data(it: Segment) -> dict[str, Any]:
    return {name: getattr(it, name) for name in SEGMENT} | {"name": dict(it.name)}


def clean_wheel(data: Any) -> dict[str, Any]:
    """What a Wheel is made of; the flow reads its wallet and prizes. Raises BadRule."""
    read = Reading(data, FIELDS)
    told = read.common()
    told["wallet"] = read.data.get("wallet") or None
    told["price"] = read.one("price", whole(0, MOST_PRICE))
    told["free_daily"] = read.one("free_daily", flag)
    told["most_daily"] = read.one("most_daily", whole(1, MOST_DAILY, empty=True))
    told["segments"] = read.one("segments", _segments)
    if told["price"] and told["wallet"] is None:
        read.problems["wallet"] = _("Choose the wallet that a spin is paid from.")
    if told["price"] == 0 and not told["free_daily"]:
        read.problems["price"] = _("Nobody could turn it: let a spin cost something, or give a "
                                   "free one each day.")  # fmt: skip
    read.refuse_problems()
    return told


def _segments(told: Any) -> list[dict[str, Any]]:
    if not isinstance(told, list) or not FEWEST <= len(told) <= MOST_SEGMENTS:
        words = {"fewest": FEWEST, "most": MOST_SEGMENTS}
        raise BadRule({"": _("A wheel has from %(fewest)s to %(most)s segments.") % words})
    problems: dict[str, str] = {}
    read: list[dict[str, Any]] = []
    for place, one in enumerate(told):
        try:
            read.append(_segment(one))
        except BadRule as bad:
            problems |= bad.under(str(place))
    if problems:
        raise BadRule(problems)
    _refuse_odds(read)
    return read


def _segment(told: Any) -> dict[str, Any]:
    read = Reading(told, SEGMENT)
    segment = {
        "name": read.one("name", clean_name),
        "share": read.one("share", whole(1, WHOLE)),
        "prize": read.data.get("prize") or None,
        "stock": read.one("stock", whole(0, MOST_STOCK, empty=True)),
        "is_consolation": read.one("is_consolation", flag),
    }
    if segment["prize"] is None and segment["stock"] is not None:
        read.problems["stock"] = _("Nothing never runs out. Leave this empty.")
    read.refuse_problems()
    return segment


def _refuse_odds(segments: Sequence[dict[str, Any]]) -> None:
    total = sum(it["share"] for it in segments)
    if total != WHOLE:
        words = {"total": share_told(total)}
        raise BadRule({"": _("The odds come to %(total)s. They must come to 100%% together: give "
                             "what is left to a segment with no prize.") % words})  # fmt: skip
    instead = [it for it in segments if it["is_consolation"]]
    if len(instead) != 1:
        raise BadRule({"": _("Mark one segment that counts in place of a prize that has run out: "
                             "one with no prize, or a consolation.")})  # fmt: skip
    [only] = instead
    if only["stock"] is not None or (only["prize"] or {}).get("kind") == "reward":
        raise BadRule({"": _("What counts in place of others must not run out: let it be nothing, "
                             "points or a badge, without a stock.")})  # fmt: skip


def share_told(share: int) -> str:
    """``1%`` from 100, ``0.25%`` from 25."""
    return f"{formats.number(Decimal(share) / 100)}%"
