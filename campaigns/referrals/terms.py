"""The terms of a program's referrals as plain values: read, checked, and kept with each friend."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from campaigns.referrals.models import ReferralTerms
from loyalty.earning.parts import BadRule
from loyalty.kept import Kept
from loyalty.merchants.models import Program

FriendGets = ReferralTerms.FriendGets
MOST_MINOR = 10**11
MOST_DAYS = 730
MOST_RETURN_DAYS = 120
MOST_FRIENDS = 30_000
PROMISED = (
    "advocate_prize", "friend_prize", "friend_gets", "minimum_minor", "within_days",
    "return_days", "month_limit", "ever_limit",
)  # fmt: skip
FIELDS = ("is_on", *PROMISED, "title", "message")
_BOUNDS = {
    "minimum_minor": (0, MOST_MINOR),
    "within_days": (1, MOST_DAYS),
    "return_days": (0, MOST_RETURN_DAYS),
    "month_limit": (1, MOST_FRIENDS),
    "ever_limit": (1, MOST_FRIENDS),
}
_MAY_BE_EMPTY = ("month_limit", "ever_limit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What was promised when a friend joined. A later change of the terms does not touch it."""

    advocate_prize: Mapping[str, Any] = field(default_factory=dict)
    friend_prize: Mapping[str, Any] = field(default_factory=dict)
    friend_gets: str = FriendGets.ON_JOINING
    minimum_minor: int = 0
    within_days: int = 90
    return_days: int = 14
    month_limit: int | None = None
    ever_limit: int | None = None

    @classmethod
    def of(cls, terms: ReferralTerms) -> "Promise":
        return cls(**{name: getattr(terms, name) for name in PROMISED})

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Promise":
        """From the data that a referral keeps; what was not known then is as if not promised."""
        return cls(**{name: told[name] for name in PROMISED if name in told})

    def written(self) -> dict[str, Any]:
        return asdict(self)

    def is_reached_by(self, spend_minor: int) -> bool:
        return spend_minor > 0 and spend_minor >= self.minimum_minor


def terms_data(terms: ReferralTerms) -> dict[str, Any]:
    """The terms as data: what the trail, versions and files hold."""
    data = {name: getattr(terms, name) for name in FIELDS}
    return data | {"title": dict(terms.title), "message": dict(terms.message)}


def check(told: Mapping[str, Any]) -> None:
    """Refuse terms that nobody could keep. Prizes are checked by who gives them."""
    problems: dict[str, str] = {}
    for name, (least, most) in _BOUNDS.items():
        value = told.get(name)
        if value is None and name in _MAY_BE_EMPTY:
            continue
        if type(value) is not int or not least <= value <= most:
            words = _("Give a whole number from %(least)s to %(most)s.")
            problems[name] = words % {"least": least, "most": most}
    if told.get("friend_gets") not in FriendGets.values:
        problems["friend_gets"] = _("Choose when the friend gets their reward.")
    month, ever = told.get("month_limit"), told.get("ever_limit")
    if not problems and month and ever and month > ever:
        problems["month_limit"] = _("A month allows more than there is in all.")
    if told.get("is_on") and not told.get("advocate_prize") and not told.get("friend_prize"):
        problems["advocate_prize"] = _("Promise something to one of the two at least.")
    if problems:
        raise BadRule(problems=problems)


def terms_for(program_id: int, version: int) -> ReferralTerms | None:
    """A program's terms, on or off; None: it never had any, so nobody was invited."""
    return _kept.get(program_id, version)


def _load(program_id: int) -> tuple[int, ReferralTerms | None]:
    # The version first: terms that change meanwhile are then newer than it says.
    version = Program.objects.values_list("version", flat=True).get(pk=program_id)
    return version, ReferralTerms.objects.filter(program=program_id).first()


_kept = Kept(_load)
