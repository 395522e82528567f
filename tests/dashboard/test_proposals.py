"""The page on which a second person decides, and the way to it."""

import pytest
from django.utils import timezone

from loyalty.flows import proposals
from loyalty.merchants.models import Program, Role
from members.models import Proposal
from tests.makers import make_member, make_staff, points

HERE = "/dashboard/cafe/proposals/"


@pytest.fixture
def ana(cafe):
    return make_member(cafe, name="Ana")


@pytest.fixture
def reviewer(cafe):
    Program.objects.update(adjustment_limits={"reviewer": 200})
    return make_staff(cafe, Role.REVIEWER, "rung@example.org")


@pytest.fixture
def wish(cafe, ana, reviewer) -> Proposal:
    """What a reviewer wants for Ana."""
    wallet = cafe.wallets.get()
    return proposals.propose(
        ana, wallet, 500, reason="A cold soup", key="1", now=timezone.now(), by=reviewer
    )


def test_above_the_limit_the_page_asks_a_second_person(ana, reviewer, sign_in) -> None:
    phone = sign_in(reviewer)
    address = f"/dashboard/cafe/members/{ana.public_id}/adjust/"
    page = phone.get(address)
    assert "200 are left. Above that, a second person decides." in page.content.decode()
    once = page.context["form"]["once"].value()
    told = {"way": "give", "points": "500", "reason": "A cold soup", "once": once}
    for _click in range(2):
        answer = phone.post(address, told, follow=True)
        assert "wait for a second person" in answer.content.decode()
    assert Proposal.objects.get().points == 500


def test_who_may_decide_is_told_how_many_wait(desk, wish, reviewer, sign_in) -> None:
    assert desk.get(HERE).context["proposals_waiting"] == 1
    assert sign_in(reviewer).get(HERE).context["proposals_waiting"] == 0


def test_it_says_who_wants_what_and_why(desk, wish) -> None:
    page = desk.get(HERE).content.decode()
    for words in ("+500", "Ana", "A cold soup", "rung@example.org", "Approve"):
        assert words in page


def test_who_asked_does_not_decide(wish, reviewer, sign_in) -> None:
    page = sign_in(reviewer).get(HERE).content.decode()
    assert "a colleague decides" in page
    assert f"{wish.public_id}/approve/" not in page


def test_it_is_approved_once(desk, wish, ana) -> None:
    address = f"{HERE}{wish.public_id}/approve/"
    assert (
        "+500\N{NO-BREAK SPACE}points for Ana." in desk.post(address, follow=True).content.decode()
    )
    assert "decided already" in desk.post(address, follow=True).content.decode()
    assert points(ana) == 500


def test_it_is_declined(desk, wish, ana) -> None:
    answer = desk.post(f"{HERE}{wish.public_id}/decline/", follow=True)
    assert "Nothing was given or taken" in answer.content.decode()
    assert [it["state"] for it in answer.context["past"]] == ["Declined"]
    assert points(ana) == 0


def test_what_waited_for_too_long_is_over(desk, wish) -> None:
    Proposal.objects.update(expires_at=timezone.now())
    page = desk.get(HERE)
    assert page.context["waiting"] == []
    assert [it["state"] for it in page.context["past"]] == ["Waited for too long"]
    assert page.context["proposals_waiting"] == 0
