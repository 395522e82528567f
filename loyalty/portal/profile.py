"""What a member says of themselves, what is kept of them, and the way out."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from loyalty import consenting, formats
from loyalty.flows import erase as erasing
from loyalty.flows import identity
from loyalty.flows import leave as leaving
from loyalty.flows import profile as flow
from loyalty.insights.own_data import own_data
from loyalty.ledger import statement
from loyalty.portal import vouchers
from loyalty.portal.asking_again import prove
from loyalty.portal.doors import MemberRequest, attempt, members_only, show, status_of
from loyalty.portal.join import PersonForm, check_pace
from loyalty.portal.speaking import remember
from loyalty.toasts import say
from members import consents
from members.models import Member

STEP_UP = ("phone", "birthday")
FIELDS = ("name", "phone", "birthday", "language")


class ProfileForm(PersonForm):
    """The same as on joining, and all that one may be written about."""

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, program=member.program, **kwargs)
        consenting.ask(self, consents.EVERY, consents.chosen_by(member))
        last = list(self.fields.values())[-1]
        last.help_text = gettext_lazy(
            "What you ask for yourself, such as a voucher, comes in any case."
        )


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: MemberRequest) -> HttpResponse:
    member, program = request.member, request.program
    initial = {name: getattr(member, name) for name in FIELDS}
    form = ProfileForm(request.POST or None, member=member, initial=initial)
    changed = attempt(form, lambda told: _change(request, form, told))
    if changed:
        say(request, _("Saved."))
        response = redirect("portal:profile", slug=program.slug)
        remember(response, changed.language)
        return response
    context = {"form": form}
    return show(request, "portal/profile/edit.html", context, nav="profile", status=status_of(form))


@members_only
@require_safe
def data(request: MemberRequest) -> HttpResponse:
    """All of it as a file, in a form that other programs read."""
    answer = JsonResponse(
        own_data(request.member), json_dumps_params={"ensure_ascii": False, "indent": 2}
    )
    name = f"{request.program.slug}-{timezone.localdate()}.json"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: MemberRequest) -> HttpResponse:
    member, program, now = request.member, request.program, timezone.now()
    if request.method == "POST":
        leaving.leave(member, now=now)
        say(request, _("You have left %(program)s.") % {"program": program.name})
        return redirect("portal:program", slug=program.slug)
    context = _lost_by(member, now=now)
    return show(request, "portal/profile/leave.html", context, nav="profile")


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: MemberRequest) -> HttpResponse:
    """Being forgotten: what is lost is said first, and there are two weeks to think again."""
    member, program, now = request.member, request.program, timezone.now()
    if request.method == "POST":
        prove(request)
        asked = erasing.ask(member, now=now)
        assert asked.erase_at
        day = formats.day(asked.erase_at, zone=program.time_zone)
        say(request, _("You have left. On %(day)s you are forgotten.") % {"day": day})
        return redirect("portal:program", slug=program.slug)
    context = {
        **_lost_by(member, now=now),
        "on": now + erasing.GRACE,
        "other": any(it.pk != member.pk for it in request.members),
    }
    return show(request, "portal/profile/erase.html", context, nav="profile")


def _lost_by(member: Member, *, now: datetime) -> dict[str, Any]:
    """What somebody who goes cannot have any more."""
    held = statement.holdings(member.account_id)
    for holding in held:
        holding.wallet.program = member.program
    return {
        "left_behind": [formats.points(it.points, it.wallet) for it in held if it.points],
        "ready": vouchers.ready_count(member, now=now),
    }


def _change(request: MemberRequest, form: ProfileForm, told: dict[str, Any]) -> Member:
    """What others could take over a card by is changed only by who shows that it is them."""
    told = consenting.apart(form, told)
    known = {name: getattr(request.member, name) for name in STEP_UP}
    if any(known[name] and known[name] != told[name] for name in STEP_UP):
        prove(request)
    if told["phone"] and told["phone"] != known["phone"]:
        check_pace(request.user)
    changed = flow.change(request.member, now=timezone.now(), **told)
    identity.prefer_language(request.user, changed.language)
    return changed
