"""Coming in: choosing a program, opening a business, opening another program."""

import pytest

from loyalty.merchants.access import PERMISSIONS
from loyalty.merchants.models import Merchant, Program, Role, Staff, User
from loyalty.public_ids import new_public_id
from tests.makers import make_staff

ASKED = {
    "business": "Baan Suan",
    "name_en": "Baan Suan Club",
    "name_th": "คลับบ้านสวน",
    "currency": "THB",
    "time_zone": "Asia/Bangkok",
    "unit_one_en": "bean",
    "unit_one_th": "เม็ด",
    "unit_many_en": "beans",
    "unit_many_th": "เม็ด",
}


@pytest.fixture
def nina(client, db):
    """Somebody who is signed in and in no team."""
    user = User.objects.create_user("nina@example.org", "a good pass phrase")
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return user


def start(client, **fields):
    return client.post("/dashboard/new/", {**ASKED, "once": new_public_id(), **fields})


def test_who_is_in_no_team_is_shown_how_to_start(client, nina) -> None:
    page = client.get("/dashboard/").content.decode()
    assert "/dashboard/new/" in page


def test_a_new_business_has_a_program_that_works(client, nina) -> None:
    start(client)
    program = Program.objects.get()
    rule = program.earning_rules.get()
    owner = Staff.objects.get(user=nina)
    assert (program.slug, program.merchant.name) == ("baan-suan-club", "Baan Suan")
    assert (owner.role, owner.merchant) == (Role.OWNER, program.merchant)
    assert program.languages == ["th", "en"]
    assert dict(program.wallets.get().unit_many) == {"en": "beans", "th": "เม็ด"}
    assert rule.effect["per_minor"] == 2500
    assert program.tiers.get().threshold == 0
    assert program.versions.get().settings["currency"] == "THB"


def test_starting_lands_on_the_dashboard(client, nina) -> None:
    answer = client.post("/dashboard/new/", {**ASKED, "once": new_public_id()}, follow=True)
    assert answer.status_code == 200
    assert "Baan Suan Club" in answer.content.decode()


def test_a_double_click_opens_one_business(client, nina) -> None:
    once = new_public_id()
    start(client, once=once)
    answer = start(client, once=once)
    assert answer.status_code == 302
    assert Merchant.objects.count() == Program.objects.count() == 1


def test_the_key_of_somebody_elses_click_opens_nothing(client, nina, cafe) -> None:
    answer = start(client, once=cafe.merchant.public_id)
    assert answer.status_code == 422
    assert not Staff.objects.filter(user=nina).exists()


def test_bad_input_keeps_what_was_typed(client, nina) -> None:
    answer = start(client, currency="XXX", business="Baan Suan")
    assert answer.status_code == 422
    assert 'value="Baan Suan"' in answer.content.decode()
    assert not Program.objects.exists()


@pytest.mark.parametrize("name", ["New", "Join", "ร้านของฉัน"])
def test_an_address_is_always_found(client, nina, name) -> None:
    start(client, name_en=name, name_th="", business="ร้าน")
    slug = Program.objects.get().slug
    assert slug not in ("new", "join")
    assert client.get(f"/dashboard/{slug}/enter/").status_code == 302


def test_two_programs_of_one_name_have_two_addresses(client, nina) -> None:
    start(client)
    start(client)
    assert set(Program.objects.values_list("slug", flat=True)) == {
        "baan-suan-club",
        "baan-suan-club-2",
    }


def test_a_currency_without_minor_units_gets_a_rule_in_whole_ones(client, nina) -> None:
    start(client, currency="JPY", time_zone="Asia/Tokyo")
    assert Program.objects.get().earning_rules.get().effect["per_minor"] == 100


def test_an_owner_opens_another_program_of_the_same_business(desk, cafe) -> None:
    told = {name: value for name, value in ASKED.items() if name != "business"}
    answer = desk.post("/dashboard/cafe/another/", {**told, "once": new_public_id()})
    assert answer.status_code == 302
    assert cafe.merchant.programs.count() == 2
    assert desk.get("/dashboard/").content.decode().count("/enter/") == 2


def test_who_has_one_program_comes_straight_in(desk, cafe) -> None:
    assert desk.get("/dashboard/")["Location"] == "/dashboard/cafe/enter/"
    assert desk.get("/dashboard/?all").status_code == 200


@pytest.mark.parametrize("role", Role)
def test_everybody_has_a_place_to_come_in(role, cafe, sign_in) -> None:
    client = sign_in(make_staff(cafe, role))
    first = client.get("/dashboard/cafe/enter/")["Location"]
    answer = client.get(first, follow=True)
    assert answer.status_code == 200


def test_the_navigation_shows_only_what_the_role_may_see(cafe, sign_in) -> None:
    analyst = sign_in(make_staff(cafe, Role.ANALYST))
    page = analyst.get("/dashboard/cafe/rules/").content.decode()
    assert Role.ANALYST not in PERMISSIONS["keys.see"]
    assert "/dashboard/cafe/rewards/" in page
    assert "/dashboard/cafe/keys/" not in page
    assert "/dashboard/cafe/trail/" not in page


def test_the_counter_sees_no_place_that_it_may_not_open(cafe, sign_in) -> None:
    page = sign_in(make_staff(cafe, Role.CASHIER)).get("/dashboard/cafe/counter/").content.decode()
    assert Role.CASHIER not in PERMISSIONS["campaigns.see"]
    assert "/dashboard/cafe/campaigns/" not in page


def test_the_navigation_unfolds_where_one_is(cafe, sign_in) -> None:
    owner = sign_in(make_staff(cafe, Role.OWNER))
    rules = owner.get("/dashboard/cafe/rules/").content.decode()
    assert rules.count("<details open>") == 1
    assert rules.index("<details open>") < rules.index('href="/dashboard/cafe/rules/" aria-current')
    assert "<details open>" not in owner.get("/dashboard/cafe/members/").content.decode()


def test_a_business_can_begin_as_a_template(client, nina) -> None:
    asked = {name: it for name, it in ASKED.items() if not name.startswith("unit")}
    client.post("/dashboard/new/", {**asked, "once": new_public_id(), "template": "cafe-stamps"})
    program = Program.objects.get()
    assert program.wallets.get().kind == "stamps"
    assert program.rewards.get().is_automatic
    assert program.tiers.get().rank == 0
    assert str(program.name["en"]) == "Baan Suan Club"


def test_its_points_are_called_as_the_owner_likes(client, nina) -> None:
    start(client, template="points-with-tiers", currency="JPY")
    program = Program.objects.get()
    assert dict(program.wallets.get().unit_many) == {"en": "beans", "th": "เม็ด"}
    assert [tier.threshold for tier in program.tiers.all()] == [0, 35_000, 100_000]


def test_a_template_that_is_not_there_is_refused(client, nina) -> None:
    assert start(client, template="nothing").status_code == 422
    assert client.get("/dashboard/new/templates/nothing/").status_code == 404
    assert not Program.objects.exists()


def test_templates_are_shown_before_one_is_chosen(client, nina) -> None:
    listed = client.get("/dashboard/new/templates/").content.decode()
    assert "/dashboard/new/templates/cashback/" in listed
    page = client.get("/dashboard/new/templates/cashback/", {"currency": "USD"}).content.decode()
    assert "3% of what is spent" in page
    assert "/dashboard/new/?template=cashback" in page
    assert not Program.objects.exists()


def test_another_program_can_begin_as_a_template(client, cafe) -> None:
    owner = make_staff(cafe)
    client.force_login(owner.user, "django.contrib.auth.backends.ModelBackend")
    shown = client.get("/dashboard/new/templates/giving/", {"for": cafe.slug}).content.decode()
    assert f"/dashboard/{cafe.slug}/another/?template=giving" in shown
    told = {**ASKED, "once": new_public_id(), "template": "giving"}
    client.post(f"/dashboard/{cafe.slug}/another/", told)
    assert cafe.merchant.programs.get(name__en="Baan Suan Club").rewards.count() == 3


@pytest.mark.parametrize("asked", ["//evil.example", "../..", "x" * 100, "%00"])
def test_a_strange_address_leads_nowhere_else(client, nina, asked) -> None:
    page = client.get("/dashboard/new/templates/giving/", {"for": asked, "currency": "XXX"})
    assert "/dashboard/new/?template=giving" in page.content.decode()
