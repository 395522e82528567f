"""When it happened, by the program's own clock and calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta

from babel.dates import get_day_names
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty import formats
from loyalty.earning.activity import Activity
from loyalty.earning.conditions.base import Condition, Counted, condition
from loyalty.earning.parts import BadRule, told
from loyalty.earning.terms import Terms, either
from loyalty.earning.values import Clock, Day, EndDay, Several

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = time()


def day_names() -> Mapping[str, str]:
    names = get_day_names("wide", locale=formats.language())
    return {day: names[number] for number, day in enumerate(DAYS)}


@condition
@dataclass(frozen=True)
class Weekday(Condition):
    kind = "weekday"
    label = _("Day of the week")

    days: tuple[str, ...] = told(Several(_("On these days"), day_names))

    def check(self, activity: Activity, counted: Counted) -> bool:
        return DAYS[activity.local.weekday()] in self.days

    def sentence(self, terms: Terms) -> str:
        if self.days == DAYS[:5]:
            return gettext("on weekdays")
        if self.days == DAYS[5:]:
            return gettext("at weekends")
        names = day_names()
        return gettext("on %(days)s") % {"days": either(names[day] for day in self.days)}


@condition
@dataclass(frozen=True)
class Hours(Condition):
    """A window of the day, its end not in it. One that ends before it starts passes midnight."""

    kind = "hours"
    label = _("Time of day")

    starts: time = told(Clock(_("From this time")))
    ends: time = told(
        Clock(_("Until this time"), hint=_("At this time it is over. 00:00 is midnight."))
    )

    def check(self, activity: Activity, counted: Counted) -> bool:
        now = activity.local.time()
        if self.starts < self.ends:
            return self.starts <= now < self.ends
        return now >= self.starts or now < self.ends

    def check_itself(self) -> None:
        if self.starts == self.ends:
            raise BadRule({"ends": gettext("It must end at another time than it starts.")})

    def sentence(self, terms: Terms) -> str:
        told = {"starts": f"{self.starts:%H:%M}", "ends": f"{self.ends:%H:%M}"}
        if self.starts == MIDNIGHT:
            return gettext("before %(ends)s") % told
        if self.ends == MIDNIGHT:
            return gettext("from %(starts)s") % told
        return gettext("between %(starts)s and %(ends)s") % told


@condition
@dataclass(frozen=True)
class Dates(Condition):
    """A window of days; ``ends_on`` is the first that is out."""

    kind = "dates"
    label = _("Dates")

    starts_on: date | None = told(Day(_("First day"), required=False))
    ends_on: date | None = told(EndDay(_("Last day"), required=False))

    def check(self, activity: Activity, counted: Counted) -> bool:
        on = activity.on
        if self.starts_on is not None and on < self.starts_on:
            return False
        return self.ends_on is None or on < self.ends_on

    def check_itself(self) -> None:
        if self.starts_on is None and self.ends_on is None:
            raise BadRule({"starts_on": gettext("Give a first day, a last day, or both.")})
        if self.starts_on and self.ends_on and self.ends_on <= self.starts_on:
            raise BadRule({"ends_on": gettext("The last day cannot be before the first.")})

    def sentence(self, terms: Terms) -> str:
        first = self.starts_on and formats.day(self.starts_on, style="long")
        last = self.ends_on and formats.day(self.ends_on - timedelta(days=1), style="long")
        if first and last:
            if first == last:
                return gettext("on %(day)s") % {"day": first}
            return gettext("from %(first)s to %(last)s") % {"first": first, "last": last}
        if first:
            return gettext("from %(first)s") % {"first": first}
        return gettext("until %(last)s") % {"last": last}
