"""What every page needs: icons, money, points, days and times. ``{% load taem %}``."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from loyalty import appearance, formats
from loyalty.toasts import Undo, undo_of

register = template.Library()

TONE_ICONS = {
    "good": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-x",
    "info": "info",
    "plain": "circle-dashed",
    "brand": "sparkles",
}


@register.simple_tag
def icon(name: str, label: str = "", kind: str = "") -> SafeString:
    """``{% icon "gift" %}``. With a label it speaks; without, the text beside it does."""
    return _icon(f"{name}", f"{label}", f"{kind}")


@lru_cache(maxsize=512)
def _icon(name: str, label: str, kind: str) -> SafeString:
    spoken = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    return mark_safe(lucide(name, size=None, **{"class": f"icon {kind}".strip()}, **spoken))  # noqa: S308 - our own wheel's drawing


@register.filter
def tone_icon(tone: str) -> str:
    return TONE_ICONS.get(tone, "info")


@register.simple_tag(takes_context=True)
def money(
    context: Context, minor: int, currency: str = "", sign: bool = False, whole: bool = False
) -> str:
    """``{% money sale.amount_minor %}``: in the program's currency unless another is named."""
    return formats.money(minor, currency or context["program"].currency, sign=sign, whole=whole)


@register.simple_tag(takes_context=True)
def theme_of(context: Context) -> str:
    """What this browser chose: "light", "dark", or nothing for as the device has it."""
    request = context.get("request")
    return appearance.theme_of(request) if request else ""


@register.simple_tag
def theme_cookie() -> str:
    """The cookie that keeps it, for the script that changes it at once."""
    return appearance.COOKIE


@register.simple_tag
def points(count: int, wallet: formats.Unit, sign: bool = False) -> str:
    """``{% points 120 wallet %}``: "120 points" in the reader's language, "1 point" for one."""
    return formats.points(count, wallet, sign=sign)


@register.simple_tag
def unit(count: int, wallet: formats.Unit) -> str:
    """Only the word: "points", or "point" for one."""
    return formats.unit(count, wallet)


@register.filter
def number(value: int) -> str:
    return formats.number(value)


@register.filter
def signed(value: int) -> str:
    """``+120`` or ``−120``, with a real minus."""
    return formats.number(value, sign=True)


@register.filter
def percent(value: float) -> str:
    return formats.percent(value)


@register.simple_tag(takes_context=True)
def day(context: Context, value: date | None, style: str = "medium", zone: str = "") -> str:
    """``{% day lot.expires_on %}``: a ``<time>``. Styles: short, medium, long, month."""
    if value is None:
        return ""
    text = formats.day(value, style=style, zone=zone or _zone(context), era=_era(context))
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


@register.simple_tag(takes_context=True)
def moment(context: Context, value: datetime | None, style: str = "medium", zone: str = "") -> str:
    """``{% moment entry.occurred_at %}``: day and clock in the program's zone."""
    if value is None:
        return ""
    text = formats.moment(value, zone=zone or _zone(context), style=style, era=_era(context))
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


@register.simple_tag(takes_context=True)
def ago(context: Context, value: datetime | None) -> str:
    """``{% ago entry.occurred_at %}``: "3 hours ago", the exact time in the title."""
    if value is None:
        return ""
    exact = formats.moment(value, zone=_zone(context), era=_era(context))
    words = formats.ago(value, context.get("now") or timezone.now())
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, words)


@register.filter
def phone(number: str) -> str:
    return formats.phone(number)


@register.filter
def initial(name: Any) -> str:
    return formats.initial(name)


@register.filter
def local(names: Any, language: str) -> str:
    """``{{ reward.name|local:"th" }}``: in one language, whatever the reader's is."""
    return str(names.in_language(language)) if names else ""


@register.filter
def undo(message: Any) -> Undo | None:
    """Where a message's undo button posts to, if it has one."""
    return undo_of(message)


@register.simple_tag
def share(value: int, whole: int) -> int:
    """How full something is, from 0 to 100; 100 only when it is full."""
    return 100 if whole <= 0 or value >= whole else max(0, min(99, value * 100 // whole))


@register.inclusion_tag("components/stamps.html")
def stamps(filled: int, total: int, label: str = "") -> dict[str, Any]:
    """``{% stamps 7 10 %}``: a stamp card, one dab a stamp."""
    dabs = [number <= filled for number in range(1, total + 1)]
    return {"dabs": dabs, "filled": filled, "total": total, "label": label}


def _zone(context: Context) -> str:
    program = context.get("program")
    return str(context.get("zone") or getattr(program, "time_zone", "") or "UTC")


def _era(context: Context) -> str:
    """Years of the Buddhist era are shown to who asked for them: the page's ``era`` is "be"."""
    return str(context.get("era") or "ce")
