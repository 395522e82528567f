"""The plan of letters: which are written when, in whose words, and how each reads."""

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.planned.models import PlannedLetter
from loyalty import formats
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.fields import SPAN, OnceForm
from loyalty.dashboard.spans import date_input
from loyalty.flows import planned_words
from loyalty.flows import plans as flow
from loyalty.localized import LocalizedFormField
from loyalty.merchants.models import Program
from loyalty.messaging.models import Message
from loyalty.toasts import say

Event = PlannedLetter.Event
SENT, WAITS = Message.Status.SENT, (Message.Status.OWED, Message.Status.SENDING)


class PlanForm(OnceForm):
    event = forms.ChoiceField(label=gettext_lazy("When"), choices=Event.choices)
    on = forms.DateField(
        label=gettext_lazy("Day of the holiday"), required=False, validators=SPAN,
        widget=date_input(),
    )  # fmt: skip
    is_yearly = forms.BooleanField(
        label=gettext_lazy("Every year"),
        help_text=gettext_lazy("For holidays on the same day each year: Songkran, Christmas."),
        required=False, initial=True,
    )  # fmt: skip
    days = forms.IntegerField(
        label=gettext_lazy("Days"),
        help_text=gettext_lazy(
            "Quiet for so many days; or so many days before a campaign begins or ends."
        ),
        min_value=0, max_value=flow.MOST_DAYS, required=False,
    )  # fmt: skip
    hour = forms.TypedChoiceField(
        label=gettext_lazy("Hour"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[
            ("", gettext_lazy("As all letters")),
            *((hour, f"{hour:02}:00") for hour in range(24)),
        ],
    )
    subject = LocalizedFormField(
        label=gettext_lazy("Subject"),
        help_text=gettext_lazy("Empty: our words. {name}, {program}, {campaign} and {number} (of "
                               "years or days) are put in."),
        required=False,
    )  # fmt: skip
    words = LocalizedFormField(
        label=gettext_lazy("Text"),
        help_text=gettext_lazy("Empty: our words. An empty line begins a paragraph."),
        long=True,
        required=False,
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("It is written"), required=False, initial=True
    )

    def told(self) -> dict[str, Any]:
        told = dict(self.cleaned_data)
        told["public_id"] = told.pop("once")
        told["days"] = told["days"] or 0
        if told["event"] != Event.HOLIDAY:
            told["on"] = None
        return told


@needs("letters.see")
@require_safe
def plans(request: DeskRequest) -> HttpResponse:
    """All letters that come by themselves: those planned here, and those of the settings."""
    program = request.program
    found = list(program.planned_letters.kept().order_by("event", "on", "days", "pk"))
    counts = _counts(program, found)
    context = {
        "rows": [
            {"plan": it, "when": _when(it, program), "told": counts.get(it.pk, "")}
            for it in found
        ],
        "own": _of_settings(program),
    }  # fmt: skip
    return show(request, "dashboard/plans/list.html", context, nav="letters")


@needs("settings.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    return _edit(request, None)


@needs("settings.change")
@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, public_id: str) -> HttpResponse:
    return _edit(request, _plan(request, public_id))


@needs("settings.change", only_asks=True)
@require_POST
def try_out(request: DeskRequest, public_id: str) -> HttpResponse:
    """Send it to whoever asks, in the language of the button."""
    plan = _plan(request, public_id)
    codes = [code for code, _name in settings.LANGUAGES]
    language = request.POST.get("language", "")
    language = language if language in codes else codes[0]
    now = timezone.now()
    # One a minute: a second click sends no second letter.
    key = f"{request.staff.pk}:{language}:{now:%Y%m%d%H%M}"
    flow.try_out(plan, request.user, language, key=key, now=now)
    say(request, _("It is on its way to %(email)s.") % {"email": request.user.email})
    return redirect("dashboard:plan", slug=request.program.slug, public_id=public_id)


@needs("settings.change")
@require_POST
def archive(request: DeskRequest, public_id: str) -> HttpResponse:
    flow.archive(_plan(request, public_id), by=request.staff, now=timezone.now())
    say(request, _("The letter is planned no more."))
    return redirect("dashboard:plans", slug=request.program.slug)


def _edit(request: DeskRequest, plan: PlannedLetter | None) -> HttpResponse:
    form = PlanForm(request.POST or None, initial=_initial(plan) if plan else None)
    saved = attempt(
        form,
        lambda _told: flow.save(
            request.program, plan, by=request.staff, now=timezone.now(), **form.told()
        ),
    )
    if saved:
        say(request, _("The plan is saved. It holds from tomorrow on."))
        return redirect("dashboard:plan", slug=request.program.slug, public_id=saved.public_id)
    context = {"form": form, "plan": plan, "previews": _previews(plan) if plan else []}
    page = "dashboard/plans/edit.html"
    return show(request, page, context, nav="letters", status=status_of(form))


def _previews(plan: PlannedLetter) -> list[dict[str, Any]]:
    """How the letter reads, as it is kept, in each language."""
    return [
        {"language": code, "name": name, "letter": planned_words.preview(plan, language=code)}
        for code, name in settings.LANGUAGES
        if code in plan.program.languages
    ]


def _counts(program: Program, found: list[PlannedLetter]) -> dict[int, str]:
    """What became of each plan's letters, in a few words."""
    mine = Message.objects.filter(program=program, template__in={it.event for it in found})
    rows = mine.values_list("context__plan_id", "status").annotate(Count("pk"))
    by_plan: dict[int, dict[str, int]] = {}
    for plan_id, status, number in rows:
        by_plan.setdefault(plan_id, {})[status] = number
    return {plan_id: _told(counts) for plan_id, counts in by_plan.items()}


def _told(counts: dict[str, int]) -> str:
    sent = counts.get(SENT, 0)
    waiting = sum(counts.get(status, 0) for status in WAITS)
    parts = [ngettext("%(n)s sent", "%(n)s sent", sent) % {"n": formats.number(sent)}]
    if waiting:
        parts.append(_("%(n)s waiting") % {"n": formats.number(waiting)})
    if not_sent := sum(counts.values()) - sent - waiting:
        parts.append(_("%(n)s not sent") % {"n": formats.number(not_sent)})
    return " · ".join(parts)


def _when(plan: PlannedLetter, program: Program) -> str:
    hour = program.letter_hour if plan.hour is None else plan.hour
    days = {"days": formats.number(plan.days)}
    if plan.event == Event.HOLIDAY and plan.on:
        style = "day" if plan.is_yearly else "long"
        day = formats.day(plan.on, style="medium" if style == "day" else "long")
        told = _("every year from %(day)s on") if plan.is_yearly else _("on %(day)s")
        when = told % {"day": day}
    elif plan.event == Event.WIN_BACK:
        when = ngettext("after %(days)s quiet day", "after %(days)s quiet days", plan.days) % days
    elif plan.event == Event.MEMBERSHIP_DAY:
        when = _("on the day")
    elif plan.days:
        when = ngettext("%(days)s day before", "%(days)s days before", plan.days) % days
    else:
        when = _("on the day")
    return _("%(when)s, at %(hour)s") % {"when": when, "hour": f"{hour:02}:00"}


def _of_settings(program: Program) -> list[dict[str, Any]]:
    """The letters that are planned elsewhere, and where."""
    at = {"hour": f"{program.letter_hour:02}:00"}
    policy = getattr(program, "tier_policy", None)
    rows: list[tuple[str, Any, str, str]] = [
        ("birthday", _("Birthday"), _("on the day, at %(hour)s") % at,
         reverse("dashboard:settings_section", args=[program.slug, "letters"])),
        ("points_expiring", _("Points about to expire"),
         ngettext("%(days)s day before, at %(hour)s", "%(days)s days before, at %(hour)s",
                  program.expiry_notice_days)
         % (at | {"days": formats.number(program.expiry_notice_days)}),
         reverse("dashboard:settings_section", args=[program.slug, "letters"])),
    ]  # fmt: skip
    if policy:
        rows.append((
            "tier_at_risk", _("Tier about to be lost"),
            ngettext("%(days)s day before, at %(hour)s", "%(days)s days before, at %(hour)s",
                     policy.notice_days) % (at | {"days": formats.number(policy.notice_days)}),
            reverse("dashboard:tier_policy", args=[program.slug]),
        ))  # fmt: skip
    return [
        {"name": name, "when": when, "url": url, "is_on": kind not in program.silent_letters}
        for kind, name, when, url in rows
    ]


def _initial(plan: PlannedLetter) -> dict[str, Any]:
    names = ("event", "on", "is_yearly", "days", "hour", "subject", "words", "is_active")
    told = {name: getattr(plan, name) for name in names} | {"once": plan.public_id}
    return told | {"hour": "" if plan.hour is None else plan.hour}


def _plan(request: DeskRequest, public_id: str) -> PlannedLetter:
    found = request.program.planned_letters.kept().select_related("program")
    return get_object_or_404(found, public_id=public_id)
