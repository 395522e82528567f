"""The front door: what it is, for strangers; where to, for everybody else."""

from tests.makers import make_member, make_staff
from tests.portal.conftest import phone_of, read, sign_in


def test_a_stranger_reads_what_it_is(client, cafe):
    page = read(client.get("/"))
    assert "Shops run their loyalty programs here" in page
    assert 'href="/p/cafe/"' in page


def test_an_empty_installation_has_a_front_door(client, db):
    page = read(client.get("/"))
    assert "Open a program" in page
    assert "Programs here" not in page


def test_many_programs_are_not_listed(client, cafe, monkeypatch):
    monkeypatch.setattr("loyalty.portal.landing.FEW", 0)
    assert 'href="/p/cafe/"' not in read(client.get("/"))


def test_who_has_one_card_is_there_at_once(ana):
    assert phone_of(ana).get("/")["Location"] == "/p/cafe/home/"


def test_who_has_several_chooses(ana, bakery):
    client = phone_of(ana)
    ana.refresh_from_db()
    make_member(bakery, ana.email, user=ana.user)
    page = read(client.get("/"))
    assert "Café points" in page
    assert "Bakery stamps" in page


def test_who_works_goes_to_work(cafe):
    assert sign_in(make_staff(cafe).user).get("/")["Location"] == "/dashboard/"


def test_who_works_and_collects_chooses(cafe):
    staff = make_staff(cafe)
    make_member(cafe, staff.user.email, user=staff.user)
    page = read(sign_in(staff.user).get("/"))
    assert "The programs that I run" in page
    assert "Café points" in page


def test_who_is_in_nothing_is_told_how(stranger):
    assert "You are in no program yet" in read(stranger.get("/"))
