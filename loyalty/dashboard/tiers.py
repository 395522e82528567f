"""Tiers: what reaches each, what each gives, and how one is lost."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty import formats
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.fields import OnceForm
from loyalty.fields import AffixInput, MoneyField, PointsField, RadioCards
from loyalty.flows import tiers as flow
from loyalty.ledger.models import Wallet
from loyalty.localized import LocalizedFormField
from loyalty.merchants.models import Program
from loyalty.toasts import say
from members.models import Tier, TierPolicy
from members.tier_drafts import POLICY_BOUNDS, policy_facts, tier_facts

Measure = TierPolicy.Measure
MOST_DAYS_A_YEAR = 100_000  # For ever has more than 366 of them.


class TierForm(OnceForm):
    name = LocalizedFormField(label=gettext_lazy("Name of the tier"))
    benefits = LocalizedFormField(
        label=gettext_lazy("What it gives besides"),
        help_text=gettext_lazy("Members read it: free oat milk, a table by the window."),
        long=True,
        required=False,
    )
    multiplier = forms.DecimalField(
        label=gettext_lazy("Points are multiplied by"),
        help_text=gettext_lazy("For the rules that tiers multiply. 1 is as without a tier."),
        min_value=1,
        max_value=100,
        decimal_places=2,
        initial=Decimal(1),
        widget=AffixInput(before="×", attrs={"inputmode": "decimal"}),
    )

    def __init__(
        self, program: Program, tier: Tier | None, *, is_base: bool, data: Any = None
    ) -> None:
        super().__init__(data, initial=_initial(tier) if tier else None)
        self.is_base = is_base
        wallet = _points(program)
        if not is_base:
            self.fields["threshold"] = _threshold(program, _policy(program).measure, wallet)
        self.fields["entry_points"] = PointsField(
            wallet=wallet,
            label=_("A present on reaching it"),
            help_text=_("0: none. It is given once for each time the tier is reached."),
            max_value=10**9,
            initial=0,
        )
        self.fields["entry_reward"] = forms.ModelChoiceField(
            label=_("And a reward"),
            queryset=program.rewards.kept(),
            to_field_name="public_id",
            empty_label=_("None"),
            required=False,
        )
        self.order_fields(
            ("name", "threshold", "multiplier", "benefits", "entry_points", "entry_reward")
        )

    def fields_told(self) -> dict[str, Any]:
        told = dict(self.cleaned_data)
        told.pop("once")
        told["multiplier_percent"] = int(told.pop("multiplier") * 100)
        return told | ({"threshold": 0} if self.is_base else {})


class PolicyForm(forms.Form):
    measure = forms.ChoiceField(
        label=gettext_lazy("What counts"),
        choices=TierPolicy.Measure.choices,
        widget=RadioCards(
            hints={
                "spend": gettext_lazy("Money that counts as spend, by your settings."),
                "points": gettext_lazy("Points of the rules that count towards a tier."),
                "visits": gettext_lazy("A day with a purchase, however many."),
            }
        ),
    )
    window = forms.ChoiceField(
        label=gettext_lazy("Counted over"),
        choices=TierPolicy.Window.choices,
        widget=RadioCards(
            hints={
                "calendar_year": gettext_lazy("Begins anew on 1 January."),
                "membership_year": gettext_lazy("Begins anew on the day of joining."),
                "rolling": gettext_lazy("Each day looks back over a year."),
                "since_joining": gettext_lazy("A tier that is reached stays."),
                "lifetime": gettext_lazy("The same, and earlier purchases count too."),
            }
        ),
    )
    kept_years = forms.IntegerField(
        label=gettext_lazy("Years that a tier is kept after the one it was reached in"),
        help_text=gettext_lazy("For calendar and membership years. 1: to the end of the next."),
        min_value=POLICY_BOUNDS["kept_years"][0],
        max_value=POLICY_BOUNDS["kept_years"][1],
    )
    downgrade = forms.ChoiceField(
        label=gettext_lazy("Who does not reach it again falls"),
        choices=TierPolicy.Downgrade.choices,
        widget=RadioCards(),
    )
    grace_days = forms.IntegerField(
        label=gettext_lazy("Days of grace to win it back"),
        min_value=POLICY_BOUNDS["grace_days"][0],
        max_value=POLICY_BOUNDS["grace_days"][1],
    )
    notice_days = forms.IntegerField(
        label=gettext_lazy("Days of notice before a loss"),
        help_text=gettext_lazy("A letter tells the member what is missing. 0: no notice."),
        min_value=POLICY_BOUNDS["notice_days"][0],
        max_value=POLICY_BOUNDS["notice_days"][1],
    )


@needs("tiers.see")
@require_safe
def tiers(request: DeskRequest) -> HttpResponse:
    program = request.program
    policy = _policy(program)
    found = program.tiers.kept().select_related("entry_reward")
    context = {
        "rows": [_row(tier, program, policy) for tier in found],
        "policy": _sentences(policy),
    }
    return show(request, "dashboard/tiers/list.html", context, nav="tiers")


@needs("tiers.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    """The first tier is everybody's: it is reached at 0."""
    return _edit(request, None, is_base=not request.program.tiers.kept().exists())


@needs("tiers.change")
@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, public_id: str) -> HttpResponse:
    tier = _tier(request, public_id)
    return _edit(request, tier, is_base=tier.threshold == 0)


@needs("tiers.change")
@require_POST
def archive(request: DeskRequest, public_id: str) -> HttpResponse:
    """Twice is once: a tier that was put away stays away."""
    tier = get_object_or_404(request.program.tiers.select_related("program"), public_id=public_id)
    flow.archive_tier(tier, by=request.staff, now=timezone.now())
    say(request, _("The tier “%(name)s” is put away.") % {"name": tier.name})
    return redirect("dashboard:tiers", slug=request.program.slug)


@needs("tiers.change")
@require_http_methods(["GET", "POST"])
def policy(request: DeskRequest) -> HttpResponse:
    form = PolicyForm(request.POST or None, initial=policy_facts(_policy(request.program)))
    saved = attempt(
        form,
        lambda told: flow.save_policy(
            request.program, by=request.staff, now=timezone.now(), **told
        ),
    )
    if saved:
        say(request, _("Saved. Nobody loses a tier before the day that they were told."))
        return redirect("dashboard:tiers", slug=request.program.slug)
    page = "dashboard/tiers/policy.html"
    return show(request, page, {"form": form}, nav="tiers", status=status_of(form))


def _edit(request: DeskRequest, tier: Tier | None, *, is_base: bool) -> HttpResponse:
    form = TierForm(request.program, tier, is_base=is_base, data=request.POST or None)
    saved = attempt(
        form,
        lambda told: flow.save_tier(
            request.program, tier, public_id=told["once"], by=request.staff,
            now=timezone.now(), **form.fields_told(),
        ),
    )  # fmt: skip
    if saved:
        say(request, _("The tier “%(name)s” is saved.") % {"name": saved.name})
        return redirect("dashboard:tiers", slug=request.program.slug)
    context = {"form": form, "tier": tier, "is_base": is_base}
    return show(request, "dashboard/tiers/edit.html", context, nav="tiers", status=status_of(form))


def _tier(request: DeskRequest, public_id: str) -> Tier:
    tiers = request.program.tiers.kept().select_related("program", "entry_reward")
    return get_object_or_404(tiers, public_id=public_id)


def _policy(program: Program) -> TierPolicy:
    return getattr(program, "tier_policy", None) or TierPolicy(program=program)


def _points(program: Program) -> Wallet:
    found = program.wallets.filter(kind=Wallet.Kind.POINTS).first()
    return found or Wallet(unit_one=_("point"), unit_many=_("points"))


def _threshold(program: Program, measure: str, wallet: Wallet) -> forms.Field:
    label = _("Reached at")
    if measure == Measure.SPEND:
        return MoneyField(currency=program.currency, label=label, min_value=0)
    if measure == Measure.POINTS:
        return PointsField(wallet=wallet, label=label, min_value=1)
    days = AffixInput(after=_("days"), attrs={"inputmode": "numeric"})
    return forms.IntegerField(label=label, min_value=1, max_value=MOST_DAYS_A_YEAR, widget=days)


def _initial(tier: Tier) -> dict[str, Any]:
    facts = tier_facts(tier)
    factor = Decimal(facts.pop("multiplier_percent")) / 100
    return {**facts, "once": tier.public_id, "multiplier": factor}


def _row(tier: Tier, program: Program, policy: TierPolicy) -> dict[str, Any]:
    gives = []
    if tier.multiplier_percent > 100:
        factor = formats.number(Decimal(tier.multiplier_percent) / 100)
        gives.append(_("%(factor)s × the points") % {"factor": factor})
    if tier.entry_points:
        present = formats.points(tier.entry_points, _points(program))
        gives.append(_("%(points)s on reaching it") % {"points": present})
    if tier.entry_reward:
        gives.append(_("%(reward)s on reaching it") % {"reward": tier.entry_reward})
    if str(tier.benefits):
        gives.append(str(tier.benefits))
    return {"tier": tier, "reached": _reached(tier, program, policy), "gives": gives}


def _reached(tier: Tier, program: Program, policy: TierPolicy) -> str:
    if not tier.threshold:
        return _("Everybody has it")
    if policy.measure == Measure.SPEND:
        return _("From %(money)s spent") % {
            "money": formats.money(tier.threshold, program.currency, whole=True)
        }
    if policy.measure == Measure.POINTS:
        return _("From %(points)s earned") % {
            "points": formats.points(tier.threshold, _points(program))
        }
    words = ngettext(
        "From %(days)s day with a purchase", "From %(days)s days with a purchase", tier.threshold
    )
    return words % {"days": formats.number(tier.threshold)}


def _sentences(policy: TierPolicy) -> list[str]:
    """How tiers are reached, kept and lost."""
    told = [
        _("Counted: %(measure)s. Over: %(window)s.")
        % {"measure": policy.get_measure_display(), "window": policy.get_window_display()}
    ]
    if policy.window in (TierPolicy.Window.SINCE_JOINING, TierPolicy.Window.LIFETIME):
        return [*told, _("A tier that is reached stays.")]
    if policy.window != TierPolicy.Window.ROLLING:
        words = ngettext(
            "A tier is kept for %(years)s year after the one it was reached in.",
            "A tier is kept for %(years)s years after the one it was reached in.",
            policy.kept_years,
        )
        told.append(words % {"years": policy.kept_years})
    told.append(
        _("Who does not reach it again falls: %(how)s.") % {"how": policy.get_downgrade_display()}
    )
    if policy.grace_days:
        words = ngettext("%(days)s day of grace.", "%(days)s days of grace.", policy.grace_days)
        told.append(words % {"days": policy.grace_days})
    if policy.notice_days:
        words = ngettext(
            "A letter warns %(days)s day before.",
            "A letter warns %(days)s days before.",
            policy.notice_days,
        )
        told.append(words % {"days": policy.notice_days})
    return told
