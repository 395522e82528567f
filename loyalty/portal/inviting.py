"""Inviting friends: the link, what became of whom, and the page that a friend lands on."""

from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from campaigns.referrals.evidence import network_of
from campaigns.referrals.models import Referral
from campaigns.referrals.terms import terms_for
from loyalty import formats
from loyalty.flows import inviting, referrals
from loyalty.merchants.models import Program
from loyalty.portal import friends as telling
from loyalty.portal.card import grouped, qr
from loyalty.portal.doors import GuestRequest, MemberRequest, attempt, guests, members_only, show
from loyalty.signin import tries
from loyalty.signin.addresses import address_of
from loyalty.signin.tries import TooManyTries
from loyalty.toasts import say
from members.models import Member

COOKIE, SALT = "invited", "loyalty.portal.inviting"
MOST_FRIENDS = 100
TRIES_AN_HOUR = 10  # Codes that one member may try.
HOUR = 60 * 60


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code of your friend"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


@members_only
@require_safe
def friends(request: MemberRequest) -> HttpResponse:
    return _page(request, CodeForm())


@members_only
@require_POST
def enter(request: MemberRequest) -> HttpResponse:
    """Who invited them: what the link would have said, had they come by it."""
    form = CodeForm(request.POST)
    _check_pace(request.member)
    entered = attempt(form, lambda told: referrals.enter_code(
        request.member, told["code"], now=timezone.now(), network=here(request)
    ))  # fmt: skip
    if entered is None:
        return _page(request, form, status=409 if hasattr(form, "refusal") else 422)
    say(request, _("Your friend is written down."))
    return redirect("portal:friends", slug=request.program.slug)


@guests
@require_safe
def invited(request: GuestRequest, code: str) -> HttpResponse:
    """Who invites, and what there is for a friend. The first who invites is kept until joining."""
    program = request.program
    advocate = referrals.advocate_of(program, code) if referrals.is_on(program) else None
    terms = terms_for(program.pk, program.version)
    if advocate is None or terms is None:
        return show(request, "portal/invited.html", {"is_over": True}, status=404)
    is_own = request.member is not None and request.member.pk == advocate.pk
    context = {
        "who": telling.masked(advocate),
        "is_own": is_own,
        "heading": str(terms.title),
        "gift": telling.prize_told(terms.friend_prize),
        "terms": telling.conditions_of_friends(terms, program),
        "at_once": terms.friend_gets == terms.FriendGets.ON_JOINING,
    }
    answer = show(request, "portal/invited.html", context)
    if request.member is None and code_kept(request) is None:
        answer.set_signed_cookie(
            COOKIE, referrals.code_of(advocate), salt=f"{SALT} {program.pk}",
            max_age=terms.within_days * 24 * HOUR, path=_path(program), httponly=True,
            secure=settings.SESSION_COOKIE_SECURE, samesite="Lax",
        )  # fmt: skip
    return answer


def code_kept(request: HttpRequest) -> str | None:
    """The code by which a browser first came to a program, if it still invites anybody."""
    program: Program = request.program  # type: ignore[attr-defined]
    try:
        code = request.get_signed_cookie(COOKIE, salt=f"{SALT} {program.pk}")
    except (KeyError, signing.BadSignature):
        return None
    known = referrals.is_on(program) and referrals.advocate_of(program, str(code))
    return str(code) if known else None


def forget(answer: HttpResponse, program: Program) -> None:
    answer.delete_cookie(COOKIE, path=_path(program), samesite="Lax")


def here(request: Any) -> str:
    """The network that somebody is in, as it is kept."""
    return network_of(request.program.pk, address_of(request))


def _path(program: Program) -> str:
    return reverse("portal:program", args=[program.slug])


def _page(request: MemberRequest, form: CodeForm, status: int = 200) -> HttpResponse:
    member, program, now = request.member, request.program, timezone.now()
    terms = terms_for(program.pk, program.version)
    theirs = Referral.objects.filter(advocate=member.account_id)
    found = list(
        theirs.select_related("program", "friend__member__merged_into")[: MOST_FRIENDS + 1]
    )
    context: dict[str, Any] = {
        "friends": telling.lines_of(found[:MOST_FRIENDS], program),
        "has_more": len(found) > MOST_FRIENDS,
        "counted": theirs.filter(state=Referral.State.CLEARED).count(),
        "form": form if referrals.may_enter_code(member, now=now) else None,
        "invited_by": Referral.objects.filter(friend=member.account_id).first(),
        "is_on": bool(terms and terms.is_on),
    }
    if terms and terms.is_on:
        code = referrals.code_of(member)
        link = inviting.link_of(program, code)
        usual = inviting.message_of(terms, program, language=formats.language())
        message = " ".join(request.GET.get("message", "").split()) or usual
        message = message[: inviting.LONGEST_MESSAGE]
        context |= {
            "code": grouped(code), "link": link, "qr": qr(link), "message": message,
            "ways": inviting.ways_to_share(message, link),
            "mine": telling.prize_told(terms.advocate_prize),
            "theirs": telling.prize_told(terms.friend_prize),
            "terms": telling.conditions(terms, program),
        }  # fmt: skip
    return show(request, "portal/friends.html", context, nav="home", status=status)


def _check_pace(member: Member) -> None:
    if wait := tries.count(
        f"referral codes:{member.pk}", TRIES_AN_HOUR, at=timezone.now(), seconds=HOUR
    ):
        raise TooManyTries(_("Those were many tries. Wait an hour."), wait=wait)
