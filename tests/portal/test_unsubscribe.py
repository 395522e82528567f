"""The link at the end of a letter."""

import pytest
from django.conf import settings
from django.test import Client

from loyalty.flows import unsubscribe
from members.models import Member
from tests.makers import choose, make_member, make_program, wants


@pytest.fixture
def link(ana) -> str:
    return unsubscribe.link_for(ana, "account").removeprefix(settings.PUBLIC_URL)


def wants_letters(member: Member) -> bool:
    return wants(member, "account")


def test_following_the_link_only_asks(client, ana, link):
    answer = client.get(link)
    assert answer.status_code == 200
    assert "Stop the letters" in answer.content.decode()
    assert wants_letters(ana)


def test_one_click_stops_the_letters(client, ana, link):
    answer = client.post(link, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "no more letters" in answer.content.decode()
    assert not wants_letters(ana)


def test_a_mailbox_needs_no_token_of_ours(ana, link):
    assert Client(enforce_csrf_checks=True).post(link).status_code == 200
    assert not wants_letters(ana)


def test_stopping_twice_is_stopping(client, ana, link):
    client.post(link)
    assert client.post(link).status_code == 200
    assert not wants_letters(ana)


def test_letters_can_be_had_again(client, ana, link):
    client.post(link)
    client.post(link, {"letters": "yes"})
    assert wants_letters(ana)


def test_the_page_speaks_the_members_language(client, cafe):
    som = make_member(cafe, language="th")
    page = client.get(unsubscribe.link_for(som).removeprefix(settings.PUBLIC_URL))
    assert '<html lang="th"' in page.content.decode()


def test_a_forged_link_stops_nothing(client, ana, ben, link):
    forged = link.replace(ana.public_id, ben.public_id)
    assert client.get(forged).status_code == 404
    assert client.post(forged).status_code == 404
    assert wants_letters(ben)


def test_a_link_belongs_to_its_program(client, ana, link):
    make_program("elsewhere")
    assert client.post(link.replace("/p/cafe/", "/p/elsewhere/")).status_code == 404
    assert wants_letters(ana)


def test_a_greeting_is_stopped_without_the_letters_about_points(client, ana):
    choose(ana, offers=True)
    client.post(unsubscribe.link_for(ana, "offers").removeprefix(settings.PUBLIC_URL))
    assert (wants(ana, "offers"), wants(ana, "account")) == (False, True)


def test_a_link_that_names_nothing_stops_them_all(client, ana):
    choose(ana, offers=True)
    client.post(unsubscribe.link_for(ana).removeprefix(settings.PUBLIC_URL))
    assert (wants(ana, "offers"), wants(ana, "account")) == (False, False)
