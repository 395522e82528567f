"""Coming in: a person's programs, a new business, another program of one's own."""

import re
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from loyalty.dashboard.doors import (
    DeskRequest,
    PersonRequest,
    attempt,
    landing,
    needs,
    programs_of,
    show,
    signed_in,
    status_of,
)
from loyalty.dashboard.fields import CurrencyField, OnceForm, ZoneField
from loyalty.flows import programs as flow
from loyalty.flows.program_files.showing import show as preview
from loyalty.flows.program_files.templates import all_templates
from loyalty.localized import LocalizedFormField
from loyalty.merchants.access import may
from loyalty.merchants.models import Program, User
from loyalty.toasts import say

ZONE = "Asia/Bangkok"
SLUG = re.compile(r"[-\w]{1,60}", re.ASCII)


class CurrencyForm(forms.Form):
    currency = CurrencyField(initial="THB")


class ProgramForm(OnceForm):
    """The few things that a program cannot do without."""

    name = LocalizedFormField(
        label=gettext_lazy("Name of the program"),
        help_text=gettext_lazy("Members see it. One language is enough."),
    )
    currency = CurrencyField(initial="THB")
    time_zone = ZoneField(
        initial="Asia/Bangkok",
        help_text=gettext_lazy("Days, birthdays and expiry follow this clock."),
    )
    unit_one = LocalizedFormField(
        label=gettext_lazy("One point is called"), initial={"en": "point", "th": "แต้ม"}
    )
    unit_many = LocalizedFormField(
        label=gettext_lazy("Several are called"), initial={"en": "points", "th": "แต้ม"}
    )


class TemplateForm(ProgramForm):
    """The same, for a program that begins as a template."""

    template = forms.SlugField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, asked: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.data.get("template", "") if self.is_bound else asked
        self.begins_as = next((it for it in all_templates() if it.name == name), None)
        self.fields["template"].initial = self.begins_as.name if self.begins_as else ""
        if self.begins_as and not self.begins_as.names_points:
            del self.fields["unit_one"], self.fields["unit_many"]

    def clean_template(self) -> str:
        if self.cleaned_data["template"] and not self.begins_as:
            raise forms.ValidationError(_("There is no such template."))
        return str(self.cleaned_data["template"])


class BusinessForm(TemplateForm):
    business = forms.CharField(
        label=gettext_lazy("Name of the business"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    field_order = ("business",)


@signed_in
@require_safe
def choose(request: PersonRequest) -> HttpResponse:
    """Who has one program comes straight in, unless they ask for the list."""
    programs = programs_of(request.user)
    if len(programs) == 1 and "all" not in request.GET:
        return redirect("dashboard:enter", slug=programs[0].slug)
    businesses = _by_merchant(programs, request.user)
    return show(request, "dashboard/programs/choose.html", {"businesses": businesses})


@signed_in
@require_http_methods(["GET", "POST"])
def start(request: PersonRequest) -> HttpResponse:
    form = BusinessForm(request.POST or None, asked=request.GET.get("template", ""))
    program = attempt(
        form,
        lambda told: flow.open_merchant(
            request.user,
            business=told["business"],
            public_id=told["once"],
            now=timezone.now(),
            **_program_of(told),
        ),
    )
    if program:
        return _welcome(request, program)
    page = "dashboard/programs/start.html"
    context = {"form": form, "others": reverse("dashboard:templates")}
    return show(request, page, context, status=status_of(form))


@signed_in
@require_safe
def templates(request: PersonRequest) -> HttpResponse:
    """What a program can begin as."""
    context = {"templates": all_templates(), "query": _query_for(request)}
    return show(request, "dashboard/programs/templates.html", context)


@signed_in
@require_safe
def template(request: PersonRequest, template: str) -> HttpResponse:
    """What members would see of one of them, in the currency of choice."""
    chosen = next((it for it in all_templates() if it.name == template), None)
    if chosen is None:
        raise Http404
    form = CurrencyForm(request.GET if "currency" in request.GET else None)
    currency = form.cleaned_data["currency"] if form.is_valid() else "THB"
    shown = preview(chosen.name, currency=currency, time_zone=ZONE, now=timezone.now())
    slug = request.GET.get("for", "")
    begin = _begin_at(slug) + "?" + urlencode({"template": chosen.name})
    context = {"template": chosen, "shown": shown, "form": form, "begin": begin, "for": slug,
               "query": _query_for(request)}  # fmt: skip
    return show(request, "dashboard/programs/template.html", context, status=status_of(form))


@needs("program.enter")
@require_safe
def enter(request: DeskRequest) -> HttpResponse:
    """To the first place of a program that this person may see."""
    return redirect(landing(request.program, request.staff))


@needs("programs.open")
@require_http_methods(["GET", "POST"])
def another(request: DeskRequest) -> HttpResponse:
    merchant = request.program.merchant
    form = TemplateForm(request.POST or None, asked=request.GET.get("template", ""))
    program = attempt(
        form,
        lambda told: flow.open_program(
            request.staff, public_id=told["once"], now=timezone.now(), **_program_of(told)
        ),
    )
    if program:
        return _welcome(request, program)
    others = reverse("dashboard:templates") + "?" + urlencode({"for": request.program.slug})
    context = {"form": form, "merchant": merchant, "others": others}
    return show(request, "dashboard/programs/another.html", context, status=status_of(form))


def _program_of(told: dict[str, Any]) -> dict[str, Any]:
    told = {"unit_one": {}, "unit_many": {}} | told
    names = ("name", "currency", "time_zone", "unit_one", "unit_many", "template")
    return {name: told[name] for name in names}


def _query_for(request: PersonRequest) -> str:
    """The program beside which another one is opened, carried along."""
    slug = request.GET.get("for", "")
    return "?" + urlencode({"for": slug}) if SLUG.fullmatch(slug) else ""


def _begin_at(slug: str) -> str:
    if SLUG.fullmatch(slug):
        return reverse("dashboard:another", args=[slug])
    return reverse("dashboard:start")


def _welcome(request: Any, program: Program) -> HttpResponse:
    say(request, _("Your program is ready. It gives points from the next sale on."))
    return redirect("dashboard:enter", slug=program.slug)


def _by_merchant(programs: list[Program], user: User) -> list[dict[str, Any]]:
    """Each business with its programs, and where its owner opens another."""
    posts = {post.merchant_id: post for post in user.posts.filter(is_active=True)}
    businesses: dict[int, dict[str, Any]] = {}
    for program in programs:
        owner = may(posts[program.merchant_id], "programs.open")
        business = businesses.setdefault(
            program.merchant_id,
            {
                "name": program.merchant.name,
                "role": posts[program.merchant_id].get_role_display(),
                "programs": [],
                "leave": reverse("dashboard:team_leave", args=[program.slug]),
                "another": reverse("dashboard:another", args=[program.slug]) if owner else "",
            },
        )
        business["programs"].append(
            {"name": program.name, "url": reverse("dashboard:enter", args=[program.slug])}
        )
    return list(businesses.values())
