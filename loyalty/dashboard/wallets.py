"""The kinds of value that a program keeps: points, stamps, cashback, status points."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.fields import RadioCards
from loyalty.flows import rules as flow
from loyalty.ledger.models import Wallet
from loyalty.localized import LocalizedFormField
from loyalty.toasts import say

MOST_MONTHS, MOST_YEARS = 120, 10
KIND_HINTS = {
    "points": gettext_lazy("Earned by buying, spent on rewards."),
    "stamps": gettext_lazy("Whole ones, as on a card: a full card gives a reward."),
    "cashback": gettext_lazy("Money, to the last digit, spent at the till."),
    "status": gettext_lazy("They only count towards a tier; nobody spends them."),
}
ICONS = {"points": "coins", "stamps": "stamp", "cashback": "banknote", "status": "medal"}


class WalletForm(forms.Form):
    """How it is called and when it expires; that alone can be changed later."""

    unit_one = LocalizedFormField(
        label=gettext_lazy("One is called"), help_text=gettext_lazy("“point”, “stamp”, “baht”")
    )
    unit_many = LocalizedFormField(label=gettext_lazy("Several are called"))
    expiry = forms.ChoiceField(
        label=gettext_lazy("When it expires"),
        choices=Wallet.Expiry.choices,
        initial=Wallet.Expiry.MONTHS,
        widget=RadioCards(
            hints={
                "never": gettext_lazy("It stays until it is spent."),
                "months": gettext_lazy("Each by its own day: 12 months after it was earned."),
                "year_end": gettext_lazy("All of a year together, on 31 December."),
            }
        ),
    )
    expiry_count = forms.IntegerField(
        label=gettext_lazy("How many months, or year ends"),
        help_text=gettext_lazy(
            "For year ends: 0 is the end of the year it was earned in, 1 of the next."
        ),
        min_value=0,
        max_value=MOST_MONTHS,
        initial=12,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        count, expiry = told.get("expiry_count"), told.get("expiry")
        if expiry == Wallet.Expiry.NEVER:
            told["expiry_count"] = 0
        elif count is None and "expiry_count" not in self.errors:
            self.add_error("expiry_count", _("Say how many."))
        elif expiry == Wallet.Expiry.MONTHS and count == 0:
            self.add_error("expiry_count", _("One month is the shortest."))
        elif expiry == Wallet.Expiry.YEAR_END and (count or 0) > MOST_YEARS:
            self.add_error("expiry_count", _("Ten years are the longest."))
        return told


class NewWalletForm(WalletForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("What it holds"),
        choices=Wallet.Kind.choices,
        initial=Wallet.Kind.STAMPS,
        widget=RadioCards(hints=KIND_HINTS),
    )
    code = forms.SlugField(
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("By which machines know it, like “stamps”. It cannot be changed."),
        max_length=20,
    )
    field_order = ("kind", "unit_one", "unit_many", "expiry", "expiry_count", "code")


@needs("wallets.see")
@require_safe
def wallets(request: DeskRequest) -> HttpResponse:
    rows = [
        {"wallet": wallet, "icon": ICONS[wallet.kind], "note": _note(wallet)}
        for wallet in request.program.wallets.all()
    ]
    return show(request, "dashboard/wallets/list.html", {"rows": rows}, nav="wallets")


@needs("wallets.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    return _edit(request, None, NewWalletForm(request.POST or None))


@needs("wallets.change")
@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, code: str) -> HttpResponse:
    wallet = get_object_or_404(request.program.wallets, code=code)
    return _edit(
        request, wallet, WalletForm(request.POST or None, initial=flow.wallet_facts(wallet))
    )


def _edit(request: DeskRequest, wallet: Wallet | None, form: WalletForm) -> HttpResponse:
    saved = attempt(
        form,
        lambda told: flow.save_wallet(
            request.program, wallet, by=request.staff, now=timezone.now(), **told
        ),
    )
    if saved:
        say(request, _("The wallet is saved."))
        return redirect("dashboard:wallets", slug=request.program.slug)
    context = {"form": form, "wallet": wallet}
    page = "dashboard/wallets/edit.html"
    return show(request, page, context, nav="wallets", status=status_of(form))


def _note(wallet: Wallet) -> str:
    return _("%(kind)s, code “%(code)s”. %(expiry)s") % {
        "kind": wallet.get_kind_display(),
        "code": wallet.code,
        "expiry": expiry_sentence(wallet),
    }


def expiry_sentence(wallet: Wallet) -> str:
    """When what is earned now will be gone."""
    count = wallet.expiry_count
    if wallet.expiry == Wallet.Expiry.NEVER:
        return _("Never expires.")
    if wallet.expiry == Wallet.Expiry.MONTHS:
        words = ngettext(
            "Expires %(count)s month after it was earned.",
            "Expires %(count)s months after it was earned.",
            count,
        )
        return words % {"count": count}
    if count == 0:
        return _("Expires at the end of the year in which it was earned.")
    words = ngettext(
        "Expires at the end of the year after the one in which it was earned.",
        "Expires at the end of the year %(count)s years after the one in which it was earned.",
        count,
    )
    return words % {"count": count}
