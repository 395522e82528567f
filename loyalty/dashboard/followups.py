"""Follow-up offers: what n of one thing bring, who was given one, and what is bought along."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.followups.models import FollowUp
from campaigns.followups.reading import followup_data, followup_sentence
from loyalty.dashboard.doors import DeskRequest, needs, show, status_of
from loyalty.dashboard.fields import MomentField, OnceForm, offer
from loyalty.dashboard.games import act_on, back_to, list_url
from loyalty.fields import RadioCards
from loyalty.flows import followups as flow
from loyalty.flows.followups import FollowUpRefused
from loyalty.insights.followups import companions_of, result_of
from loyalty.localized import LocalizedFormField
from loyalty.merchants.models import Program
from loyalty.refusal import Refusal
from loyalty.toasts import say

SHOWN = 30
HINTS = {
    "same": gettext_lazy("Four bags of one blend: the offer is on the fifth."),
    "along": gettext_lazy("Counted each night from your own baskets. While there are too few of "
                          "them, it is on the same again."),
}  # fmt: skip


class FollowUpForm(OnceForm):
    name = LocalizedFormField(label=gettext_lazy("Name of the offer"))
    about = LocalizedFormField(label=gettext_lazy("What members read"), long=True, required=False)
    of = forms.ChoiceField(
        label=gettext_lazy("What is counted"), choices=FollowUp.Of.choices, initial="product",
        widget=RadioCards(),
    )  # fmt: skip
    codes = forms.CharField(
        label=gettext_lazy("Which ones"),
        help_text=gettext_lazy("Your own codes, one on each line. Empty: each one, for itself."),
        widget=forms.Textarea(attrs={"rows": 3}), max_length=9_000, required=False,
    )  # fmt: skip
    every = forms.IntegerField(
        label=gettext_lazy("After how many"), min_value=2, max_value=1_000, initial=4
    )
    count = forms.ChoiceField(
        label=gettext_lazy("Counted in"), choices=FollowUp.Count.choices, initial="units",
        widget=RadioCards(),
    )  # fmt: skip
    repeats = forms.BooleanField(
        label=gettext_lazy("Again after each so many"), required=False, initial=True
    )
    reward = forms.ChoiceField(
        label=gettext_lazy("What it gives"),
        help_text=gettext_lazy("One of your rewards, like 15% off. It need not be on offer in the "
                               "catalog. Its voucher is good for the one thing only."),
    )  # fmt: skip
    on = forms.ChoiceField(
        label=gettext_lazy("What it is on"), choices=FollowUp.On.choices, initial="same",
        widget=RadioCards(hints=HINTS),
    )  # fmt: skip
    starts_at = MomentField(
        label=gettext_lazy("Starts"),
        help_text=gettext_lazy("What is bought from this moment on is counted."),
    )
    ends_at = MomentField(
        label=gettext_lazy("Ends"),
        help_text=gettext_lazy("At this moment it is over. Empty: it goes on until you end it."),
    )

    def __init__(self, program: Program, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_at"].required = True
        offer(self, "reward", [(it.public_id, str(it)) for it in program.rewards.kept()])

    def told(self) -> dict[str, Any]:
        told = {name: it for name, it in self.cleaned_data.items() if name != "once"}
        codes = [code.strip() for code in told["codes"].splitlines() if code.strip()]
        return told | {
            "name": dict(told["name"]), "about": dict(told["about"] or {}), "codes": codes
        }  # fmt: skip


@needs("campaigns.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    return _edit(request, None)


@needs("campaigns.change")
@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, public_id: str) -> HttpResponse:
    followup = _followup(request, public_id)
    if followup.stage(timezone.now()) == "ended":
        return back_to(request, followup)
    return _edit(request, followup)


@needs("campaigns.see")
@require_safe
def followup(request: DeskRequest, public_id: str) -> HttpResponse:
    it = _followup(request, public_id)
    given = it.given.select_related("account__member", "redemption__voucher").order_by("-pk")
    context = {
        "followup": it,
        "stage": it.stage(timezone.now()),
        "sentence": followup_sentence(it),
        "result": result_of(it),
        "given": given[:SHOWN],
        "companions": companions_of(it) if it.on == FollowUp.On.ALONG else [],
        "back_url": list_url(request, "followups"),
    }
    return show(request, "dashboard/games/followup.html", context, nav="games")


@needs("campaigns.change")
@require_POST
def act(request: DeskRequest, public_id: str) -> HttpResponse:
    return act_on(request, _followup(request, public_id), open_up=flow.open_up)


def _edit(request: DeskRequest, followup: FollowUp | None) -> HttpResponse:
    is_sent = request.method == "POST"
    initial: dict[str, Any] = {"starts_at": timezone.now().replace(second=0, microsecond=0)}
    if followup:
        initial = followup_data(followup) | {
            "once": followup.public_id, "codes": "\n".join(followup.codes),
            "starts_at": followup.starts_at, "ends_at": followup.ends_at,
        }  # fmt: skip
    form = FollowUpForm(request.program, request.POST if is_sent else None, initial=initial)
    if is_sent and (saved := _save(request, followup, form)):
        say(request, _("“%(name)s” is saved.") % {"name": saved.name})
        return back_to(request, saved)
    context = {"form": form, "followup": followup, "back_url": list_url(request, "followups")}
    page = "dashboard/games/followup_edit.html"
    return show(request, page, context, nav="games", status=status_of(form))


def _save(request: DeskRequest, followup: FollowUp | None, form: FollowUpForm) -> FollowUp | None:
    if not form.is_valid():
        return None
    now = timezone.now()
    try:
        saved = flow.save(
            request.program, followup, public_id=form.cleaned_data["once"], by=request.staff,
            now=now, **form.told(),
        )  # fmt: skip
        if request.POST.get("act") == "open":
            flow.open_up(saved, by=request.staff, now=now)
    except FollowUpRefused as refusal:
        for place, sentence in refusal.facts["problems"].items():
            name = place.split(".")[0]
            form.add_error(name if name in form.fields else None, sentence)
        return None
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return None
    return saved


def _followup(request: DeskRequest, public_id: str) -> FollowUp:
    return get_object_or_404(
        request.program.followups.select_related("reward"), public_id=public_id
    )
