"""What a program is: its name and colours, what counts, letters, limits; and what it was."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from loyalty import colours, formats
from loyalty.dashboard.changes import changes
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.settings_forms import (
    BasicsForm,
    CountingForm,
    KeepingForm,
    LettersForm,
    LimitsForm,
    SettingsForm,
)
from loyalty.fields import ColorField
from loyalty.flows import settings as flow
from loyalty.merchants.access import may
from loyalty.merchants.models import Program
from loyalty.toasts import say

MOST_VERSIONS = 100

SECTIONS: Mapping[str, tuple[type[SettingsForm], Any, str]] = {
    "basics": (BasicsForm, gettext_lazy("Basics"), "settings.change"),
    "counting": (CountingForm, gettext_lazy("What counts"), "settings.change"),
    "letters": (LettersForm, pgettext_lazy("mail", "Letters"), "settings.change"),
    "keeping": (KeepingForm, gettext_lazy("Keeping data"), "settings.change"),
    "limits": (LimitsForm, gettext_lazy("Limits by hand"), "limits.change"),
}


@needs("settings.see", to_change="settings.change")
@require_http_methods(["GET", "POST"])
def section(request: DeskRequest, section: str = "basics") -> HttpResponse:
    if section not in SECTIONS:
        raise Http404
    form_class, title, permission = SECTIONS[section]
    can_change = may(request.staff, permission)
    if request.method == "POST" and not can_change:
        return show(request, "dashboard/forbidden.html", nav="settings", status=403)
    form = form_class(request.program, request.POST or None)
    changed = attempt(
        form,
        lambda _told: flow.change(
            request.program, by=request.staff, now=timezone.now(), **form.settings()
        ),
    )
    if changed:
        say(request, _("Saved. What was awarded before stays as it was."))
        return redirect("dashboard:settings_section", slug=changed.slug, section=section)
    if not can_change:
        for field in form.fields.values():
            field.disabled = True
    context = {
        "form": form,
        "section": section,
        "title": title,
        "tabs": tabs(request.program, section),
        "can_change": can_change,
        "colour": _colour_told(form["brand_color"].value()) if section == "basics" else "",
    }
    page = "dashboard/settings/section.html"
    return show(request, page, context, nav="settings", status=status_of(form))


@needs("settings.see")
@require_safe
def colour(request: DeskRequest) -> HttpResponse:
    """How a colour reads, while somebody is choosing one."""
    context = {"colour": _colour_told(request.GET.get("brand_color", ""))}
    return show(request, "dashboard/settings/colour.html", context)


@needs("settings.see")
@require_safe
def history(request: DeskRequest) -> HttpResponse:
    """Every version of the settings: what changed, when, and by whom."""
    kept = list(
        request.program.versions.select_related("changed_by").order_by("-number")[
            : MOST_VERSIONS + 1
        ]
    )
    currency = request.program.currency
    versions = [
        {
            "number": version.number,
            "at": version.changed_at,
            "by": version.changed_by,
            "changes": changes(before.settings, version.settings, currency=currency),
        }
        for version, before in zip(kept, kept[1:], strict=False)
    ]
    if 0 < len(kept) <= MOST_VERSIONS:
        first = kept[-1]
        versions.append(
            {
                "number": first.number,
                "at": first.changed_at,
                "by": first.changed_by,
                "changes": [],
            }
        )
    context = {"versions": versions, "tabs": tabs(request.program, "history")}
    return show(request, "dashboard/settings/history.html", context, nav="settings")


def tabs(program: Program, current: str) -> list[dict[str, Any]]:
    sections = [
        {
            "label": title,
            "url": reverse("dashboard:settings_section", args=[program.slug, name]),
            "current": name == current,
        }
        for name, (_form, title, _permission) in SECTIONS.items()
    ]
    history = reverse("dashboard:settings_history", args=[program.slug])
    file = reverse("dashboard:program_file", args=[program.slug])
    return [
        *sections,
        {"label": _("File"), "url": file, "current": current == "file"},
        {"label": _("History"), "url": history, "current": current == "history"},
    ]


def _colour_told(colour: Any) -> dict[str, Any]:
    """A sample of the colour, and sentences that say how well it reads. Empty for no colour."""
    try:
        fill = colours.parse(ColorField().clean(colour))
    except forms.ValidationError:
        return {}
    ink = colours.text_on(fill)
    white = ink == colours.WHITE
    on_fill = {"ratio": formats.number(_ratio(ink, fill))}
    on_page = _ratio(fill, colours.WHITE)
    told = {"ratio": formats.number(on_page)}
    reads = on_page >= colours.READABLE
    return {
        "fill": colours.written(fill),
        "ink": colours.written(ink),
        "button": (
            _("Buttons in this colour carry white words: contrast %(ratio)s to 1, easy to read.")
            if white
            else _(
                "Buttons in this colour carry dark words: contrast %(ratio)s to 1, easy to read."
            )
        )
        % on_fill,
        "page": (
            _("Words in this colour can be read on a white page too: %(ratio)s to 1.")
            if reads
            else _(
                "On a white page the colour itself is too pale for words (%(ratio)s to 1; 4.5 is "
                "needed), so links are written in a darker shade of it."
            )
        )
        % told,
        "reads": reads,
    }


def _ratio(one: colours.Rgb, other: colours.Rgb) -> Decimal:
    return Decimal(str(round(colours.contrast(one, other), 1)))
