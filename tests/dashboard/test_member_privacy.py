"""A member's rights, as staff see to them."""

import json

import pytest
from django.urls import reverse

from loyalty.merchants.models import AuditEntry, Role
from members.models import Member, Merge
from tests.makers import choose, give, make_member, make_staff, points


def read(answer) -> str:
    return answer.content.decode().replace("\xa0", " ")


def at(name: str, member: Member, *more: str) -> str:
    return reverse(f"dashboard:{name}", args=[member.program.slug, member.public_id, *more])


def test_the_history_of_consent_is_shown(desk, ana) -> None:
    choose(ana, offers=True)
    choose(ana, offers=False)
    page = desk.get(at("member_privacy", ana)).content.decode()
    assert page.count("Greetings and offers, E-mail") == 2


def test_a_copy_of_all_data_is_taken_and_on_record(desk, ana) -> None:
    give(ana, 5)
    answer = desk.post(at("member_data", ana))
    assert json.loads(answer.content)["member"]["email"] == ana.email
    assert "attachment" in answer["Content-Disposition"]
    assert AuditEntry.objects.get().action == "member.copy"


def test_a_copy_is_not_taken_by_following_a_link(desk, ana) -> None:
    assert desk.get(at("member_data", ana)).status_code == 405


def test_what_is_lost_is_said_before_somebody_is_forgotten(desk, ana) -> None:
    give(ana, 1_250)
    assert "1,250 points" in read(desk.get(at("member_forget", ana)))
    assert Member.objects.exists()


def test_somebody_is_forgotten_later_and_may_be_kept(desk, ana) -> None:
    desk.post(at("member_forget", ana), {"why": "letter", "when": "later"})
    ana.refresh_from_db()
    assert ana.state == Member.State.LEFT
    assert ana.erase_at is not None
    desk.post(at("member_remember", ana))
    ana.refresh_from_db()
    assert (ana.state, ana.erase_at) == (Member.State.ACTIVE, None)


def test_somebody_is_forgotten_at_once(desk, ana) -> None:
    answer = desk.post(at("member_forget", ana), {"why": "letter", "when": "now"}, follow=True)
    assert answer.status_code == 200
    assert not Member.objects.exists()
    assert AuditEntry.objects.get(action="member.erase").told.after == {"reason": "letter"}


def test_a_reason_is_needed(desk, ana) -> None:
    assert desk.post(at("member_forget", ana), {"when": "now"}).status_code == 422
    assert Member.objects.exists()


@pytest.fixture
def twin(cafe) -> Member:
    return make_member(cafe, "ana@work.example.org", name="A. Suksawat")


def test_two_are_compared_and_become_one_and_two_again(desk, ana, twin) -> None:
    give(twin, 40)
    here = at("member_merge", ana)
    page = read(desk.get(here, {"other": twin.card_code}))
    assert "A. Suksawat" in page
    assert "then 40 points" in page
    desk.post(f"{here}?other={twin.public_id}", {"take": ["name"], "reason": "The same"})
    ana.refresh_from_db()
    assert (ana.name, points(ana)) == ("A. Suksawat", 40)
    page = desk.get(at("member_privacy", ana)).content.decode()
    assert "is part of this membership" in page
    done = Merge.objects.get()
    assert desk.get(at("member_part", ana, done.public_id)).status_code == 200
    desk.post(at("member_part", ana, done.public_id), {"reason": "A mistake"})
    ana.refresh_from_db()
    assert (ana.name, points(ana), points(twin)) == ("Ana", 0, 40)


def test_the_page_of_the_other_leads_to_the_one(desk, ana, twin) -> None:
    desk.post(f"{at('member_merge', ana)}?other={twin.public_id}", {"reason": "The same"})
    assert at("member", ana) in desk.get(at("member", twin)).content.decode()


def test_nobody_is_merged_with_nobody(desk, ana) -> None:
    answer = desk.get(at("member_merge", ana), {"other": "nobody at all"}, follow=True)
    assert "No other member is found" in answer.content.decode()


@pytest.mark.parametrize("name", ["member_forget", "member_merge", "member_data"])
def test_others_may_not(client, cafe, ana, name) -> None:
    client.force_login(make_staff(cafe, Role.REVIEWER).user)
    assert client.post(at(name, ana)).status_code == 403
