"""On which terms members bring their friends."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from campaigns.referrals import terms as limits
from campaigns.referrals.models import ReferralTerms, ReferralTermsVersion
from campaigns.referrals.terms import FriendGets, terms_data
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.prizes import PrizeForm
from loyalty.fields import MoneyField, RadioCards
from loyalty.flows import referral_terms as flow
from loyalty.localized import LocalizedFormField
from loyalty.merchants.access import may
from loyalty.merchants.models import Program
from loyalty.toasts import say

MOST_VERSIONS = 20


class TermsForm(forms.Form):
    is_on = forms.BooleanField(
        label=gettext_lazy("Members can invite friends"),
        help_text=gettext_lazy(
            "Switched off, nobody new counts. What was promised to friends who have joined is kept."
        ),
        required=False,
    )
    friend_gets = forms.ChoiceField(
        label=gettext_lazy("When the friend gets their reward"),
        choices=FriendGets.choices,
        widget=RadioCards(
            hints={
                FriendGets.ON_JOINING: gettext_lazy(
                    "Something to use on the first purchase, such as 10 % off."
                ),
                FriendGets.ON_CLEARING: gettext_lazy(
                    "Once the purchase can no longer be returned: the safer way for points."
                ),
            }
        ),
    )
    within_days = forms.IntegerField(
        label=gettext_lazy("Days the friend has to buy"),
        min_value=1,
        max_value=limits.MOST_DAYS,
    )
    return_days = forms.IntegerField(
        label=gettext_lazy("Days until the purchase has cleared"),
        help_text=gettext_lazy(
            "As long as you take goods back. Nothing is given before. 0: at once."
        ),
        min_value=0,
        max_value=limits.MOST_RETURN_DAYS,
    )
    month_limit = forms.IntegerField(
        label=gettext_lazy("Rewards a month for one member"),
        help_text=gettext_lazy("Leave it empty for no limit."),
        min_value=1,
        max_value=limits.MOST_FRIENDS,
        required=False,
    )
    ever_limit = forms.IntegerField(
        label=gettext_lazy("Rewards in all for one member"),
        help_text=gettext_lazy("Leave it empty for no limit."),
        min_value=1,
        max_value=limits.MOST_FRIENDS,
        required=False,
    )

    def __init__(self, program: Program, terms: ReferralTerms, data: Any = None) -> None:
        super().__init__(data, initial=terms_data(terms))
        self.fields["minimum_minor"] = MoneyField(
            currency=program.currency, label=_("The friend buys for at least"),
            help_text=_("What counts as spend in your program, less what is returned."),
            max_value=limits.MOST_MINOR // 100,
        )  # fmt: skip
        self.fields["title"] = LocalizedFormField(
            label=_("Heading of the page for friends"), languages=program.languages,
            help_text=_("Empty: who invites, and to what."), required=False,
        )  # fmt: skip
        self.fields["message"] = LocalizedFormField(
            label=_("What members send"), languages=program.languages, long=True,
            help_text=_("They can change it. Their link stands behind it."), required=False,
        )  # fmt: skip
        self.order_fields([
            "is_on", "friend_gets", "minimum_minor", "within_days", "return_days", "month_limit",
            "ever_limit", "title", "message",
        ])  # fmt: skip


@needs("referrals.see", to_change="referrals.change")
@require_http_methods(["GET", "POST"])
def terms(request: DeskRequest) -> HttpResponse:
    program = request.program
    held = flow.terms_of(program)
    data = request.POST or None
    form = TermsForm(program, held, data)
    prizes = {
        name: PrizeForm(
            program, data, prefix=name, prize=getattr(held, name) or None, required=False
        )
        for name in flow.PRIZES
    }
    # All of them are read, so that each says what is wrong with it.
    good = [it.is_valid() for it in prizes.values()]
    saved = attempt(form, lambda told: flow.save(
        program, by=request.staff, now=timezone.now(), **told,
        **{name: it.prize or {} for name, it in prizes.items()},
    )) if all(good) else None  # fmt: skip
    if saved:
        say(request, _("Saved. Friends who have joined keep what was promised to them."))
        return redirect("dashboard:referral_terms", slug=program.slug)
    can_change = may(request.staff, "referrals.change")
    if not can_change:
        for part in (form, *prizes.values()):
            for field in part.fields.values():
                field.disabled = True
    versions = ReferralTermsVersion.objects.filter(terms__program=program)
    context = {
        "form": form, "prizes": prizes, "can_change": can_change,
        "versions": versions.select_related("changed_by").order_by("-number")[:MOST_VERSIONS],
    }  # fmt: skip
    status = status_of(form, *prizes.values())
    return show(request, "dashboard/referrals/terms.html", context, nav="referrals", status=status)
