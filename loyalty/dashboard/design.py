"""The living page of the design: every component in each of its states, in both doors."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from loyalty import charts, colours, fields, formats
from loyalty.admission import Audience, admits
from loyalty.ledger.models import Wallet
from loyalty.localized import Localized, LocalizedFormField
from loyalty.merchants.models import Program
from loyalty.toasts import say

# What somebody typed in a hurry.
FAULTY = {
    "faulty-name_0": "Iced tea",
    "faulty-cost": "0",
    "faulty-least": "4,500.555",
    "faulty-email": "ana@",
    "faulty-tier": "gold",
}
COLOURS = ("8a3b12", "2f4b8c", "00704a", "ffdd00", "b0005a", "111111")


@dataclass(frozen=True)
class Sample:
    """A program that is not in the database, so that the page needs none."""

    program: Program
    points: Wallet
    cashback: Wallet


def sample() -> Sample:
    program = Program(
        name=Localized(en="Baan Suan Coffee", th="กาแฟบ้านสวน"),
        slug="sample",
        currency="THB",
        brand_color=f"#{COLOURS[0]}",
    )
    words = {
        "unit_one": Localized(en="point", th="แต้ม"),
        "unit_many": Localized(en="points", th="แต้ม"),
    }
    return Sample(
        program=program,
        points=Wallet(program=program, kind=Wallet.Kind.POINTS, **words),
        cashback=Wallet(program=program, kind=Wallet.Kind.CASHBACK, exponent=2, **words),
    )


class SampleForm(forms.Form):
    """One field of each kind."""

    name = LocalizedFormField(label=gettext_lazy("Name of the reward"))
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), help_text=gettext_lazy("We write only when it matters.")
    )
    note = forms.CharField(
        label=gettext_lazy("Reason"), widget=forms.Textarea, required=False, max_length=200
    )
    tier = forms.ChoiceField(
        label=gettext_lazy("Tier"),
        choices=[("base", gettext_lazy("Everybody")), ("gold", gettext_lazy("Gold"))],
    )
    start = forms.DateField(
        label=gettext_lazy("Starts on"), widget=forms.DateInput(attrs={"type": "date"})
    )
    shortfall = forms.ChoiceField(
        label=gettext_lazy("When spent points are taken back"),
        choices=Program.Shortfall.choices,
        widget=fields.RadioCards(
            hints={
                "owe": gettext_lazy("The balance shows what is owed."),
                "absorb": gettext_lazy("The member keeps what they spent."),
            }
        ),
    )
    days = forms.MultipleChoiceField(
        label=gettext_lazy("Days of the week"),
        required=False,
        choices=[("sat", gettext_lazy("Saturday")), ("sun", gettext_lazy("Sunday"))],
        widget=forms.CheckboxSelectMultiple,
    )
    tax = forms.BooleanField(
        label=gettext_lazy("Tax earns points too"),
        help_text=gettext_lazy("Members see prices with tax, so this is what they expect."),
        required=False,
    )
    color = fields.ColorField(label=gettext_lazy("Brand colour"), initial="#8a3b12")

    def __init__(self, *args: Any, wallet: Wallet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["least"] = fields.MoneyField(
            label=_("Least to spend"), currency="THB", initial=45000
        )
        self.fields["cost"] = fields.PointsField(
            label=_("Price"), wallet=wallet, initial=80, min_value=1
        )
        self.order_fields(["name", "cost", "least"])


@admits(Audience.INSTALLATION)
@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """The dashboard's parts; with ``?door=portal`` the portal's, in the colour of ``?colour=``."""
    door = "portal" if request.GET.get("door") == "portal" else "dashboard"
    if "toast" in request.GET:
        say(request, _("120 points were given to Ana."), undo="/design/")
        say(request, _("The letter could not be sent."), level=messages.ERROR)
    return render(request, f"{door}/design.html", {"door": door, **_context(request)})


@admits(Audience.ANYBODY)
@require_safe
def design_brand(request: HttpRequest, colour: str) -> HttpResponse:
    """The style sheet of one of the colours, to see what it makes of the portal."""
    if colour not in COLOURS:
        raise Http404
    return HttpResponse(colours.brand(f"#{colour}").css(), content_type="text/css")


def _context(request: HttpRequest) -> dict[str, Any]:
    made = sample()
    now = timezone.now()
    colour = request.GET.get("colour", "")
    return {
        "program": made.program,
        "programs": _programs(made.program),
        "nav": "home",
        "wallet": made.points,
        "cashback": made.cashback,
        "colour": colour if colour in COLOURS else COLOURS[0],
        "colours": COLOURS,
        "now": now,
        "soon": now + timedelta(days=12),
        "today": now.date(),
        "form": SampleForm(wallet=made.points),
        "faulty": SampleForm(FAULTY, wallet=made.points, prefix="faulty"),
        "qr": segno.make_qr("TAEM-7F3K-92QX").svg_inline(scale=1, border=0, omitsize=True),
        "tones": ["good", "warn", "bad", "info", "plain", "brand"],
        **_lists(),
        **_charts(),
    }


def _programs(program: Program) -> list[dict[str, Any]]:
    other = Localized(en="Ratchada Bookshop", th="ร้านหนังสือรัชดา")
    return [
        {"name": program.name, "url": "?door=dashboard", "current": True},
        {"name": other, "url": "?door=portal", "current": False},
    ]


def _lists() -> dict[str, Any]:
    now = timezone.now()
    return {
        "tabs": [
            {"label": _("Ready"), "url": "#", "current": True, "count": 2},
            {"label": _("Used"), "url": "#used", "count": 14},
            {"label": _("Expired"), "url": "#expired", "icon": "clock"},
        ],
        "facts": [
            (_("Joined"), formats.day(now.date())),
            (_("Phone"), "081 234 5678"),
            (_("Tier"), _("Gold")),
        ],
        "sums": [
            (_("You have"), formats.number(1250)),
            (_("This reward"), formats.number(-80)),
            (_("You keep"), formats.number(1170)),
        ],
        "steps": [
            {"title": _("Sent"), "at": now - timedelta(hours=3), "tone": "good"},
            {"title": _("Being looked at"), "at": now, "tone": "info", "icon": "eye"},
            {"title": _("Points are added"), "note": _("Within a day."), "ahead": True},
        ],
        "why": [
            _("%(spend)s at 1 point each = %(count)s") % {"spend": "฿450.00", "count": 450},
            _("Times %(factor)s for Gold = %(count)s") % {"factor": "1.5", "count": 675},
            _("At most 600 a month, 200 are left: 200"),
        ],
        "members": [
            (Localized(en="Ana Suksawat", th="อนา สุขสวัสดิ์"), 1250, 482000, _("Gold"), "brand"),
            (Localized(en="Ben Thongdee", th="เบน ทองดี"), 80, 45000, _("Silver"), "plain"),
        ],
    }


def _charts() -> dict[str, Any]:
    months = [formats.day(day.replace(day=1), style="month") for day in _past_months(12)]
    issued = [820, 960, 1110, 1320, 1250, 1480, 1730, 1690, 1910, 2240, 2110, 2580]
    redeemed = [120, 240, 310, 560, 480, 730, 820, 900, 870, 1240, 1310, 1460]
    takings = [value * 9100 for value in issued]
    return {
        "line": charts.line(
            _("Points issued and redeemed by month"),
            of=_("Month"),
            labels=months,
            series=[charts.Series(_("Issued"), issued), charts.Series(_("Redeemed"), redeemed)],
        ),
        "bars": charts.bars(
            _("What members spent by month"),
            of=_("Month"),
            labels=months,
            series=[charts.Series(_("Spent"), takings)],
            show=lambda value: formats.money(value, "THB"),
            axis=lambda value: charts.compact(value // 100),
        ),
    }


def _past_months(count: int) -> list[Any]:
    first = timezone.now().date().replace(day=1)
    months = []
    for _month in range(count):
        months.append(first)
        first = (first - timedelta(days=1)).replace(day=1)
    return months[::-1]
