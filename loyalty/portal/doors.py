"""How a page of the portal opens: for whom, in which program, and what it does with a no.

Every view says by ``guests`` or ``members_only`` (or ``anybody``, where there is no program yet)
whom it is for; ``page`` refuses to list an address whose view does not.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django_htmx.middleware import HtmxDetails

from loyalty.admission import SAFE, Audience, admits
from loyalty.merchants.models import Program, User
from loyalty.portal.speaking import era, speak
from loyalty.refusal import Refusal
from loyalty.signin.tries import TooManyTries
from loyalty.slower import slower
from members.models import Member

T = TypeVar("T")


class GuestRequest(HttpRequest):
    """Anybody's request about a program. ``member`` is who they are in it, if anybody."""

    user: User | AnonymousUser
    program: Program
    member: Member | None
    members: list[Member]  # All their memberships, in any program.
    htmx: HtmxDetails


class MemberRequest(HttpRequest):
    """A request by a member of the program, active or blocked."""

    user: User
    program: Program
    member: Member
    members: list[Member]
    htmx: HtmxDetails


Page = Callable[..., HttpResponseBase]


def anybody(view: Page) -> Page:
    """Opens a page that is about no program."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        speak(request, getattr(request.user, "language", ""))
        return _answer(view, request, kwargs)

    return admits(Audience.ANYBODY)(guarded)


def guests(view: Page) -> Page:
    """Opens a page of a program to everybody."""

    @wraps(view)
    def guarded(request: GuestRequest, slug: str, **kwargs: Any) -> HttpResponseBase:
        member = _recognize(request, slug)
        if member is None:
            programs = Program.objects.select_related("merchant")
            request.program = get_object_or_404(programs, slug=slug)
        return _open(view, request, member, kwargs)

    return admits(Audience.ANYBODY)(guarded)


def members_only(view: Page) -> Page:
    """Opens a page to members. Guests are asked to sign in, people without a card to join."""

    @wraps(view)
    def guarded(request: Any, slug: str, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            back = request.get_full_path() if request.method in SAFE else home_of(slug)
            return redirect_to_login(back)
        member = _recognize(request, slug)
        if member is None or member.state == Member.State.LEFT:
            if request.method in SAFE:
                return redirect("portal:join", slug=slug)
            raise Http404
        return _open(view, request, member, kwargs)

    return admits(Audience.MEMBERS)(guarded)


def page(route: str, view: Page, name: str) -> URLPattern:
    """An address of the portal."""
    if not hasattr(view, "admits"):
        raise ImproperlyConfigured(
            f"{view.__module__}.{view.__name__} does not say for whom it is."
        )
    return path(route, view, name=name)


def home_of(slug: str) -> str:
    return reverse("portal:home", args=[slug])


def show(
    request: Any,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    nav: str = "",
    status: int = 200,
) -> HttpResponse:
    """A page in the frame of the portal."""
    return render(request, template, {**_frame(request, nav), **(context or {})}, status=status)


def attempt(form: forms.Form, act: Callable[[dict[str, Any]], T]) -> T | None:
    """Call a flow with what a valid form read. A refusal becomes the form's own error."""
    if not form.is_valid():
        return None
    try:
        return act(form.cleaned_data)
    except TooManyTries:
        raise  # Nothing is wrong with the form: the door asks to wait.
    except Refusal as refusal:
        field = refusal.facts.get("field")
        form.add_error(field if field in form.fields else None, str(refusal))
        form.refusal = refusal  # type: ignore[attr-defined]
        return None


def status_of(form: forms.Form) -> int:
    """409 for what the house refused, 422 for what could not be read."""
    if not form.is_bound or form.is_valid():
        return 200
    return 409 if hasattr(form, "refusal") else 422


def memberships_of(user: User | AnonymousUser) -> list[Member]:
    """The programs that somebody is in, by the name of the business."""
    return [member for member in _all_of(user) if member.state != Member.State.LEFT]


def _all_of(user: User | AnonymousUser) -> list[Member]:
    """Also those that they have left."""
    if not user.is_authenticated:
        return []
    found = Member.objects.filter(user=user).select_related("program__merchant")
    found = found.select_related("program__merchant", "merged_into")
    return [_survivor(it) for it in found.order_by("program__merchant__name", "program_id")]


def _survivor(member: Member) -> Member:
    """Who joined twice signs in with either, and is one member."""
    found = member.survivor
    found.program = member.program
    return found


def _recognize(request: Any, slug: str) -> Member | None:
    """Who somebody is in a program; with one question for the switcher as well."""
    request.members = _all_of(request.user)
    return next((it for it in request.members if it.program.slug == slug), None)


def _open(
    view: Page, request: Any, member: Member | None, kwargs: dict[str, Any]
) -> HttpResponseBase:
    request.member = member
    if member is not None:
        request.program = member.program
    speak(request, getattr(request.user, "language", "") or (member.language if member else ""))
    # What people type into a form, and what they read, is of the program's own clock.
    with timezone.override(request.program.time_zone):
        return _answer(view, request, kwargs)


def _answer(view: Page, request: Any, kwargs: dict[str, Any]) -> HttpResponseBase:
    try:
        response = view(request, **kwargs)
    except TooManyTries as refusal:
        response = slower(request, refusal.wait)
    except Refusal as refusal:
        response = show(request, "portal/refused.html", {"sentence": refusal}, status=409)
    if request.user.is_authenticated:
        add_never_cache_headers(response)
    return response


def _frame(request: Any, nav: str) -> dict[str, Any]:
    frame: dict[str, Any] = {"nav": nav, "era": era()}
    program: Program | None = getattr(request, "program", None)
    if program is None:
        return frame
    member: Member | None = request.member
    is_in = member is not None and member.state != Member.State.LEFT
    return frame | {
        "program": program,
        "member": member,
        "guest": not is_in,
        "programs": [
            {
                "name": other.program.name,
                "url": home_of(other.program.slug),
                "current": other.program_id == program.pk,
            }
            for other in (request.members if is_in else [])
            if other.state != Member.State.LEFT
        ],
    }
