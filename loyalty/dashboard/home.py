"""The first page: what happened in a period, beside the one before; and each figure explained."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from loyalty import charts, formats
from loyalty.dashboard.asked import Asked, asked_by, period_tabs, wallet_tabs
from loyalty.dashboard.doors import DeskRequest, landing, needs, show
from loyalty.insights import measures
from loyalty.insights.beginning import Beginning, beginning_of
from loyalty.insights.measures import BY_NAME, Measure, Value
from loyalty.insights.overview import Figure, Lines, figures_of, lines_of
from loyalty.insights.periods import Span
from loyalty.ledger.models import Wallet
from loyalty.merchants.access import may
from loyalty.money import exponent

BUSINESS = ("joined", "members", "sales", "revenue")
VALUE = ("issued", "redeemed", "redemption_rate", "expired", "taken_back", "by_hand")
OWED = ("outstanding", "liability")


@needs("program.enter")
@require_safe
def home(request: DeskRequest) -> HttpResponse:
    """The figures; who may not see those comes in where they work."""
    if not may(request.staff, "figures.see"):
        return redirect(landing(request.program, request.staff))
    asked = asked_by(request)
    program, span = asked.program, asked.period.span
    found = figures_of(program, asked.wallet, asked.period)
    begun = beginning_of(program)
    groups = [
        (_("Members and what they buy"), [_stat(asked, found[name]) for name in BUSINESS], []),
        (_heading(asked.wallet), [_stat(asked, found[name]) for name in VALUE], wallet_tabs(asked)),
        (_("What you owe to members"), [_stat(asked, found[name]) for name in OWED], []),
    ]
    drawn = [BY_NAME["issued"], BY_NAME["redeemed"], BY_NAME["revenue"]]
    context = {
        "asked": asked,
        "periods": period_tabs(asked),
        "groups": groups,
        "charts": _charts(asked, lines_of(program, asked.wallet, span, drawn))
        if span.days > 1
        else [],
        "steps": [] if begun.is_done else _steps(request, begun),
        "letters_given_up": begun.letters_given_up,
        "books_are_broken": begun.books_are_broken,
    }
    return show(request, "dashboard/home/home.html", context, nav="home")


@needs("figures.see")
@require_safe
def figure(request: DeskRequest, name: str) -> HttpResponse:
    """One figure: its formula, its source, its days, and the way to its rows."""
    measure = BY_NAME.get(name)
    if measure is None:
        raise Http404
    asked = asked_by(request)
    found = figures_of(asked.program, asked.wallet, asked.period)[name]
    lines = None
    if not measure.is_state:
        lines = lines_of(asked.program, asked.wallet, asked.period.span, [measure])
    context = {
        "asked": asked,
        "measure": measure,
        "stat": _stat(asked, found),
        "chart": _chart(asked, lines, str(measure.label)) if _can_be_drawn(lines) else None,
        "rows": _rows(asked, measure, lines) if lines else [],
        "is_monthly": bool(lines and lines.is_monthly),
        "list": _list_of(request, measure, asked.period.span),
        "back": reverse("dashboard:home", args=[asked.program.slug]) + asked.query(),
    }
    return show(request, "dashboard/home/figure.html", context, nav="home")


def _stat(asked: Asked, found: Figure) -> dict[str, Any]:
    measure = found.measure
    change = found.change if measure.unit != measures.PERCENT else None
    hint = ""
    if measure.name == "liability" and found.value is None:
        hint = _("Say in the settings what points pay, and it is worked out.")
    address = reverse("dashboard:figure", args=[asked.program.slug, measure.name])
    return {
        "label": measure.label,
        "value": asked.shown(found.value, measure.unit),
        "unit": formats.unit(2, asked.wallet) if _is_counted(asked, measure) else "",
        "url": address + asked.query(),
        "change": _change(change),
        "icon": _icon(change),
        "tone": _tone(measure, change),
        "before": _before(asked, found),
        "hint": hint,
    }


def _heading(wallet: Wallet) -> str:
    return capfirst(str(wallet))


def _is_counted(asked: Asked, measure: Measure) -> bool:
    return measure.unit == measures.POINTS and asked.wallet.kind != Wallet.Kind.CASHBACK


def _change(change: Value) -> str:
    if change is None:
        return ""
    sign = "+" if change > 0 else formats.MINUS if change < 0 else "±"
    return f"{sign}{formats.percent(change if change > 0 else -change)}"


def _icon(change: Value) -> str:
    if not change:
        return "move-right"
    return "trending-up" if change > 0 else "trending-down"


def _tone(measure: Measure, change: Value) -> str:
    if not change or measure.more_is == "plain":
        return "plain"
    return "good" if (change > 0) == (measure.more_is == "good") else "bad"


def _before(asked: Asked, found: Figure) -> str:
    value = {"value": asked.shown(found.before, found.measure.unit)}
    if found.before is None:
        return ""
    if found.measure.is_state:
        return _("%(value)s when it began") % value
    return _("%(value)s before") % value


def _charts(asked: Asked, lines: Lines) -> list[charts.Chart]:
    value = Lines(lines.spans, lines.is_monthly, lines.lines[:2])
    money = Lines(lines.spans, lines.is_monthly, lines.lines[2:])
    title = _("%(points)s issued and redeemed") % {"points": _heading(asked.wallet)}
    drawn = [(value, title), (money, _("Revenue from members"))]
    return [_chart(asked, part, title) for part, title in drawn if _has_any(part)]


def _has_any(lines: Lines) -> bool:
    """A line along the ground tells nothing."""
    return any(value for line in lines.lines for value in line.values)


def _can_be_drawn(lines: Lines | None) -> bool:
    return lines is not None and len(lines.spans) > 1 and lines.lines[0].measure.unit != "percent"


def _chart(asked: Asked, lines: Lines | None, title: str) -> charts.Chart:
    assert lines is not None
    unit = lines.lines[0].measure.unit
    is_money = unit == measures.MONEY or (
        unit == measures.POINTS and asked.wallet.kind == Wallet.Kind.CASHBACK
    )
    whole = 10 ** exponent(asked.program.currency) if is_money else 1
    return charts.line(
        title,
        of=_("Month") if lines.is_monthly else _("Day"),
        labels=[_label(span, lines.is_monthly) for span in lines.spans],
        series=[charts.Series(str(it.measure.label), it.values) for it in lines.lines],
        show=lambda value: asked.shown(value, unit),
        axis=lambda value: charts.compact(value // whole),
    )


def _label(span: Span, is_monthly: bool) -> str:
    return formats.day(span.since, style="month" if is_monthly else "short")


def _rows(asked: Asked, measure: Measure, lines: Lines) -> list[dict[str, Any]]:
    """The days on which there was anything, the newest first."""
    return [
        {
            "label": formats.day(span.since, style="month" if lines.is_monthly else "medium"),
            "value": asked.shown(value, measure.unit),
            "span": span,
        }
        for span, value in zip(lines.spans, lines.lines[0].values, strict=True)
        if value
    ][::-1]


# Where the rows behind a figure are listed, what it takes to see them, and what is asked.
_LISTS: dict[str, tuple[str, str, dict[str, str]]] = {
    "joined": ("members", "members.see", {}),
    "members": ("members", "members.see", {}),
    "sales": ("purchases", "purchases.see", {"whose": "members"}),
    "revenue": ("purchases", "purchases.see", {"whose": "members"}),
    "issued": ("purchases", "purchases.see", {"whose": "members"}),
    "redeemed": ("vouchers", "vouchers.see", {}),
    "taken_back": ("refunds", "purchases.see", {}),
    "by_hand": ("audit", "audit.see", {"group": "points"}),
    "outstanding": ("members", "members.see", {}),
    "liability": ("members", "members.see", {}),
}


def _list_of(request: DeskRequest, measure: Measure, span: Span) -> str:
    """The address of the rows of some days; empty where a role may not see them."""
    place, permission, query = _LISTS.get(measure.name, ("", "", {}))
    if not place or not may(request.staff, permission):
        return ""
    if not measure.is_state:
        query = query | {"first": span.since.isoformat(), "last": span.last.isoformat()}
    address = reverse(f"dashboard:{place}", args=[request.program.slug])
    return f"{address}?{urlencode(query)}" if query else address


def _steps(request: DeskRequest, begun: Beginning) -> list[dict[str, Any]]:
    """What a new program still needs, with the minutes that it takes."""
    slug = request.program.slug
    steps = [
        (begun.rule, "coins", _("Say what earns points"), 3, "rule_new", "rules.change"),
        (begun.reward, "gift", _("Put a first reward on offer"), 3, "reward_new", "rewards.change"),
        (begun.member, "user-plus", _("Add a first member"), 1, "member_new", "members.enroll"),
        (begun.team, "contact-round", _("Invite your team"), 2, "team_invite", "team.change"),
    ]
    return [
        {
            "done": done,
            "icon": icon,
            "title": title,
            "note": ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes},
            "url": reverse(f"dashboard:{page}", args=[slug])
            if not done and may(request.staff, permission)
            else "",
        }
        for done, icon, title, minutes, page, permission in steps
    ]
