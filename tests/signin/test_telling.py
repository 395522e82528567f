"""What the log says of doors: events with their particulars, and nothing that opens one."""

import json
import logging

import pytest
from django.test import Client

from loyalty.flows import keys
from loyalty.logs import JsonFormatter
from loyalty.merchants.models import Role
from tests.makers import NOON, make_staff
from tests.portal.conftest import PASSWORD, make_user


@pytest.fixture
def told(caplog):
    """The events, as those who collect logs read them."""
    caplog.set_level(logging.INFO, "loyalty.security")

    def read() -> list[dict]:
        lines = [it for it in caplog.records if it.name == "loyalty.security"]
        return [json.loads(JsonFormatter().format(line)) for line in lines]

    return read


def test_a_sign_in_and_a_wrong_password_are_told(cafe, told):
    zoe = make_user("zoe@example.org")
    for password in ("wrong horse", PASSWORD):
        Client().post("/accounts/login/", {"login": zoe.email, "password": password})
    failed, came_in = told()
    assert (failed["event"], failed["user"], failed["from"]) == (
        "sign_in_failed",
        None,
        "127.0.0.1",
    )
    assert (came_in["event"], came_in["user"], came_in["by"]) == ("signed_in", zoe.pk, "password")
    assert came_in["asked"] == "POST accounts/login/"
    assert not any(secret in str(told()) for secret in ("wrong horse", PASSWORD, zoe.email))


def test_a_page_that_is_not_for_ones_role_is_told(cafe, client, told):
    cashier = make_staff(cafe, role=Role.CASHIER)
    client.force_login(cashier.user, "django.contrib.auth.backends.ModelBackend")
    client.get("/dashboard/cafe/team/")
    [refused] = told()
    assert (refused["event"], refused["user"]) == ("forbidden", cashier.user.pk)
    assert (refused["role"], refused["needs"]) == ("cashier", "team.see")


def test_a_key_without_the_scope_and_no_key_are_told(cafe, client, told):
    key, token = keys.create(cafe, name="Till", scopes=["members:read"], by=None, now=NOON)
    for bearer in (token, "taem_bbbbbbbb_" + "0" * 48):
        headers = {"Authorization": f"Bearer {bearer}"}
        client.get("/api/v1/rewards", headers=headers)
    out_of_scope, unknown = told()
    assert (out_of_scope["event"], out_of_scope["key"]) == ("missing_scope", key.pk)
    assert (unknown["event"], unknown["status"]) == ("key_unknown", 401)
    assert token not in str(told())
