"""Joining a program: an account first, then the few things that a shop needs to know."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from loyalty import consenting, formats
from loyalty.days import local_date
from loyalty.flows import join as flow
from loyalty.flows import referrals
from loyalty.merchants.models import Program, User
from loyalty.portal import codes, friends, inviting
from loyalty.portal.accounts import email_is_verified
from loyalty.portal.doors import GuestRequest, attempt, guests, show, status_of
from loyalty.refusal import Refusal
from loyalty.signin import tries
from loyalty.signin.tries import TooManyTries
from loyalty.toasts import say
from members import consents, joining
from members.models import Member

# Somebody who tries phone number after phone number looks for those that are known here.
TRIES_AN_HOUR = 10
HOUR = 60 * 60


class PersonForm(forms.Form):
    """What a member says of themselves. The rules are those of ``members.joining``."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("So that you can be found at the till without your card."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    birthday = forms.DateField(
        label=gettext_lazy("Birthday"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "bday"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=settings.LANGUAGES,
        help_text=gettext_lazy("We write to you in it."),
    )

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.program = program
        self.today = local_date(timezone.now(), program.time_zone)
        self.fields["birthday"].widget.attrs["max"] = self.today.isoformat()

    def clean_phone(self) -> str:
        return str(
            self._asked(joining.clean_phone, self.cleaned_data["phone"], self.program.currency)
        )

    def clean_birthday(self) -> date | None:
        birthday: date | None = self.cleaned_data["birthday"]
        self._asked(joining.check_birthday, birthday, today=self.today)
        return birthday

    def _asked(self, rule: Any, *args: Any, **kwargs: Any) -> Any:
        """What a rule of the house says of one field stands beside that field."""
        try:
            return rule(*args, **kwargs)
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class JoinForm(PersonForm):
    """Who comes back finds what they chose before; a newcomer finds nothing ticked."""

    def __init__(self, *args: Any, member: Member | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        consenting.ask(self, consenting.ASKED, consents.chosen_by(member) if member else {})


@guests
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: GuestRequest) -> HttpResponse:
    program, user = request.program, request.user
    if not user.is_authenticated:
        return redirect_to_login(
            reverse("portal:join", args=[program.slug]), reverse("account_signup")
        )
    member = request.member
    if member and member.state != Member.State.LEFT:
        return redirect("portal:home", slug=program.slug)
    known = member or Member(name=user.name, language=formats.language())
    initial = {name: getattr(known, name) for name in ("name", "phone", "birthday", "language")}
    form = JoinForm(request.POST or None, member=member, program=program, initial=initial)
    joined = attempt(form, lambda told: _join(request, form, told))
    if joined:
        say(request, _("Welcome to %(program)s.") % {"program": program.name})
        codes.collect_kept(request, joined)
        answer = redirect("portal:home", slug=program.slug)
        inviting.forget(answer, program)
        return answer
    code = inviting.code_kept(request) if member is None else None
    inviter = referrals.advocate_of(program, code) if code else None
    context = {
        "form": form,
        "has_left": member is not None,
        "invited_by": friends.masked(inviter) if inviter else "",
    }
    return show(request, "portal/join.html", context, status=status_of(form))


def check_pace(user: User) -> None:
    """A phone number that somebody has joined with is refused, so nobody tries many."""
    name = f"phone numbers:{user.pk}"
    if wait := tries.count(name, TRIES_AN_HOUR, at=timezone.now(), seconds=HOUR):
        sentence = _("Those were many tries. Wait an hour, or ask at the till.")
        raise TooManyTries(sentence, wait=wait)


def _join(request: GuestRequest, form: "JoinForm", told: dict[str, Any]) -> Member:
    user = request.user
    assert user.is_authenticated
    check_pace(user)
    return flow.join(
        request.program,
        user,
        now=timezone.now(),
        email_is_verified=email_is_verified(user),
        referred_by=inviting.code_kept(request) or "",
        network=inviting.here(request),
        **consenting.apart(form, told),
    )
