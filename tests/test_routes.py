"""The table of all addresses: nothing stands outside it, and nothing starts or opens without it."""

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path
from django.views.decorators.http import require_safe

from loyalty import routes
from loyalty.admission import Audience, admits
from loyalty.management.commands import access_table
from loyalty.merchants.access import PERMISSIONS
from loyalty.merchants.keys import SCOPES
from loyalty.merchants.models import User
from loyalty.urls import urlpatterns as ours


@require_safe
def silent(request):
    return HttpResponse("for whom?")


class WithSilent:
    """The project, and an address that somebody forgot to put a door around."""

    urlpatterns = [*ours, path("silent/", silent, name="silent")]


class WithPackage:
    """The project, and addresses of a package of which nothing was said yet."""

    urlpatterns = [*ours, path("auth/", include("django.contrib.auth.urls"))]


with_silent = override_settings(ROOT_URLCONF=WithSilent)


def test_every_address_says_whom_it_lets_in() -> None:
    silent_ones = [it.address for it in routes.routes() if it.admission is None]
    assert not silent_ones


@pytest.mark.parametrize("project", [WithSilent, WithPackage])
def test_an_address_that_says_nothing_does_not_start(project) -> None:
    with override_settings(ROOT_URLCONF=project), pytest.raises(SystemCheckError, match="E010"):
        call_command("check")


@with_silent
@pytest.mark.parametrize("method", ["get", "head", "post", "put", "patch", "delete", "options"])
def test_and_nobody_comes_in_there(admin_client, method) -> None:
    assert getattr(admin_client, method)("/silent/").status_code == 404


def test_every_permission_and_every_scope_opens_something() -> None:
    asked = {name for it in routes.routes() if it.admission for name in it.admission.asks.values()}
    assert asked - {""} - SCOPES.keys() <= PERMISSIONS.keys()
    assert asked >= SCOPES.keys()


def test_a_package_that_left_is_not_named_any_more() -> None:
    assert routes.BROUGHT.keys() <= {it.name for it in routes.routes()}


def test_a_view_that_takes_every_method_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="takes no method"):
        admits(Audience.ANYBODY)(lambda request: HttpResponse())


def test_a_method_that_is_not_named_is_not_taken(client) -> None:
    answer = client.options("/accounts/login/")
    assert answer.status_code == 405
    assert set(answer["Allow"].split(", ")) == {"GET", "POST"}


@pytest.mark.parametrize("address", ["/accounts/2fa/", "/accounts/email/", "/design/"])
def test_what_is_for_the_signed_in_asks_strangers_to_sign_in(client, db, address) -> None:
    answer = client.get(address)
    assert answer["Location"] == f"/accounts/login/?next={address}"


def test_pages_of_the_installation_are_for_who_runs_it(client, db) -> None:
    client.force_login(
        User.objects.create_user("ana@example.org"), "django.contrib.auth.backends.ModelBackend"
    )
    assert client.get("/design/").status_code == 403


def test_the_page_about_access_is_up_to_date() -> None:
    """`manage.py access_table > docs/access.md` mends it."""
    assert (settings.BASE_DIR / "docs" / "access.md").read_text() == access_table.page()
