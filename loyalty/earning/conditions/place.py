"""Where and how it happened: in the till's own words for payment, channel and location."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from loyalty.earning.activity import Activity
from loyalty.earning.conditions.base import Counted, Listed, condition
from loyalty.earning.parts import told
from loyalty.earning.terms import Terms, quoted
from loyalty.earning.values import Locations


@condition
class PaymentMethod(Listed):
    kind = "payment_method"
    label = _("Payment method")
    fits = "purchase"
    inside = _("when paid by %(codes)s")
    outside = _("when not paid by %(codes)s")

    def check(self, activity: Activity, counted: Counted) -> bool:
        return self.has(activity.payment_method)


@condition
class Channel(Listed):
    kind = "channel"
    label = _("Channel")
    fits = "purchase"
    inside = _("through the channel %(codes)s")
    outside = _("through any channel but %(codes)s")

    def check(self, activity: Activity, counted: Counted) -> bool:
        return self.has(activity.channel)


@condition
@dataclass(frozen=True)
class Location(Listed):
    kind = "location"
    label = _("Location")
    fits = "purchase"
    inside = _("at %(codes)s")
    outside = _("anywhere but at %(codes)s")

    codes: tuple[str, ...] = told(Locations(_("Which ones"), hint=_("One on each line.")))

    def check(self, activity: Activity, counted: Counted) -> bool:
        return self.has(activity.location)

    def name(self, code: str, terms: Terms) -> str:
        return str(terms.locations.get(code, "")) or quoted(code)


@condition
class Subject(Listed):
    """What a named activity was done to: this video, that network."""

    kind = "subject"
    label = _("What it was done to")
    fits = "named"
    inside = _("done to %(codes)s")
    outside = _("done to anything but %(codes)s")

    def check(self, activity: Activity, counted: Counted) -> bool:
        return self.has(activity.subject)
