"""The team: who is in it and as what; inviting, changing, leaving; and taking an invitation."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty.dashboard.doors import (
    DeskRequest,
    anybody,
    attempt,
    landing,
    needs,
    show,
    status_of,
)
from loyalty.dashboard.fields import offer
from loyalty.fields import RadioCards
from loyalty.flows import second_step
from loyalty.flows import team as flow
from loyalty.merchants.access import GRANTS, may_grant
from loyalty.merchants.models import Invitation, Program, Role, Staff, User
from loyalty.toasts import say

ROLE_HINTS = {
    Role.OWNER: gettext_lazy("Everything, with the team, the keys and the limits."),
    Role.MANAGER: gettext_lazy("Rules, rewards, members and settings; invites those below."),
    Role.REVIEWER: gettext_lazy("Sees members and answers their questions, with a small limit."),
    Role.ANALYST: gettext_lazy("Reads everything, changes nothing."),
    Role.CASHIER: gettext_lazy("The counter: finds members, gives points, takes vouchers."),
}


class PlaceForm(forms.Form):
    """As what, and at which shop."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), widget=RadioCards(hints=ROLE_HINTS))

    def __init__(self, program: Program, by: Staff, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        granted = GRANTS.get(by.role, frozenset())
        offer(self, "role", [(role, role.label) for role in Role if role in granted])
        shops = program.merchant.locations.order_by("code")
        if shops:
            self.fields["location"] = forms.ModelChoiceField(
                label=_("Works at"),
                queryset=shops,
                required=False,
                to_field_name="public_id",
                empty_label=_("Everywhere"),
            )


class InviteForm(PlaceForm):
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    field_order = ("email", "role", "location")


class NewPersonForm(forms.Form):
    """What we ask of somebody who signs in here for the first time."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Choose a password"),
        help_text=gettext_lazy("At least 12 characters, such as three words of your own."),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
    )

    def __init__(self, email: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        person = User(email=self.email, name=self.cleaned_data.get("name", ""))
        person.joins_a_team = True  # type: ignore[attr-defined]
        validate_password(password, person)
        return password


@needs("team.see")
@require_safe
def team(request: DeskRequest) -> HttpResponse:
    merchant = request.program.merchant
    people = merchant.team.filter(is_active=True).select_related("user", "location")
    waiting = merchant.invitations.filter(accepted_at=None).select_related("invited_by")
    with_step = second_step.having_one(staff.user_id for staff in people)
    context = {
        "people": [
            (
                staff,
                staff.pk != request.staff.pk and may_grant(request.staff, staff.role),
                staff.user_id in with_step,
            )
            for staff in sorted(people, key=_by_rank)
        ],
        "invitations": [
            (invitation, may_grant(request.staff, invitation.role))
            for invitation in waiting.order_by("-invited_at", "-pk")
        ],
        "now": timezone.now(),
    }
    return show(request, "dashboard/team/list.html", context, nav="team")


@needs("team.change")
@require_http_methods(["GET", "POST"])
def invite(request: DeskRequest) -> HttpResponse:
    form = InviteForm(
        request.program, request.staff, request.POST or None, initial={"role": Role.CASHIER}
    )
    invitation = attempt(
        form,
        lambda told: flow.invite(request.program, by=request.staff, now=timezone.now(), **told),
    )
    if invitation:
        say(
            request,
            _("A letter with a link is on its way to %(email)s. The link holds for %(days)s days.")
            % {"email": invitation.email, "days": flow.INVITATION_DAYS},
        )
        return redirect("dashboard:team", slug=request.program.slug)
    page = "dashboard/team/invite.html"
    return show(request, page, {"form": form}, nav="team", status=status_of(form))


@needs("team.change")
@require_http_methods(["GET", "POST"])
def person(request: DeskRequest, public_id: str) -> HttpResponse:
    """One colleague: as what, where, and the end of their place."""
    staff = _colleague(request, public_id, is_active=True)
    form = PlaceForm(
        request.program,
        request.staff,
        request.POST or None,
        initial={
            "role": staff.role,
            "location": staff.location.public_id if staff.location else None,
        },
    )
    changed = attempt(
        form,
        lambda told: flow.change_role(
            request.program, staff, by=request.staff, now=timezone.now(), **told
        ),
    )
    if changed:
        say(
            request,
            _("%(name)s is now in the team as “%(role)s”.")
            % {"name": changed.user, "role": changed.get_role_display()},
        )
        return redirect("dashboard:team", slug=request.program.slug)
    context = {
        "form": form,
        "person": staff,
        "has_step": second_step.has_one(staff.user),
        "can_change": staff.pk != request.staff.pk and may_grant(request.staff, staff.role),
    }
    return show(request, "dashboard/team/person.html", context, nav="team", status=status_of(form))


@needs("team.change")
@require_POST
def deactivate(request: DeskRequest, public_id: str) -> HttpResponse:
    staff = _colleague(request, public_id)
    flow.deactivate(request.program, staff, by=request.staff, now=timezone.now())
    slug = request.program.slug
    say(
        request,
        _("%(name)s is not in the team any more.") % {"name": staff.user},
        undo=reverse("dashboard:team_return", args=[slug, staff.public_id]),
    )
    return redirect("dashboard:team", slug=slug)


@needs("team.change")
@require_POST
def reactivate(request: DeskRequest, public_id: str) -> HttpResponse:
    staff = _colleague(request, public_id)
    flow.reactivate(request.program, staff, by=request.staff, now=timezone.now())
    say(request, _("%(name)s is in the team again.") % {"name": staff.user})
    return redirect("dashboard:team", slug=request.program.slug)


@needs("team.change")
@require_POST
def revoke(request: DeskRequest, public_id: str) -> HttpResponse:
    """Take an invitation back. One that is gone already is as good as taken back."""
    invitation = request.program.merchant.invitations.filter(public_id=public_id).first()
    if invitation:
        flow.revoke(request.program, invitation, by=request.staff, now=timezone.now())
    say(request, _("The link of this invitation does not work any more."))
    return redirect("dashboard:team", slug=request.program.slug)


@needs("program.enter")
@require_http_methods(["GET", "POST"])
def leave(request: DeskRequest) -> HttpResponse:
    """Give up one's own place. Somebody else would have to give it back, so it is asked for."""
    if request.method == "POST":
        flow.leave(request.program, request.staff, now=timezone.now())
        say(request, _("You have left the team of %(name)s.") % {"name": request.program.merchant})
        return redirect("dashboard:programs")
    return show(request, "dashboard/team/leave.html", nav="team")


@anybody
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind an invitation's link: for who signs in here already, and for who does not."""
    now = timezone.now()
    invitation = flow.open_invitation(token, now=now)
    if isinstance(request.user, User):
        return _join_signed_in(request, invitation, token, request.user)
    if flow.is_known(invitation):
        if request.method == "POST":
            return redirect_to_login(request.path)
        return show(request, "dashboard/team/join.html", {"invitation": invitation})
    form = NewPersonForm(invitation.email, request.POST or None)
    staff = attempt(form, lambda told: flow.accept_as_new(token, now=now, **told))
    if staff:
        login(request, staff.user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return _come_in(request, staff)
    context = {"invitation": invitation, "form": form}
    return show(request, "dashboard/team/join.html", context, status=status_of(form))


def _join_signed_in(
    request: HttpRequest, invitation: Invitation, token: str, user: User
) -> HttpResponse:
    if request.method == "POST":
        staff = flow.accept(token, user=user, now=timezone.now())
        return _come_in(request, staff)
    context = {"invitation": invitation, "is_theirs": flow.is_for(invitation, user)}
    return show(request, "dashboard/team/join.html", context)


def _come_in(request: HttpRequest, staff: Staff) -> HttpResponse:
    program = staff.merchant.programs.order_by("pk")[0]
    say(request, _("Welcome to the team of %(name)s.") % {"name": staff.merchant})
    return redirect(landing(program, staff))


def _colleague(request: DeskRequest, public_id: str, **asked: bool) -> Staff:
    team = request.program.merchant.team.select_related("user", "location")
    return get_object_or_404(team, public_id=public_id, **asked)


def _by_rank(staff: Staff) -> tuple[int, str]:
    return list(Role).index(Role(staff.role)), str(staff.user)
