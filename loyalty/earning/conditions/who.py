"""Who did it, and what they did before."""

from dataclasses import dataclass, field, replace

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from loyalty import formats
from loyalty.earning.activity import BIRTHDAY_SET_BEFORE, Activity
from loyalty.earning.conditions.base import Condition, Counted, condition
from loyalty.earning.parts import BadRule, told
from loyalty.earning.terms import Terms, either, ordinal, quoted
from loyalty.earning.values import Flag, Named, Rank, Ranks, Whole

DAYS_OF_TEN_YEARS = 3653
MOST_OWN_DAYS = 31


@condition
@dataclass(frozen=True)
class Tier(Condition):
    """From a rank upwards, or exactly some ranks."""

    kind = "tier"
    label = _("Tier")

    from_rank: int | None = told(Rank(_("This tier or a higher one"), required=False))
    ranks: tuple[int, ...] | None = told(Ranks(_("Or exactly these"), required=False))

    def check(self, activity: Activity, counted: Counted) -> bool:
        if self.ranks is not None:
            return activity.who.tier_rank in self.ranks
        return activity.who.tier_rank >= (self.from_rank or 0)

    def check_itself(self) -> None:
        if (self.from_rank is None) is (self.ranks is None):
            words = gettext("Give either a tier to begin at, or the tiers themselves.")
            raise BadRule({"from_rank": words})

    def sentence(self, terms: Terms) -> str:
        if self.ranks is not None:
            return gettext("for %(tiers)s") % {
                "tiers": either(_tier_name(rank, terms) for rank in self.ranks)
            }
        return gettext("for %(tier)s and above") % {"tier": _tier_name(self.from_rank or 0, terms)}


def _tier_name(rank: int, terms: Terms) -> str:
    return str(terms.tiers.get(rank, "")) or gettext("tier %(rank)s") % {"rank": rank}


@condition
class FirstPurchase(Condition):
    kind = "first_purchase"
    label = _("First purchase")
    fits = "purchase"
    asks = "purchases"

    def check(self, activity: Activity, counted: Counted) -> bool:
        return activity.who.purchases_before == 0

    def sentence(self, terms: Terms) -> str:
        return gettext("if it is the member's first purchase")


@dataclass(frozen=True)
class _Nth(Condition):
    n: int = told(Whole(_("Number")))
    every: bool = told(Flag(_("And every time it is reached again")), default=False)

    def is_reached(self, before: int) -> bool:
        number = before + 1
        return number % self.n == 0 if self.every else number == self.n

    def check_itself(self) -> None:
        if self.every and self.n == 1:
            raise BadRule({"n": gettext("Every first one is every one: leave the condition out.")})

    @property
    def nth(self) -> dict[str, str]:
        return {"nth": ordinal(self.n)}


@condition
class NthPurchase(_Nth):
    kind = "nth_purchase"
    label = _("Purchase by number")
    fits = "purchase"
    asks = "purchases"

    def check(self, activity: Activity, counted: Counted) -> bool:
        return self.is_reached(activity.who.purchases_before)

    def sentence(self, terms: Terms) -> str:
        if self.every:
            return gettext("at every %(nth)s purchase") % self.nth
        return gettext("if it is the member's %(nth)s purchase") % self.nth


@condition
class NthActivity(_Nth):
    """The first video ever; every tenth."""

    kind = "nth_activity"
    label = _("How many times it was done")
    fits = "named"
    asks = "activities"

    def check(self, activity: Activity, counted: Counted) -> bool:
        return self.is_reached(activity.who.activities_before)

    def sentence(self, terms: Terms) -> str:
        if self.every:
            return gettext("every %(nth)s time") % self.nth
        return gettext("the %(nth)s time") % self.nth


@condition
@dataclass(frozen=True)
class NewMember(Condition):
    """Until so many days after joining; the last of them is in."""

    kind = "new_member"
    label = _("New member")

    days: int = told(Whole(_("Days after joining"), most=DAYS_OF_TEN_YEARS))

    def check(self, activity: Activity, counted: Counted) -> bool:
        return (activity.on - activity.who.enrolled_on).days <= self.days

    def sentence(self, terms: Terms) -> str:
        words = ngettext(
            "within %(days)s day of joining", "within %(days)s days of joining", self.days
        )
        return words % {"days": formats.number(self.days)}


@condition
@dataclass(frozen=True)
class Returning(Condition):
    """Back after a while. Who never bought does not come back."""

    kind = "returning"
    label = _("Coming back")
    asks = "last_purchase"

    days: int = told(Whole(_("Days since the last purchase"), most=DAYS_OF_TEN_YEARS))

    def check(self, activity: Activity, counted: Counted) -> bool:
        last = activity.who.last_purchase_on
        return last is not None and (activity.on - last).days >= self.days

    def sentence(self, terms: Terms) -> str:
        words = ngettext(
            "after %(days)s day or more without a purchase",
            "after %(days)s days or more without a purchase",
            self.days,
        )
        return words % {"days": formats.number(self.days)}


@dataclass(frozen=True)
class OneOf(Condition):
    """Something of the member's holds, or does not: one of several is enough."""

    word = ""

    @property
    def ids(self) -> tuple[str, ...]:
        raise NotImplementedError

    @property
    def is_out(self) -> bool:
        raise NotImplementedError

    @property
    def facts(self) -> frozenset[str]:
        return frozenset(f"{self.word}:{public_id}" for public_id in self.ids)

    def check(self, activity: Activity, counted: Counted) -> bool:
        return self.means(activity.who.facts)

    def means(self, facts: frozenset[str]) -> bool:
        """Whether it means somebody of whom these hold."""
        return self.facts.isdisjoint(facts) is self.is_out


@condition
@dataclass(frozen=True)
class Segment(OneOf):
    """Members of a segment: live, a list, or who entered a code."""

    kind = "segment"
    label = _("Segment of members")
    word = "segment"

    segments: tuple[str, ...] = told(Named(_("Any of these"), of="segments"))
    out: bool = told(Flag(_("All but these")), default=False)

    @property
    def ids(self) -> tuple[str, ...]:
        return self.segments

    @property
    def is_out(self) -> bool:
        return self.out

    def sentence(self, terms: Terms) -> str:
        names = [quoted(str(terms.segments[it])) for it in self.segments if it in terms.segments]
        if not names:
            return gettext("for chosen members")
        words = gettext("for all but %(segments)s") if self.out else gettext("for %(segments)s")
        return words % {"segments": either(names)}


@condition
@dataclass(frozen=True)
class HasBadge(OneOf):
    kind = "badge"
    label = _("Badge")
    word = "badge"

    badges: tuple[str, ...] = told(Named(_("Any of these"), of="badges"))
    out: bool = told(Flag(_("All but these")), default=False)

    @property
    def ids(self) -> tuple[str, ...]:
        return self.badges

    @property
    def is_out(self) -> bool:
        return self.out

    def sentence(self, terms: Terms) -> str:
        names = [quoted(str(terms.badges[it])) for it in self.badges if it in terms.badges]
        if not names:
            return gettext("for chosen members")
        words = (
            gettext("for those without the badge %(badges)s")
            if self.out
            else gettext("for those with the badge %(badges)s")
        )
        return words % {"badges": either(names)}


@condition
@dataclass(frozen=True)
class OwnDays(Condition):
    """On days that each member chooses: so many a calendar year."""

    kind = "own_days"
    label = _("Days chosen by the member")

    days: int = told(Whole(_("Days a year"), most=MOST_OWN_DAYS))
    source: str = field(default="", compare=False)  # The campaign that they are chosen for.

    def bound(self, source: str) -> "OwnDays":
        return replace(self, source=source)

    @property
    def facts(self) -> frozenset[str]:
        return frozenset({f"day:{self.source}"})

    def check(self, activity: Activity, counted: Counted) -> bool:
        return not self.facts.isdisjoint(activity.who.facts)

    def sentence(self, terms: Terms) -> str:
        words = ngettext(
            "on %(days)s day a year that the member chooses",
            "on %(days)s days a year that the member chooses",
            self.days,
        )
        return words % {"days": formats.number(self.days)}


@condition
class BirthdayMonth(Condition):
    kind = "birthday_month"
    label = _("Month of the birthday")

    def check(self, activity: Activity, counted: Counted) -> bool:
        birthday, set_on = activity.who.birthday, activity.who.birthday_set_on
        if set_on and set_on > activity.on - BIRTHDAY_SET_BEFORE:
            return False  # Else everybody would have their birthday on the day they shop.
        return birthday is not None and birthday.month == activity.on.month

    def sentence(self, terms: Terms) -> str:
        return gettext("in the month of the birthday")
