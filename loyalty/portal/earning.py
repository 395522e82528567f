"""Ways to earn: what members can do, what each gives them now, and what is left of each limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.activities.models import NamedActivity
from loyalty import formats
from loyalty.days import period_start
from loyalty.earning import cap_usage
from loyalty.earning.caps import TOTAL, Cap, CapKey
from loyalty.earning.models import EarningRule
from loyalty.earning.rule_forms import rule_sentence
from loyalty.earning.rulebook import Rule, rulebook_for
from loyalty.flows import activities as flow
from loyalty.flows.outcomes import Outcome
from loyalty.flows.quote import Quoted, quote_activities
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Program
from loyalty.portal.campaigns import promotions
from loyalty.portal.doors import MemberRequest, attempt, members_only, show, status_of
from loyalty.toasts import say
from members.models import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Something to do, and what became of it."""

    activity: NamedActivity
    gives: str  # "10 points"; "" when it gives nothing (more) now.
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A standing rule, and what is left of its limits for this member."""

    name: str
    sentence: str
    left: Sequence[str]


class ClaimForm(forms.Form):
    handle = forms.CharField(
        label=gettext_lazy("Your name there"),
        help_text=gettext_lazy("As others see it: @ana.cafe. It can be linked by one member."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )


@members_only
@require_safe
def earning(request: MemberRequest) -> HttpResponse:
    program, member, now = request.program, request.member, timezone.now()
    wallets = _wallets(program)
    tiers = list(program.tiers.kept())
    context = {
        "ways": _ways(request, wallets, now),
        "promises": _promises(request, wallets, now, {tier.rank: tier.name for tier in tiers}),
        "promotions": promotions(program, tiers, now=now),
        "has_audience_codes": program.segments.filter(
            kind=Segment.Kind.CODE, archived_at=None
        ).exists(),
        "has_codes": program.code_batches.filter(voided_at=None).exists(),
        "member": member,
    }
    return show(request, "portal/earning/ways.html", context, nav="earn")


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def way(request: MemberRequest, public_id: str) -> HttpResponse:
    """One thing to do; sent, the member says that they did it."""
    program, now = request.program, timezone.now()
    found = program.named_activities.kept().filter(public_id=public_id).first()
    if found is None:
        raise Http404
    form = ClaimForm(request.POST if request.method == "POST" else None)
    if found.proof != NamedActivity.Proof.HANDLE:
        form.fields.pop("handle")
    claimed = attempt(
        form,
        lambda told: flow.claim(request.member, found, now=now, handle=told.get("handle", "")),
    )
    if claimed:
        _say(request, claimed.outcome)
        return redirect("portal:earning", slug=program.slug)
    is_done = flow.claims_of(request.member).filter(activity=found).exists()
    [quoted] = quote_activities(
        program, request.member.account_id, [(found.kind, found.subject)], now=now
    )
    context = {
        "form": form, "activity": found, "is_done": is_done,
        "gives": _gives(quoted, _wallets(program)),
    }  # fmt: skip
    return show(request, "portal/earning/way.html", context, nav="earn", status=status_of(form))


def _say(request: MemberRequest, outcome: Outcome | None) -> None:
    if outcome is None:
        say(request, _("You have told us of this before. It gives something once."))
        return
    wallets = _wallets(request.program)
    told = [
        formats.points(entry.points, wallets[entry.wallet_id], sign=True)
        for entry in outcome.entries
    ]
    if told:
        say(request, _("Thank you! %(what)s.") % {"what": ", ".join(told)})
    else:
        say(request, _("Thank you! It gives nothing just now: the limit is reached."),
            level=messages.INFO)  # fmt: skip


def _wallets(program: Program) -> dict[int, Wallet]:
    found = {wallet.pk: wallet for wallet in program.wallets.all()}
    for wallet in found.values():
        wallet.program = program  # What prints points asks for its currency.
    return found


def _ways(request: MemberRequest, wallets: dict[int, Wallet], now: datetime) -> list[Way]:
    program, member = request.program, request.member
    found = list(program.named_activities.kept())
    if not found:
        return []
    asked = [(it.kind, it.subject) for it in found]
    quotes = quote_activities(program, member.account_id, asked, now=now)
    done = set(flow.claims_of(member).values_list("activity", flat=True))
    return [
        Way(activity=it, gives=_gives(quoted, wallets), is_done=it.pk in done)
        for it, quoted in zip(found, quotes, strict=True)
    ]


def _gives(quoted: Sequence[Quoted], wallets: dict[int, Wallet]) -> str:
    sums: dict[int, int] = {}
    for it in quoted:
        sums[it.wallet_id] = sums.get(it.wallet_id, 0) + it.points
    told = [formats.points(points, wallets[pk]) for pk, points in sums.items() if points]
    return " + ".join(told)


def _promises(
    request: MemberRequest, wallets: dict[int, Wallet], now: datetime, tiers: dict[int, Any]
) -> list[Promise]:
    program = request.program
    rulebook = rulebook_for(program.pk, program.version)
    compiled = {rule.id: rule for some in rulebook.rules.values() for rule in some}
    today = now.astimezone(rulebook.zone).date()
    account = request.member.account_id
    keys = {
        (rule.id, cap): _key(rule, cap, account, today)
        for rule in compiled.values()
        for cap in rule.caps
        if not cap.per_subject
    }
    used = cap_usage.peek(keys.values()) if keys else {}
    shops = {shop.code: shop.name for shop in program.merchant.locations.all()}
    rules = EarningRule.objects.live().filter(program=program).select_related("wallet")
    return [
        Promise(
            name=str(rule.name),
            sentence=rule_sentence(rule, program, tiers=tiers, locations=shops),
            left=[
                _left(cap, max(0, cap.limit - used[keys[rule.pk, cap]]), wallets[rule.wallet_id])
                for cap in compiled[rule.pk].caps
                if not cap.per_subject
            ]
            if rule.pk in compiled
            else [],
        )
        for rule in rules
    ]


def _key(rule: Rule, cap: Cap, account_id: int, today: Any) -> CapKey:
    return CapKey(
        source=rule.source, account_id=None if cap.scope == TOTAL else account_id, subject="",
        period=cap.period, starts_on=period_start(cap.period, today),
    )  # fmt: skip


def _left(cap: Cap, left: int, wallet: Wallet) -> str:
    """ "20 of 30 points left this week"."""
    told = {"left": formats.number(left), "most": formats.points(cap.limit, wallet)}
    if cap.scope == TOTAL:
        return _("%(left)s of %(most)s left for all members together") % told
    words = {
        "day": _("%(left)s of %(most)s left today"),
        "week": _("%(left)s of %(most)s left this week"),
        "month": _("%(left)s of %(most)s left this month"),
        "year": _("%(left)s of %(most)s left this year"),
        "ever": _("%(left)s of %(most)s left"),
    }
    return words[cap.period] % told
