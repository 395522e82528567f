"""A member's rights: their consent, a copy of their data, being forgotten, being one person."""

from typing import Any

from django import forms
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty import formats
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.member import back_to, facts_of, member_of, priced
from loyalty.dashboard.member_forms import reason_field
from loyalty.days import local_date
from loyalty.fields import CheckCards, RadioCards
from loyalty.flows import by_hand, erase, leave
from loyalty.flows import merge as merging
from loyalty.flows.merge import Sides
from loyalty.insights.own_data import own_data
from loyalty.ledger import statement
from loyalty.localized import LANGUAGE_NAMES
from loyalty.merchants.models import Staff
from loyalty.rewards.models import Redemption, Voucher
from loyalty.toasts import say
from members import searching
from members.consents import CHANNELS, PURPOSES, WAYS
from members.models import Member

WHY = {
    "letter": gettext_lazy("They asked in writing"),
    "counter": gettext_lazy("They asked at the counter"),
    "duty": gettext_lazy("The law demands it"),
}
LABELS = {
    "name": gettext_lazy("Name"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Phone"),
    "birthday": gettext_lazy("Birthday"),
    "language": gettext_lazy("Language"),
    "external_id": gettext_lazy("Your own number"),
    "note": gettext_lazy("Note"),
}


class EraseForm(forms.Form):
    """Why, and when: at once there is no way back."""

    why = forms.ChoiceField(
        label=gettext_lazy("Why"), choices=list(WHY.items()), widget=RadioCards()
    )
    when = forms.ChoiceField(
        label=gettext_lazy("When"),
        initial="later",
        choices=[
            ("later", gettext_lazy("In 14 days, unless they come back")),
            ("now", gettext_lazy("At once: nobody can undo it")),
        ],
        widget=RadioCards(),
    )


class FindForm(forms.Form):
    """Whom they are the same as."""

    other = forms.CharField(
        label=gettext_lazy("The other membership"),
        help_text=gettext_lazy("Its card, e-mail address, phone number or your own number."),
        max_length=searching.LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class MergeForm(forms.Form):
    """What of the other one wins, and why they become one."""

    take = forms.MultipleChoiceField(
        label=gettext_lazy("Take from the other membership"),
        help_text=gettext_lazy("What you leave out stays as it is here."),
        required=False,
        widget=CheckCards(),
    )

    def __init__(self, sides: Sides, data: Any = None) -> None:
        super().__init__(data, initial={"take": sides.lacking})
        there = [name for name in merging.CHOICES if getattr(sides.merged, name)]
        self.fields["take"].choices = [  # type: ignore[attr-defined]
            (name, f"{LABELS[name]}: {_shown(name, sides.merged)}") for name in there
        ]
        self.fields["reason"] = reason_field(
            gettext_lazy("Reason"), gettext_lazy("Your colleagues read it.")
        )


class ReasonForm(forms.Form):
    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["reason"] = reason_field(
            gettext_lazy("Reason"), gettext_lazy("Your colleagues read it.")
        )


@needs("members.see")
@require_safe
def privacy(request: DeskRequest, public_id: str) -> HttpResponse:
    """What they agreed to and when, and what can be done with their data."""
    who = member_of(request, public_id)
    context = {
        **facts_of(who),
        "history": _history(who),
        "merges": who.merges.filter(undone_at=None).select_related("merged"),
        "part_of": who.merged_into,
        "find": FindForm(),
    }
    return show(request, "dashboard/members/privacy.html", context, nav="members")


@needs("members.export")
@require_POST
def data(request: DeskRequest, public_id: str) -> HttpResponse:
    """A copy of all that is kept of them, for somebody who asked by letter. It is on record."""
    who = member_of(request, public_id)
    now = timezone.now()
    by_hand.copied(who, now=now, by=request.staff)
    answer = JsonResponse(own_data(who), json_dumps_params={"ensure_ascii": False, "indent": 2})
    name = f"{who.program.slug}-{who.public_id}-{local_date(now, who.program.time_zone)}.json"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@needs("members.erase")
@require_http_methods(["GET", "POST"])
def forget(request: DeskRequest, public_id: str) -> HttpResponse:
    """Forget somebody: what is lost is said before."""
    who = member_of(request, public_id)
    form = EraseForm(request.POST or None)
    done = attempt(form, lambda told: _forget(who, told, by=request.staff))
    if done:
        say(request, done)
        if form.cleaned_data["when"] == "now":
            return redirect("dashboard:members", slug=request.program.slug)
        return back_to(who)
    context = {**facts_of(who), "form": form, "lost": lost_by(who)}
    page = "dashboard/members/forget.html"
    return show(request, page, context, nav="members", status=status_of(form))


@needs("members.erase")
@require_POST
def remember(request: DeskRequest, public_id: str) -> HttpResponse:
    """They have thought again, within the two weeks."""
    who = member_of(request, public_id)
    leave.come_back(who, now=timezone.now(), by=request.staff)
    say(request, _("%(name)s is a member again.") % {"name": who})
    return back_to(who)


@needs("members.merge")
@require_http_methods(["GET", "POST"])
def merge(request: DeskRequest, public_id: str) -> HttpResponse:
    """The two side by side, and what will happen; then, with a reason, they are one."""
    who = member_of(request, public_id)
    other = _other(request, who, request.GET.get("other", ""))
    if other is None:
        say(request, _("No other member is found by that. Look for a mistyped letter."))
        return redirect("dashboard:member_privacy", slug=request.program.slug, public_id=public_id)
    sides = merging.compare(who, other)
    form = MergeForm(sides, request.POST or None)
    done = attempt(
        form,
        lambda told: merging.merge(who, other, now=timezone.now(), by=request.staff, **told),
    )
    if done:
        say(request, _("They are one membership now."))
        return back_to(who)
    context = {
        **facts_of(who),
        "form": form,
        "other": other,
        "rows": _side_by_side(sides),
        "points": _points(sides),
        "vouchers": sides.vouchers,
        "here": f"{request.path}?other={other.public_id}",
    }
    page = "dashboard/members/merge.html"
    return show(request, page, context, nav="members", status=status_of(form))


@needs("members.merge")
@require_http_methods(["GET", "POST"])
def part(request: DeskRequest, public_id: str, merge: str) -> HttpResponse:
    """Let them be two again."""
    who = member_of(request, public_id)
    done = get_object_or_404(who.merges.select_related("merged"), public_id=merge)
    if done.undone_at:
        return back_to(who)
    form = ReasonForm(request.POST or None)
    parted = attempt(
        form, lambda told: merging.part(done, now=timezone.now(), by=request.staff, **told)
    )
    if parted:
        say(request, _("They are two memberships again."))
        return back_to(who)
    context = {**facts_of(who), "form": form, "done": done}
    page = "dashboard/members/part.html"
    return show(request, page, context, nav="members", status=status_of(form))


def lost_by(who: Member) -> list[str]:
    """What somebody who is forgotten cannot have any more."""
    lost = []
    for held in statement.holdings(who.account_id):
        if points := held.points + held.pending:
            lost.append(formats.points(points, priced(who, held.wallet)))
    ready = Redemption.objects.filter(
        account=who.account_id, voucher__status=Voucher.Status.READY
    ).count()
    if ready:
        lost.append(_("Vouchers that are ready: %(count)s") % {"count": formats.number(ready)})
    return lost


def _forget(who: Member, told: dict[str, Any], *, by: Staff) -> str:
    now = timezone.now()
    if told["when"] == "now":
        erase.erase(who, now=now, by=by, reason=told["why"])
        return _("The member is forgotten. The books are kept without a name.")
    asked = erase.ask(who, now=now, by=by, reason=told["why"])
    assert asked.erase_at
    day = formats.day(asked.erase_at, zone=who.program.time_zone)
    return _("The member has left, and is forgotten on %(day)s.") % {"day": day}


def _history(who: Member) -> list[dict[str, Any]]:
    rows = list(who.consents.order_by("-pk")[:200])
    posts = {int(row.by[6:]) for row in rows if row.by.startswith("staff:")}
    team = {
        f"staff:{it.pk}": str(it.user)
        for it in who.program.merchant.team.filter(pk__in=posts).select_related("user")
    }
    return [
        {
            "row": row,
            "label": PURPOSES[row.purpose].label if row.purpose in PURPOSES else row.purpose,
            "channel": CHANNELS.get(row.channel, row.channel),
            "way": WAYS.get(row.how, row.how),
            "by": team.get(row.by, ""),
        }
        for row in rows
    ]


def _other(request: DeskRequest, who: Member, text: str) -> Member | None:
    """Whom staff name, by the id that a page carries or by what they typed."""
    named = request.program.members.filter(public_id=text)
    found = [*named, *searching.named_exactly(request.program, text)]
    other = next((it for it in found if it.pk != who.pk), None)
    if other:
        other.program = request.program
    return other


def _shown(name: str, member: Member) -> str:
    value = getattr(member, name)
    if not value:
        return "–"
    if name == "birthday":
        return formats.day(value)
    return LANGUAGE_NAMES.get(value, value) if name == "language" else str(value)


def _side_by_side(sides: Sides) -> list[dict[str, Any]]:
    rows = [
        {"label": LABELS[name], "ours": _shown(name, sides.kept), "theirs": _shown(name, it)}
        for it in [sides.merged]
        for name in merging.CHOICES
    ]
    for label, name in ((_("Card"), "card_code"), (_("Joined"), "enrolled_on")):
        ours, theirs = getattr(sides.kept, name), getattr(sides.merged, name)
        if name == "enrolled_on":
            ours, theirs = formats.day(ours), formats.day(theirs)
        rows.append({"label": label, "ours": ours, "theirs": theirs})
    return rows


def _points(sides: Sides) -> list[dict[str, Any]]:
    """Each wallet: what either holds, and what there will be."""
    rows = []
    for ours, theirs in sides.holdings:
        wallet = priced(sides.kept, ours.wallet)
        nets = [it.points + it.pending - it.owed if it else 0 for it in (ours, theirs)]
        rows.append(
            {
                "label": str(wallet).capitalize(),
                "ours": formats.points(nets[0], wallet),
                "theirs": formats.points(nets[1], wallet),
                "after": formats.points(sum(nets), wallet),
            }
        )
    return rows
