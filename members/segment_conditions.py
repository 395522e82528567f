"""What a segment may ask of a member: one class a condition, each told in JSON, a form and SQL.

The SQL asks about ``member`` as things stood at ``v.at`` (an instant) and ``v.today`` (its day in
the program's zone): what happened at that very moment does not count yet, so that a purchase is
judged by what came before it. It is the same for one member and for all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from babel.dates import get_month_names
from django.db import connection
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from loyalty import formats
from loyalty.earning.parts import BadRule, Part, read_part, told
from loyalty.earning.terms import Terms, either, quoted
from loyalty.earning.values import (
    Choice,
    Codes,
    Flag,
    Locations,
    Money,
    Named,
    Rank,
    Ranks,
    Several,
    Whole,
)

DAYS_OF_TEN_YEARS = 3653
AT_LEAST, AT_MOST = "at_least", "at_most"
WITHIN, BEFORE = "within", "before"
PRODUCT, CATEGORY = "product", "category"
# A sale counts as long as something of it is kept.
_KEPT = "(sale.refunded_minor < sale.total_minor OR sale.total_minor = 0)"
_SALES = f"""FROM purchases_purchase sale
    WHERE sale.account_id = member.account_id AND sale.made_at < v.at AND {_KEPT}"""
_RANK = """COALESCE((
    SELECT tier.rank FROM members_tierstatus status JOIN members_tier tier
    ON tier.id = status.tier_id WHERE status.account_id = member.account_id), 0)"""


class Fragment(NamedTuple):
    """A piece of SQL that is true or false of a member, with its parameters."""

    sql: str
    params: Sequence[Any] = ()


@dataclass(frozen=True, kw_only=True)
class SegmentCondition(Part):
    """Something that must hold of a member; ``out`` asks for those of whom it does not."""

    out: bool = told(Flag(_("All but these")), default=False)

    def holds(self) -> Fragment:
        raise NotImplementedError

    def clause(self, terms: Terms) -> str:
        """What goes on from "who …"."""
        raise NotImplementedError

    def sql(self) -> Fragment:
        found = self.holds()
        return Fragment(f"NOT ({found.sql})" if self.out else f"({found.sql})", found.params)

    def sentence(self, terms: Terms) -> str:
        words = gettext("except those who %(clause)s") if self.out else gettext("who %(clause)s")
        return words % {"clause": self.clause(terms)}


C = TypeVar("C", bound=type[SegmentCondition])
CONDITIONS: dict[str, type[SegmentCondition]] = {}


def condition(cls: C) -> C:
    assert cls.kind not in CONDITIONS, cls.kind
    CONDITIONS[cls.kind] = cls
    return cls


def condition_from_json(data: object) -> SegmentCondition:
    return read_part(data, CONDITIONS)


@condition
@dataclass(frozen=True, kw_only=True)
class Tier(SegmentCondition):
    kind = "tier"
    label = _("Tier")

    from_rank: int | None = told(Rank(_("This tier or a higher one"), required=False))
    ranks: tuple[int, ...] | None = told(Ranks(_("Or exactly these"), required=False))

    def check_itself(self) -> None:
        if (self.from_rank is None) is (self.ranks is None):
            words = gettext("Give either a tier to begin at, or the tiers themselves.")
            raise BadRule({"from_rank": words})

    def holds(self) -> Fragment:
        if self.ranks is not None:
            return Fragment(f"{_RANK} IN ({_marks(self.ranks)})", self.ranks)
        return Fragment(f"{_RANK} >= %s", [self.from_rank])

    def clause(self, terms: Terms) -> str:
        if self.ranks is not None:
            return gettext("are %(tiers)s") % {
                "tiers": either(_tier_name(rank, terms) for rank in self.ranks)
            }
        return gettext("are %(tier)s or above") % {"tier": _tier_name(self.from_rank or 0, terms)}


class _Spell:
    """The last so many days, or all time."""

    days: int | None

    def since(self) -> Fragment:
        """What narrows sales to the days that count."""
        if self.days is None:
            return Fragment("")
        return Fragment(f" AND sale.made_on > {_days_before(self.days)}")

    def spell(self) -> str:
        if self.days is None:
            return gettext("ever")
        words = ngettext("in the last %(days)s day", "in the last %(days)s days", self.days)
        return words % {"days": formats.number(self.days)}


_days = Whole(_("In the last so many days"), most=DAYS_OF_TEN_YEARS, required=False,
              hint=_("Empty: ever."))  # fmt: skip
_compared = Choice(_("How much"), {AT_LEAST: _("At least"), AT_MOST: _("At most")})


@condition
@dataclass(frozen=True, kw_only=True)
class Spent(_Spell, SegmentCondition):
    kind = "spent"
    label = _("Spend")

    compared: str = told(_compared, default=AT_LEAST)
    minor: int = told(Money(_("Money"), least=0))
    days: int | None = told(_days)

    def holds(self) -> Fragment:
        # Of a sale, what was given back is spend that is gone.
        worth = """COALESCE((SELECT SUM(CASE WHEN sale.refunded_minor < sale.counted_minor
            THEN sale.counted_minor - sale.refunded_minor ELSE 0 END)"""
        return Fragment(f"{worth} {_SALES}{self.since().sql}), 0) {_sign(self.compared)} %s",
                        [self.minor])  # fmt: skip

    def clause(self, terms: Terms) -> str:
        words = {
            AT_LEAST: gettext("spent at least %(money)s %(spell)s"),
            AT_MOST: gettext("spent at most %(money)s %(spell)s"),
        }[self.compared]
        return words % {"money": terms.money(self.minor), "spell": self.spell()}


@condition
@dataclass(frozen=True, kw_only=True)
class Purchases(_Spell, SegmentCondition):
    kind = "purchases"
    label = _("Number of purchases")

    compared: str = told(_compared, default=AT_LEAST)
    count: int = told(Whole(_("Purchases"), least=0))
    days: int | None = told(_days)

    def holds(self) -> Fragment:
        sql = f"(SELECT COUNT(*) {_SALES}{self.since().sql}) {_sign(self.compared)} %s"
        return Fragment(sql, [self.count])

    def clause(self, terms: Terms) -> str:
        at_least = ngettext(
            "bought at least %(times)s time %(spell)s",
            "bought at least %(times)s times %(spell)s",
            self.count,
        )
        at_most = ngettext(
            "bought at most %(times)s time %(spell)s",
            "bought at most %(times)s times %(spell)s",
            self.count,
        )
        words = at_least if self.compared == AT_LEAST else at_most
        return words % {"times": formats.number(self.count), "spell": self.spell()}


@condition
@dataclass(frozen=True, kw_only=True)
class LastPurchase(SegmentCondition):
    """Who never bought is neither here nor there."""

    kind = "last_purchase"
    label = _("Last purchase")

    when: str = told(
        Choice(_("When"), {WITHIN: _("Within so many days"), BEFORE: _("Longer ago")}),
        default=BEFORE,
    )
    days: int = told(Whole(_("Days"), most=DAYS_OF_TEN_YEARS))

    def holds(self) -> Fragment:
        sign = ">" if self.when == WITHIN else "<="
        return Fragment(f"(SELECT MAX(sale.made_on) {_SALES}) {sign} {_days_before(self.days)}")

    def clause(self, terms: Terms) -> str:
        if self.when == WITHIN:
            words = ngettext(
                "bought last within %(days)s day", "bought last within %(days)s days", self.days
            )
        else:
            words = ngettext(
                "have bought nothing for %(days)s day",
                "have bought nothing for %(days)s days",
                self.days,
            )
        return words % {"days": formats.number(self.days)}

    def sql(self) -> Fragment:
        # Nobody's last purchase is unknown, and unknown is not "not".
        found = self.holds()
        bought = f"EXISTS (SELECT 1 {_SALES})"
        return Fragment(f"({bought} AND {'NOT ' if self.out else ''}({found.sql}))", found.params)


@condition
@dataclass(frozen=True, kw_only=True)
class Joined(SegmentCondition):
    kind = "joined"
    label = _("Joined")

    when: str = told(
        Choice(_("When"), {WITHIN: _("Within so many days"), BEFORE: _("Longer ago")}),
        default=WITHIN,
    )
    days: int = told(Whole(_("Days"), most=DAYS_OF_TEN_YEARS))

    def holds(self) -> Fragment:
        sign = ">" if self.when == WITHIN else "<="
        return Fragment(f"member.enrolled_on {sign} {_days_before(self.days)}")

    def clause(self, terms: Terms) -> str:
        if self.when == WITHIN:
            words = ngettext(
                "joined in the last %(days)s day", "joined in the last %(days)s days", self.days
            )
        else:
            words = ngettext(
                "have been members for %(days)s day or more",
                "have been members for %(days)s days or more",
                self.days,
            )
        return words % {"days": formats.number(self.days)}


@condition
@dataclass(frozen=True, kw_only=True)
class Bought(_Spell, SegmentCondition):
    """Purchases that hold one of some products, or anything of some categories."""

    kind = "bought"
    label = _("Bought a product or category")

    of: str = told(
        Choice(_("Given as"), {PRODUCT: _("Products"), CATEGORY: _("Categories")}), default=PRODUCT
    )
    codes: tuple[str, ...] = told(Codes(_("Which ones"), hint=_("One on each line.")))
    times: int = told(Whole(_("In at least so many purchases")), default=1)
    days: int | None = told(_days)

    def holds(self) -> Fragment:
        codes = [code.casefold() for code in self.codes]
        column = "product" if self.of == PRODUCT else "category"
        line = f"""EXISTS (SELECT 1 FROM purchases_purchaseline line
            WHERE line.purchase_id = sale.id AND line.refunded_quantity < line.quantity
            AND LOWER(line.{column}) IN ({_marks(codes)}))"""
        sql = f"(SELECT COUNT(*) {_SALES}{self.since().sql} AND {line}) >= %s"
        return Fragment(sql, [*codes, self.times])

    def clause(self, terms: Terms) -> str:
        words = ngettext(
            "bought %(codes)s at least %(times)s time %(spell)s",
            "bought %(codes)s at least %(times)s times %(spell)s",
            self.times,
        )
        return words % {
            "codes": either(quoted(code) for code in self.codes),
            "times": formats.number(self.times),
            "spell": self.spell(),
        }


@condition
@dataclass(frozen=True, kw_only=True)
class Channel(_Spell, SegmentCondition):
    kind = "channel"
    label = _("Channel")

    codes: tuple[str, ...] = told(Codes(_("Which ones"), hint=_("One on each line.")))
    days: int | None = told(_days)

    def holds(self) -> Fragment:
        codes = [code.casefold() for code in self.codes]
        through = f"AND LOWER(sale.channel) IN ({_marks(codes)})"
        return Fragment(f"EXISTS (SELECT 1 {_SALES}{self.since().sql} {through})", codes)

    def clause(self, terms: Terms) -> str:
        codes = either(quoted(code) for code in self.codes)
        words = gettext("bought through %(codes)s %(spell)s")
        return words % {"codes": codes, "spell": self.spell()}


@condition
@dataclass(frozen=True, kw_only=True)
class Location(_Spell, SegmentCondition):
    """Where they shop is where they are: a city is its shops."""

    kind = "location"
    label = _("Shops they buy at")

    codes: tuple[str, ...] = told(Locations(_("Which ones"), hint=_("One on each line.")))
    days: int | None = told(_days)

    def holds(self) -> Fragment:
        codes = [code.casefold() for code in self.codes]
        place = f"""AND sale.location_id IN (SELECT place.id FROM merchants_location place
            WHERE LOWER(place.code) IN ({_marks(codes)}))"""
        return Fragment(f"EXISTS (SELECT 1 {_SALES}{self.since().sql} {place})", codes)

    def clause(self, terms: Terms) -> str:
        names = (str(terms.locations.get(code, "")) or quoted(code) for code in self.codes)
        words = gettext("bought at %(codes)s %(spell)s")
        return words % {"codes": either(names), "spell": self.spell()}


@condition
@dataclass(frozen=True, kw_only=True)
class Badge(SegmentCondition):
    kind = "badge"
    label = _("Badge")

    badges: tuple[str, ...] = told(Named(_("Any of these"), of="badges"))

    def holds(self) -> Fragment:
        sql = f"""EXISTS (SELECT 1 FROM members_badgeheld held
            JOIN members_badge badge ON badge.id = held.badge_id
            WHERE held.member_id = member.id AND held.taken_at IS NULL AND held.given_at < v.at
            AND badge.program_id = member.program_id
            AND badge.public_id IN ({_marks(self.badges)}))"""
        return Fragment(sql, self.badges)

    def clause(self, terms: Terms) -> str:
        names = (quoted(str(terms.badges.get(it, "")) or it) for it in self.badges)
        return gettext("hold the badge %(badges)s") % {"badges": either(names)}


def month_names() -> Mapping[str, str]:
    names = get_month_names("wide", locale=formats.language())
    return {str(number): names[number] for number in range(1, 13)}


@condition
@dataclass(frozen=True, kw_only=True)
class BirthdayMonth(SegmentCondition):
    kind = "birthday_month"
    label = _("Month of the birthday")

    months: tuple[str, ...] | None = told(
        Several(_("In these months"), month_names, hint=_("None: the month it is."), required=False)
    )

    def holds(self) -> Fragment:
        if self.months is None:
            mine, now = _month_of("member.birthday"), _month_of("v.today")
            return Fragment(f"member.birthday IS NOT NULL AND {mine} = {now}")
        months = [int(month) for month in self.months]
        mine = _month_of("member.birthday")
        return Fragment(f"member.birthday IS NOT NULL AND {mine} IN ({_marks(months)})", months)

    def clause(self, terms: Terms) -> str:
        if self.months is None:
            return gettext("have their birthday this month")
        names = month_names()
        return gettext("have their birthday in %(months)s") % {
            "months": either(names[month] for month in self.months)
        }


def _tier_name(rank: int, terms: Terms) -> str:
    return str(terms.tiers.get(rank, "")) or gettext("tier %(rank)s") % {"rank": rank}


def _sign(compared: str) -> str:
    return ">=" if compared == AT_LEAST else "<="


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _days_before(days: int) -> str:
    """The day so many days before the one that is asked about."""
    if connection.vendor == "postgresql":
        return f"v.today - {int(days)}"
    return f"date(v.today, '-{int(days)} days')"


def _month_of(day: str) -> str:
    if connection.vendor == "postgresql":
        return f"EXTRACT(MONTH FROM {day})::integer"
    return f"CAST(strftime('%%m', {day}) AS integer)"
