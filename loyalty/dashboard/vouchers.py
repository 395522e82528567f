"""Vouchers: checked by their code, used once, and listed."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.spans import SPAN, date_input
from loyalty.dashboard.till import check_pace, shop_of
from loyalty.dashboard.told import reward_name, voucher_told, with_vouchers
from loyalty.days import start_of
from loyalty.flows import vouchers as flow
from loyalty.insights.periods import DAY
from loyalty.rewards.models import Voucher
from loyalty.toasts import say

PAGE = 30


class CodeForm(forms.Form):
    """The code that somebody shows."""

    code = forms.CharField(
        label=gettext_lazy("Code of the voucher"),
        help_text=gettext_lazy("Capitals, spaces and hyphens do not matter."),
        max_length=flow.LONGEST_CODE,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false",
                   "class": "code-input"}
        ),
    )  # fmt: skip


class UseForm(forms.Form):
    code = forms.CharField(max_length=flow.LONGEST_CODE, widget=forms.HiddenInput)
    reference = forms.CharField(
        label=gettext_lazy("Receipt number"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class FilterForm(forms.Form):
    """Which of them to list."""

    status = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", gettext_lazy("All")), *Voucher.Status.choices],
    )
    first = forms.DateField(
        label=gettext_lazy("From"), required=False, validators=SPAN, widget=date_input()
    )
    last = forms.DateField(
        label=gettext_lazy("To"), required=False, validators=SPAN, widget=date_input()
    )

    @property
    def query(self) -> str:
        return urlencode({name: value for name in self.fields if (value := self.data.get(name))})


@needs("vouchers.see", only_asks=True)
@require_http_methods(["GET", "POST"])
def vouchers(request: DeskRequest) -> HttpResponse:
    """The list, and above it the box for a code. A code is posted: it stands in no address."""
    code = CodeForm(request.POST or None)
    checked = attempt(code, lambda told: _checked(request, told["code"]))
    return _list(request, code, checked)


@needs("vouchers.use")
@require_POST
def use(request: DeskRequest) -> HttpResponse:
    """Use the voucher of a code. What became of it meanwhile is told beside the code."""
    check_pace(request)
    form = UseForm(request.POST)
    used = attempt(
        form,
        lambda told: flow.use(
            request.program, told["code"], now=timezone.now(), by=request.staff,
            location=shop_of(request), reference=told["reference"],
        ),
    )  # fmt: skip
    if used is None:
        code = CodeForm({"code": request.POST.get("code", "")})
        code.is_valid()
        for problem in form.non_field_errors():
            code.add_error("code", problem)
        return _list(request, code, None)
    made = with_vouchers(request.program).get(pk=used.redemption_id)
    say(request, _("“%(name)s” is used. Hand it over.") % {
        "name": reward_name(made, request.program)
    })  # fmt: skip
    back = request.POST.get("back")
    place = "counter" if back == "counter" else "vouchers"
    return redirect(f"dashboard:{place}", slug=request.program.slug)


def _checked(request: DeskRequest, code: str) -> dict[str, Any]:
    check_pace(request)
    found = flow.find(request.program, code)
    made = with_vouchers(request.program).get(pk=found.redemption_id)
    return voucher_told(made, request.program, timezone.now())


def _list(request: DeskRequest, code: CodeForm, checked: dict[str, Any] | None) -> HttpResponse:
    program, now = request.program, timezone.now()
    form = FilterForm(request.GET)
    made = with_vouchers(program)
    is_readable = form.is_valid()
    made = made.filter(_wanted(form, program.time_zone, now)) if is_readable else made.none()
    if after := request.GET.get("after", ""):
        last = get_object_or_404(with_vouchers(program), public_id=after)
        made = made.filter(pk__lt=last.pk)
    found = list(made[: PAGE + 1])
    shown = found[:PAGE]
    older = ""
    if len(found) > PAGE:
        cursor = urlencode({"after": shown[-1].public_id})
        older = "?" + "&".join(part for part in (form.query, cursor) if part)
    context = {
        "code": code,
        "typed": code.data.get("code", "") if code.is_bound else "",
        "checked": checked,
        "use": UseForm() if checked else None,
        "form": form,
        "rows": [voucher_told(it, program, now) for it in shown],
        "older": older,
        "newest": f"?{form.query}" if after else "",
        "is_filtered": bool(form.query),
        "here": reverse("dashboard:vouchers", args=[program.slug]),
    }
    page = "dashboard/vouchers/list.html"
    return show(request, page, context, nav="vouchers", status=status_of(code))


def _wanted(form: FilterForm, zone: str, now: Any) -> Q:
    """A voucher expires on time, whenever the sweep comes that writes it down."""
    told, wanted = form.cleaned_data, Q()
    overdue = Q(voucher__status=Voucher.Status.READY, voucher__expires_at__lte=now)
    if told["status"] == Voucher.Status.READY:
        wanted &= Q(voucher__status=Voucher.Status.READY) & ~overdue
    elif told["status"] == Voucher.Status.EXPIRED:
        wanted &= Q(voucher__status=Voucher.Status.EXPIRED) | overdue
    elif told["status"]:
        wanted &= Q(voucher__status=told["status"])
    if told["first"]:
        wanted &= Q(made_at__gte=start_of(told["first"], zone))
    if told["last"]:
        wanted &= Q(made_at__lt=start_of(told["last"] + DAY, zone))
    return wanted
