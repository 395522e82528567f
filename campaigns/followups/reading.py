"""A follow-up offer: told in a sentence, read strictly from data, written back as data."""

from typing import Any

from django.utils.translation import gettext as _

from campaigns.followups.models import FollowUp
from campaigns.reading import Reading, common_data, flag, one_of, whole
from loyalty import formats
from loyalty.earning.parts import BadRule
from loyalty.earning.terms import either, ordinal, quoted

MOST_CODES, LONGEST_CODE = 100, 80
OWN = ("of", "codes", "count", "every", "repeats", "on", "reward")
FIELDS = ("name", "about", "starts_at", "ends_at", *OWN)


def followup_data(it: FollowUp) -> dict[str, Any]:
    """The follow-up as ``clean_followup`` reads it back; its reward by public id."""
    same = ("of", "codes", "count", "every", "repeats", "on")
    return (
        common_data(it)
        | {name: getattr(it, name) for name in same}
        | {"reward": it.reward.public_id}
    )


def clean_followup(data: Any) -> dict[str, Any]:
    """What a FollowUp is made of; the flow looks for its reward. Raises BadRule."""
    read = Reading(data, FIELDS)
    told = read.common()
    told["of"] = read.one("of", one_of(FollowUp.Of.values))
    told["codes"] = read.one("codes", _codes)
    told["count"] = read.one("count", one_of(FollowUp.Count.values))
    told["every"] = read.one("every", whole(2, 1_000))
    told["repeats"] = read.one("repeats", flag)
    told["on"] = read.one("on", one_of(FollowUp.On.values))
    told["reward"] = read.data.get("reward")
    read.refuse_problems()
    return told


def _codes(told: Any) -> list[str]:
    told = told or []
    is_list = isinstance(told, list) and len(told) <= MOST_CODES
    if not is_list or not all(
        isinstance(it, str) and 0 < len(it.strip()) <= LONGEST_CODE and it.isprintable()
        for it in told
    ):
        words = {"most": MOST_CODES, "length": LONGEST_CODE}
        raise BadRule({"": _("Give at most %(most)s codes, of at most %(length)s letters each.")
                       % words})  # fmt: skip
    return list(dict.fromkeys(it.strip() for it in told))


def followup_sentence(it: FollowUp) -> str:
    """After each 4th piece of the product “house blend”: 15% off, on the same again."""
    words = {
        "nth": ordinal(it.every),
        "thing": _thing(it),
        "reward": it.reward,
        "on": (_("on the same again") if it.on == FollowUp.On.SAME
               else _("on what is bought along with it most")),
    }  # fmt: skip
    units, each = it.count == FollowUp.Count.UNITS, it.repeats
    if units and each:
        told = _("After each %(nth)s piece of %(thing)s: %(reward)s, %(on)s")
    elif units:
        told = _("After the %(nth)s piece of %(thing)s: %(reward)s, %(on)s")
    elif each:
        told = _("After each %(nth)s purchase with %(thing)s: %(reward)s, %(on)s")
    else:
        told = _("After the %(nth)s purchase with %(thing)s: %(reward)s, %(on)s")
    return told % words


def _thing(it: FollowUp) -> str:
    if not it.codes:
        return _("one product") if it.of == FollowUp.Of.PRODUCT else _("one category")
    if len(it.codes) > 3:
        count = {"count": formats.number(len(it.codes))}
        return (_("one of %(count)s products") if it.of == FollowUp.Of.PRODUCT
                else _("one of %(count)s categories")) % count  # fmt: skip
    codes = {"codes": either(quoted(code) for code in it.codes)}
    if it.of == FollowUp.Of.PRODUCT:
        return _("the product %(codes)s") % codes
    return _("the category %(codes)s") % codes
