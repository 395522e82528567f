"""How a page of the dashboard opens: for whom, on which program, and what it does with a no.

Every view names its permission by ``needs``, or says by ``signed_in`` or ``anybody`` that it asks
for none. ``page`` refuses to list an address whose view does neither, so nothing starts with one.
What it says is its ``admits``, a row of the table in ``loyalty.routes``.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from allauth.account.internal.flows.login import get_authentication_records
from django import forms
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Count, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from campaigns.referrals.models import Referral
from loyalty.admission import SAFE, Audience, admission_for, admits
from loyalty.flows import second_step
from loyalty.merchants.access import PERMISSIONS, may
from loyalty.merchants.models import Program, Staff, User
from loyalty.refusal import Refusal
from loyalty.signin.telling import tell
from loyalty.signin.tries import TooManyTries
from loyalty.slower import slower

# What the session remembers: when the dashboard was touched last, and where to go on.
SEEN = "desk_seen"
AFTER_SECOND_STEP = "after_second_step"
A_MINUTE = 60
# The places of the navigation, and what one must be allowed to see them. The first that a person
# may see is where they come in.
PLACES: Mapping[str, str] = {
    "home": "figures.see",
    "counter": "counter.use",
    "members": "members.see",
    "segments": "segments.see",
    "proposals": "points.adjust",
    "purchases": "purchases.see",
    "referrals": "referrals.see",
    "contributions": "contributions.see",
    "vouchers": "vouchers.see",
    "letters": "letters.see",
    "rules": "rules.see",
    "activities": "rules.see",
    "codes": "codes.see",
    "surveys": "surveys.see",
    "calls": "calls.see",
    "campaigns": "campaigns.see",
    "wallets": "wallets.see",
    "tiers": "tiers.see",
    "games": "campaigns.see",
    "contests": "campaigns.see",
    "rewards": "rewards.see",
    "badges": "badges.see",
    "settings": "settings.see",
    "locations": "locations.see",
    "team": "team.see",
    "keys": "keys.see",
    "hooks": "hooks.see",
    "jobs": "jobs.see",
    "audit": "audit.see",
}
T = TypeVar("T")


class DeskRequest(HttpRequest):
    """A request by a member of the team, about one program of theirs."""

    user: User
    program: Program
    staff: Staff
    htmx: HtmxDetails


class PersonRequest(HttpRequest):
    """A request by somebody who is signed in."""

    user: User
    htmx: HtmxDetails


Page = Callable[..., HttpResponseBase]


def needs(
    permission: str, *, to_change: str = "", only_asks: bool = False
) -> Callable[[Page], Page]:
    """Opens a page to staff whose role has the permission; ``to_change`` is asked of what writes.

    What takes a form and yet changes nothing says that it ``only_asks``.

    The program comes from the person's own posts: of any other it is not even told that it exists.
    """
    if unknown := {permission, to_change or permission} - PERMISSIONS.keys():
        raise ImproperlyConfigured(f"access.PERMISSIONS knows no {', '.join(unknown)}.")

    def decorate(view: Page) -> Page:
        admission = admission_for(
            view, Audience.STAFF, to_see=permission, to_change=to_change, only_asks=only_asks
        )

        @wraps(view)
        def guarded(request: DeskRequest, slug: str, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            request.program, request.staff = _post_of(request.user, slug)
            if elsewhere := _first_elsewhere(request):
                return elsewhere
            # What people type into a form is of the program's own clock.
            with timezone.override(request.program.time_zone):
                if not may(request.staff, asked := admission.asked(request.method or "")):
                    tell("forbidden", request, role=request.staff.role, needs=asked)
                    return show(request, "dashboard/forbidden.html", status=403)
                return _answer(view, request, kwargs)

        guarded.admits = admission  # type: ignore[attr-defined]
        return guarded

    return decorate


def signed_in(view: Page) -> Page:
    """Opens a page to everybody who is signed in: it looks only at what is theirs."""

    @wraps(view)
    def guarded(request: PersonRequest, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        return _answer(view, request, kwargs)

    return admits(Audience.SIGNED_IN)(guarded)


def anybody(view: Page) -> Page:
    """Opens a page to everybody: something else than a sign-in says who they are."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return _answer(view, request, kwargs)

    return admits(Audience.ANYBODY)(guarded)


def page(route: str, view: Page, name: str) -> URLPattern:
    """An address of the dashboard."""
    if not hasattr(view, "admits"):
        raise ImproperlyConfigured(f"{view.__module__}.{view.__name__} names no permission.")
    return path(route, view, name=name)


def show(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    nav: str = "",
    status: int = 200,
) -> HttpResponse:
    """A page in the frame of the dashboard, with the places that this person may see."""
    return render(request, template, {**_frame(request, nav), **(context or {})}, status=status)


def attempt(form: forms.BaseForm, act: Callable[[dict[str, Any]], T]) -> T | None:
    """Call a flow with what a valid form read. A refusal becomes the form's own error."""
    if not form.is_valid():
        return None
    try:
        return act(form.cleaned_data)
    except TooManyTries:
        raise  # Nothing is wrong with the form: the door asks to wait.
    except Refusal as refusal:
        problems = refusal.facts.get("problems") or {refusal.facts.get("field"): str(refusal)}
        for field, sentence in problems.items():
            form.add_error(field if field in form.fields else None, sentence)
        return None


def status_of(*all_forms: forms.BaseForm) -> int:
    """422 for a form that could not be read or was refused, so that machines can tell."""
    return 422 if any(form.is_bound and not form.is_valid() for form in all_forms) else 200


def landing(program: Program, staff: Staff) -> str:
    """The address where a person comes in: the first of the places that they may see."""
    for place, permission in PLACES.items():
        if may(staff, permission):
            try:
                return reverse(f"dashboard:{place}", args=[program.slug])
            except NoReverseMatch:
                continue
    return reverse("dashboard:programs") + "?all"


def _post_of(user: User, slug: str) -> tuple[Program, Staff]:
    program = (
        Program.objects.select_related("merchant")
        .filter(slug=slug, merchant__team__user=user, merchant__team__is_active=True)
        .first()
    )
    if program is None:
        raise Http404
    staff = Staff.objects.select_related("user", "merchant", "location").get(
        user=user, merchant=program.merchant
    )
    return program, staff


def _answer(view: Page, request: Any, kwargs: dict[str, Any]) -> HttpResponseBase:
    try:
        response = view(request, **kwargs)
    except TooManyTries as refusal:
        response = slower(request, refusal.wait)
    except Refusal as refusal:
        frame = "layout" if hasattr(request, "program") else "entrance"
        told = {"sentence": refusal, "frame": f"dashboard/{frame}.html"}
        response = show(request, "dashboard/refused.html", told, status=409)
    add_never_cache_headers(response)
    return response


def _first_elsewhere(request: DeskRequest) -> HttpResponse | None:
    """Where somebody is sent first: to sign in again after a pause, or to set up a second step."""
    now = timezone.now()
    if _was_away(request, now):
        logout(request)
        return _leave_for(request, _to_sign_in(request).url)  # type: ignore[attr-defined]
    if second_step.lacks_one(request.staff, now=now):
        is_page = request.method in SAFE and not request.htmx
        home = landing(request.program, request.staff)
        request.session[AFTER_SECOND_STEP] = request.get_full_path() if is_page else home
        return _leave_for(request, reverse("dashboard:secure"))
    return None


def _was_away(request: DeskRequest, now: datetime) -> bool:
    """Whether nobody touched the dashboard for as long as the owner lets it stay open."""
    seen = request.session.get(SEEN) or _shown_at(request) or now.timestamp()
    silence = now.timestamp() - seen
    if silence > request.staff.merchant.idle_minutes * 60:
        return True
    if SEEN not in request.session or silence > A_MINUTE:
        request.session[SEEN] = int(now.timestamp())
    return False


def _shown_at(request: DeskRequest) -> float:
    """When this session began or was last vouched for; a sign-in elsewhere does not count."""
    shown = [record["at"] for record in get_authentication_records(request, request.user)]
    last = request.user.last_login
    return max(shown) if shown else last.timestamp() if last else 0.0


def _leave_for(request: DeskRequest, url: str) -> HttpResponse:
    """Go to another page: the browser itself, not the part that asked."""
    if request.htmx:
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """After signing in they come back; not to an address that only takes a form."""
    back = request.get_full_path() if request.method in SAFE else reverse("dashboard:programs")
    return redirect_to_login(back)


def _frame(request: HttpRequest, nav: str) -> dict[str, Any]:
    program: Program | None = getattr(request, "program", None)
    if program is None:
        return {"nav": nav}
    staff: Staff = request.staff  # type: ignore[attr-defined]
    return {
        "second_step_due": second_step.due_for(staff),
        "nav": nav,
        "program": program,
        "staff": staff,
        "allowed": {name for name, roles in PERMISSIONS.items() if staff.role in roles},
        **_waiting_for(program, staff),
        "hidden": [place for place, needed in PLACES.items() if not may(staff, needed)],
        "programs": [
            {
                "name": other.name,
                "url": reverse("dashboard:enter", args=[other.slug]),
                "current": other.pk == program.pk,
            }
            for other in programs_of(staff.user)
        ],
    }


def _waiting_for(program: Program, staff: Staff) -> dict[str, int]:
    """How much waits for somebody to decide on it, where this person may: one question for all."""
    rows: dict[str, tuple[str, QuerySet[Any]]] = {
        "proposals_waiting": (
            "points.approve",
            program.proposals.waiting(timezone.now()).exclude(proposed_by=staff),
        ),
        "referrals_held": ("referrals.decide", Referral.objects.filter(program=program).held()),
        "contributions_waiting": ("contributions.decide", program.contributions.waiting()),
    }
    asked = {name: _counted(it) for name, (needed, it) in rows.items() if may(staff, needed)}
    found: Any = Program.objects.filter(pk=program.pk).values(**asked).get() if asked else {}
    return {name: found.get(name) or 0 for name in rows}


def _counted(rows: QuerySet[Any]) -> Subquery:
    """A count that stands in another question."""
    return Subquery(rows.order_by().values("program").annotate(n=Count("pk")).values("n"))


def programs_of(user: User) -> list[Program]:
    """The programs whose team a person is in."""
    return list(
        Program.objects.filter(merchant__team__user=user, merchant__team__is_active=True)
        .select_related("merchant")
        .order_by("merchant__name", "merchant_id", "pk")
    )
