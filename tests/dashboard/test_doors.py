"""Every address of the dashboard, from the table itself: who comes in, and who does not."""

import re
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse

from loyalty.admission import Audience
from loyalty.dashboard.doors import needs, page
from loyalty.dashboard.urls import urlpatterns
from loyalty.merchants.access import GRANTS, PERMISSIONS, may
from loyalty.merchants.models import Role
from tests.dashboard.things import make_things
from tests.makers import make_staff

OPEN_TO_ANYBODY = {"join"}
OPEN_TO_THE_SIGNED_IN = {"programs", "secure", "start", "template", "templates"}
OF_A_PROGRAM = [
    pattern
    for pattern in urlpatterns
    if pattern.name not in OPEN_TO_ANYBODY | OPEN_TO_THE_SIGNED_IN
]


def address_of(pattern: Any, things: dict[str, str]) -> str:
    route = str(pattern.pattern)
    filled = re.sub(r"<\w+:(\w+)>", lambda found: things[found[1]], route)
    return f"/dashboard/{filled}"


def method_of(client: Any, address: str) -> str:
    """What the page takes from who may do all: a page that is read, or only a form."""
    return "post" if client.get(address).status_code == 405 else "get"


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: pattern.name)
def test_every_page_says_whom_it_is_for(pattern) -> None:
    admission = pattern.callback.admits
    if pattern.name in OPEN_TO_ANYBODY:
        assert admission.audience == Audience.ANYBODY
    elif pattern.name in OPEN_TO_THE_SIGNED_IN:
        assert admission.audience == Audience.SIGNED_IN
    else:
        assert admission.audience == Audience.STAFF
        assert set(admission.asks.values()) <= PERMISSIONS.keys()


def test_a_page_that_says_nothing_does_not_start() -> None:
    def silent(request):
        return HttpResponse("for whom?")

    with pytest.raises(ImproperlyConfigured):
        page("silent/", silent, "silent")


def test_a_permission_that_nobody_knows_does_not_start() -> None:
    with pytest.raises(ImproperlyConfigured):
        needs("castles.build")


@pytest.mark.parametrize("role", Role)
def test_a_page_opens_to_its_roles_and_to_no_others(role, cafe, owner, sign_in) -> None:
    things = make_things(cafe, owner)
    desk, staff = sign_in(owner), make_staff(cafe, role)
    client = sign_in(staff)
    for pattern in OF_A_PROGRAM:
        address = address_of(pattern, things[pattern.name])
        method = method_of(desk, address)
        allowed = may(staff, pattern.callback.admits.asked(method.upper()))
        status = getattr(client, method)(address).status_code
        assert status in ((200, 302, 409, 422) if allowed else (403,)), (pattern.name, status)


def test_an_owner_of_another_business_finds_nothing(cafe, owner, stranger, sign_in) -> None:
    things = make_things(cafe, owner)
    client = sign_in(stranger)
    for pattern in OF_A_PROGRAM:
        address = address_of(pattern, things[pattern.name])
        for method in pattern.callback.admits.asks:
            answer = client.generic(method, address)
            assert answer.status_code == 404, pattern.name
            assert cafe.merchant.name not in answer.content.decode()


def test_things_of_another_business_are_not_found_in_ones_own(
    cafe, owner, bakery, stranger, sign_in
) -> None:
    make_things(bakery, stranger)
    things = make_things(cafe, owner)
    client = sign_in(stranger)
    for pattern in OF_A_PROGRAM:
        theirs = things[pattern.name]
        if "public_id" not in theirs or pattern.name == "team_revoke":
            continue
        address = address_of(pattern, {**theirs, "slug": bakery.slug})
        statuses = {client.get(address).status_code, client.post(address).status_code}
        assert statuses <= {404, 405}, pattern.name
        assert 404 in statuses, pattern.name


def test_an_invitation_of_another_business_stays(cafe, owner, bakery, stranger, sign_in) -> None:
    theirs = make_things(cafe, owner)["team_revoke"]["public_id"]
    sign_in(stranger).post(f"/dashboard/{bakery.slug}/team/{theirs}/revoke/")
    assert cafe.merchant.invitations.filter(public_id=theirs).exists()


def test_who_is_not_signed_in_is_asked_to(client, cafe, owner) -> None:
    things = make_things(cafe, owner)
    for pattern in OF_A_PROGRAM:
        address = address_of(pattern, things[pattern.name])
        for method in pattern.callback.admits.asks:
            answer = client.generic(method, address)
            assert answer.status_code == 302, pattern.name
            assert answer["Location"].startswith("/accounts/login/?next=/dashboard/")


def test_who_has_left_the_team_finds_nothing(cafe, owner, manager, sign_in) -> None:
    manager.is_active = False
    manager.save()
    assert sign_in(manager).get("/dashboard/cafe/rules/").status_code == 404


def test_pages_are_kept_by_no_cache(desk, cafe) -> None:
    assert "no-store" in desk.get("/dashboard/cafe/rules/")["Cache-Control"]


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_the_owner_may_do_everything(permission) -> None:
    assert Role.OWNER in PERMISSIONS[permission]


def test_nobody_grants_a_role_above_their_own() -> None:
    assert GRANTS[Role.MANAGER] == {Role.REVIEWER, Role.ANALYST, Role.CASHIER}
    assert set(GRANTS) == {Role.OWNER, Role.MANAGER}
