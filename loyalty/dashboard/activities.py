"""What members can do besides buying: named here, promised by earning rules."""

from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.activities.models import NamedActivity
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.fields import OnceForm
from loyalty.dashboard.rule_builder import location_names, tier_names
from loyalty.earning.models import EarningRule
from loyalty.earning.rule_forms import rule_sentence
from loyalty.fields import PointsField, RadioCards
from loyalty.flows import activities as flow
from loyalty.ledger.models import Wallet
from loyalty.localized import LocalizedFormField
from loyalty.merchants.models import Program
from loyalty.toasts import say

PROOF_HINTS = {
    "word": gettext_lazy("They tap “I have done it”. Nobody can check it: promise little."),
    "handle": gettext_lazy("They say under which name they are there; one member a name."),
    "api": gettext_lazy("It counts when your app or shop tells us by the API. Nobody else can."),
}
PERIODS = [
    ("ever", gettext_lazy("All time")),
    ("day", gettext_lazy("A day")),
    ("week", gettext_lazy("A week, from Monday")),
    ("month", gettext_lazy("A calendar month")),
    ("year", gettext_lazy("A calendar year")),
]


class ActivityForm(OnceForm):
    name = LocalizedFormField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("Members read it: Follow us on Instagram, Watch a video."),
    )
    about = LocalizedFormField(label=gettext_lazy("What members read"), long=True, required=False)
    kind = forms.CharField(
        label=gettext_lazy("Kind"),
        help_text=gettext_lazy("As rules and machines name it: follow, watched_video."),
        max_length=40,
    )
    subject = forms.CharField(
        label=gettext_lazy("Which one"),
        help_text=gettext_lazy("Where there are several of the kind: facebook, instagram."),
        max_length=40,
        required=False,
    )
    link = forms.URLField(
        label=gettext_lazy("Where it is done"),
        help_text=gettext_lazy("An address that begins with https://"),
        max_length=500,
        required=False,
        assume_scheme="https",
    )
    proof = forms.ChoiceField(
        label=gettext_lazy("How we know"),
        choices=NamedActivity.Proof.choices,
        initial=NamedActivity.Proof.WORD,
        widget=RadioCards(hints=PROOF_HINTS),
    )

    def __init__(self, program: Program, activity: NamedActivity | None, data: Any = None) -> None:
        super().__init__(data, initial=_initial(activity) if activity else None)
        self.activity = activity
        if activity is None:
            self._ask_what_it_gives(program, data)

    def told(self) -> dict[str, Any]:
        told = dict(self.cleaned_data)
        told["public_id"] = told.pop("once")
        return told

    def _ask_what_it_gives(self, program: Program, data: Any) -> None:
        wallets = {wallet.code: wallet for wallet in program.wallets.order_by("pk")}
        chosen: Wallet = wallets.get((data or {}).get("wallet", "")) or next(iter(wallets.values()))
        self.fields["points"] = PointsField(
            wallet=chosen, label=_("It gives"), min_value=1, max_value=1_000_000, required=False,
            help_text=_("Makes an earning rule for it. Empty: you write the rules yourself."),
        )  # fmt: skip
        self.fields["wallet"] = forms.ChoiceField(
            label=_("Into the wallet"),
            choices=[(code, str(it.unit_many)) for code, it in wallets.items()],
        )
        self.fields["limit"] = PointsField(
            wallet=chosen, label=_("At most for each member"), min_value=1, max_value=10**9,
            required=False,
        )  # fmt: skip
        self.fields["period"] = forms.ChoiceField(label=_("That much"), choices=PERIODS)


@needs("rules.see")
@require_safe
def activities(request: DeskRequest) -> HttpResponse:
    archived = "archived" in request.GET
    found = request.program.named_activities.filter(archived_at__isnull=not archived)
    here = reverse("dashboard:activities", args=[request.program.slug])
    sentences = _sentences(request.program)
    context = {
        "rows": [
            {
                "activity": it,
                "rules": [
                    told for kind, subjects, told in sentences
                    if kind == it.kind and (not subjects or it.subject in subjects)
                ],
            }
            for it in found.annotate(claimed=Count("claims"))
        ],
        "tabs": [
            {"label": _("In use"), "url": here, "current": not archived},
            {"label": _("Archived"), "url": f"{here}?archived", "current": archived},
        ],
        "archived": archived,
    }  # fmt: skip
    return show(request, "dashboard/activities/list.html", context, nav="activities")


@needs("rules.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    return _edit(request, None)


@needs("rules.change")
@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, public_id: str) -> HttpResponse:
    return _edit(request, _activity(request, public_id))


@needs("rules.change")
@require_POST
def archive(request: DeskRequest, public_id: str) -> HttpResponse:
    found = _activity(request, public_id)
    flow.archive(found, by=request.staff, now=timezone.now())
    say(
        request,
        _("“%(name)s” is put away. Its rules stay as they are.") % {"name": found.name},
        undo=reverse("dashboard:activity_restore", args=[request.program.slug, public_id]),
    )
    return redirect("dashboard:activities", slug=request.program.slug)


@needs("rules.change")
@require_POST
def restore(request: DeskRequest, public_id: str) -> HttpResponse:
    found = _activity(request, public_id)
    flow.restore(found, by=request.staff, now=timezone.now())
    say(request, _("“%(name)s” is back.") % {"name": found.name})
    return redirect("dashboard:activities", slug=request.program.slug)


def _edit(request: DeskRequest, activity: NamedActivity | None) -> HttpResponse:
    form = ActivityForm(request.program, activity, request.POST or None)
    saved = attempt(
        form,
        lambda _told: flow.save(
            request.program, activity, by=request.staff, now=timezone.now(), **form.told()
        ),
    )
    if saved:
        say(request, _("“%(name)s” is saved.") % {"name": saved.name})
        return redirect("dashboard:activities", slug=request.program.slug)
    context = {"form": form, "activity": activity}
    page = "dashboard/activities/edit.html"
    return show(request, page, context, nav="activities", status=status_of(form))


def _sentences(program: Program) -> list[tuple[str, set[str], str]]:
    """The live rules for what is no purchase: of which kind, for which subjects, in a sentence."""
    rules = EarningRule.objects.live().filter(program=program).select_related("wallet")
    tiers, shops = tier_names(program), location_names(program)
    return [
        (
            rule.trigger,
            {
                str(code)
                for one in rule.conditions
                if one.get("kind") == "subject" and not one.get("out")
                for code in one.get("codes", ())
            },
            rule_sentence(rule, program, tiers=tiers, locations=shops),
        )
        for rule in rules
    ]


def _initial(activity: NamedActivity) -> dict[str, Any]:
    names = ("name", "about", "kind", "subject", "link", "proof")
    return {name: getattr(activity, name) for name in names} | {"once": activity.public_id}


def _activity(request: DeskRequest, public_id: str) -> NamedActivity:
    return get_object_or_404(request.program.named_activities, public_id=public_id)
