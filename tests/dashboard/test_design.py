"""The living page of the design, for who looks after the installation."""

import pytest
from django.test import Client

from loyalty.merchants.models import User


@pytest.fixture
def keeper(db) -> Client:
    """Somebody who may see pages about the installation."""
    client = Client()
    user = User.objects.create_user("kai@example.org", is_staff=True)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("door", ["dashboard", "portal"])
@pytest.mark.parametrize("language", ["en", "th"])
def test_every_component_is_shown(keeper, door, language):
    keeper.cookies["django_language"] = language
    answer = keeper.get("/design/", {"door": door})
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text


def test_a_toast_offers_to_undo(keeper):
    assert 'class="button undo"' in keeper.get("/design/?toast").text


def test_a_colour_of_the_page_is_a_style_sheet(keeper):
    assert keeper.get("/design/ffdd00.css").status_code == 200
    assert keeper.get("/design/123456.css").status_code == 404


def test_it_is_not_for_merchants(desk):
    assert desk.get("/design/").status_code == 403


def test_a_stranger_is_asked_to_sign_in(db):
    assert Client().get("/design/").status_code == 302
