"""From a stranger to a member: an account, a form, and what was bought before."""

import pytest

from loyalty.flows import earn
from loyalty.merchants.models import Program
from members.models import Member
from tests.makers import NOON, make_member, make_rule, points, sale
from tests.portal.conftest import make_user, phone_of, read, sign_in

PAGE = "/p/cafe/join/"
ZOE = {"name": "Zoe", "phone": "", "birthday": "", "language": "en"}


def test_a_guest_makes_an_account_first(client, cafe):
    assert client.get(PAGE)["Location"] == f"/accounts/signup/?next={PAGE}"


def test_joining_makes_a_member_with_a_card(cafe, stranger):
    make_rule(cafe, trigger="sign_up", effect={"kind": "fixed", "points": 50})
    answer = stranger.post(PAGE, {**ZOE, "phone": "081 234 5678", "birthday": "1999-05-01"})
    assert answer["Location"] == "/p/cafe/home/"
    zoe = Member.objects.get(user__email="zoe@example.org")
    assert (zoe.name, zoe.phone, zoe.email) == ("Zoe", "+66812345678", "zoe@example.org")
    assert zoe.email_verified_at == NOON
    assert points(zoe) == 50
    page = read(stranger.get("/p/cafe/home/"))
    assert "Welcome to Café points." in page
    assert "50" in page


def test_joining_twice_is_joining_once(cafe, stranger):
    for _ in range(2):
        assert stranger.post(PAGE, ZOE)["Location"] == "/p/cafe/home/"
    assert Member.objects.filter(user__email="zoe@example.org").count() == 1


def test_what_was_bought_before_is_claimed(cafe, stranger):
    bought = sale(30_00, contact_email="zoe@example.org")
    earn.from_purchase(Program.objects.get(), bought, now=NOON)
    stranger.post(PAGE, ZOE)
    assert points(Member.objects.get(user__email="zoe@example.org")) == 30


def test_an_address_that_is_not_shown_claims_nothing(cafe):
    earn.from_purchase(
        Program.objects.get(), sale(30_00, contact_email="yan@example.org"), now=NOON
    )
    sign_in(make_user("yan@example.org", verified=False)).post(PAGE, ZOE)
    assert not Member.objects.get().email_verified_at
    assert points(Member.objects.get()) == 0


def test_who_was_enrolled_at_the_till_is_that_member(cafe, stranger):
    waiting = make_member(cafe, "zoe@example.org", name="")
    stranger.post(PAGE, ZOE)
    waiting.refresh_from_db()
    assert (waiting.user.email, waiting.name) == ("zoe@example.org", "Zoe")
    assert Member.objects.count() == 1


def test_who_cannot_show_the_address_does_not_get_its_membership(cafe):
    waiting = make_member(cafe, "yan@example.org")
    answer = sign_in(make_user("yan@example.org", verified=False)).post(PAGE, ZOE)
    assert answer.status_code == 409
    waiting.refresh_from_db()
    assert waiting.user is None


def test_who_had_left_comes_back_to_what_they_had(ana):
    client = phone_of(ana)
    Member.objects.update(state="left")
    assert "You were a member before" in read(client.get(PAGE))
    assert client.post(PAGE, {**ZOE, "name": "Ana"})["Location"] == "/p/cafe/home/"
    ana.refresh_from_db()
    assert ana.state == "active"


def test_a_member_has_nothing_to_join(phone):
    assert phone.get(PAGE)["Location"] == "/p/cafe/home/"


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"phone": "12"}, "“12” is not a phone number."),
        ({"birthday": "2030-01-01"}, "A birthday lies in the past"),
        ({"birthday": "yesterday"}, "Enter a valid date."),
        ({"language": "xx"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_kept(cafe, stranger, told, sentence):
    answer = stranger.post(PAGE, {**ZOE, "name": "Zoe Zed", **told})
    assert answer.status_code == 422
    assert sentence in read(answer)
    if "name" not in told:
        assert 'value="Zoe Zed"' in read(answer)
    assert not Member.objects.exists()


def test_somebody_elses_phone_is_refused_and_what_was_typed_kept(ana, stranger):
    Member.objects.update(phone="+66812345678")
    answer = stranger.post(PAGE, {**ZOE, "phone": "0812345678"})
    assert answer.status_code == 409
    assert "Somebody has joined with this e-mail or phone number." in read(answer)
    assert 'value="0812345678"' in read(answer)


def test_nobody_tries_number_after_number(ana, stranger):
    Member.objects.update(phone="+66812345678")
    tries = [stranger.post(PAGE, {**ZOE, "phone": "0812345678"}) for _ in range(11)]
    assert "Somebody has joined" in read(tries[9])
    assert (tries[10].status_code, tries[10]["Retry-After"]) == (429, "3600")
    assert "A little slower, please" in read(tries[10])
