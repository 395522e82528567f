"""What members agreed to, since when, and how we know."""

import pytest
from django.db import DatabaseError, connection, transaction

from loyalty.flows import by_hand, consent, enroll, join
from loyalty.merchants.models import AuditEntry, User
from members import consents
from members.consents import ACCOUNT, MAIL, OFFERS
from members.models import Consent, Member
from tests.api.conftest import make_caller
from tests.makers import NOON, choose, make_member, make_staff, wants

YES = {(MAIL, OFFERS): True}


def history(member: Member) -> list[tuple[str, bool, str, str]]:
    rows = Consent.objects.filter(member=member).order_by("pk")
    return list(rows.values_list("purpose", "is_given", "how", "by"))


def test_a_membership_is_written_about_until_it_is_declined(ana):
    assert wants(ana, ACCOUNT)
    choose(ana, account=False)
    assert not wants(ana, ACCOUNT)


def test_nothing_more_is_written_without_a_yes(ana):
    assert not wants(ana, OFFERS)
    choose(ana, offers=True)
    assert wants(ana, OFFERS)


def test_the_history_stays(ana):
    for wanted in (True, False, True):
        choose(ana, offers=wanted)
    assert [row[1] for row in history(ana)] == [True, False, True]
    assert {row.wording for row in Consent.objects.all()} == {consents.WORDING}


def test_the_same_again_changes_nothing(ana):
    for _time in range(2):
        choose(ana, account=True, offers=True)
    assert history(ana) == [("offers", True, "page", "")]


def test_a_row_is_never_changed(ana):
    choose(ana, offers=True)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE members_consent SET is_given = false")


def test_there_is_no_purpose_that_nobody_knows(ana):
    with pytest.raises(ValueError, match="Nobody is written to"):
        consent.choose(ana, {("mail", "gossip"): True}, how="page", now=NOON)


def test_who_agrees_is_asked_of_many_at_once(cafe, ana, ben, django_assert_num_queries):
    choose(ben, offers=True)
    choose(ana, account=False)
    with django_assert_num_queries(3):
        everybody = Member.objects.all()
        assert list(consents.who_agree(everybody, MAIL, OFFERS)) == [ben]
        assert list(consents.who_agree(everybody, MAIL, ACCOUNT)) == [ben]
        assert consents.choices_of([ana, ben])[ben.pk] == {
            (MAIL, ACCOUNT): True, (MAIL, OFFERS): True,
        }  # fmt: skip


# --- By which way they told us --------------------------------------------------------------------


def test_whoever_joins_says_so_themselves(cafe):
    user = User.objects.create_user("dao@example.org")
    dao = join.join(cafe, user, now=NOON, email_is_verified=True, choices=YES)
    assert history(dao) == [("offers", True, "page", "")]


def test_joining_alone_is_no_yes(cafe):
    assert history(enroll.enroll(cafe, now=NOON, email="dao@example.org")) == []


def test_who_comes_back_may_choose_anew(cafe):
    user = User.objects.create_user("dao@example.org")
    dao = make_member(cafe, "dao@example.org", user=user, offers=True)
    join.join(cafe, user, now=NOON, email_is_verified=True, choices={(MAIL, OFFERS): False})
    assert not wants(dao, OFFERS)


def test_staff_write_down_what_they_were_told_and_it_is_on_record(cafe):
    cashier = make_staff(cafe, "cashier")
    dao = by_hand.enroll(cafe, now=NOON, by=cashier, email="dao@example.org", choices=YES)
    assert history(dao) == [("offers", True, "staff", f"staff:{cashier.pk}")]
    assert AuditEntry.objects.get(action="member.consent").told.after == {"mail/offers": True}


def test_machines_write_down_what_they_were_told(cafe):
    till = make_caller(cafe)
    said = [{"purpose": "offers", "given": True}]
    told = till.post("members", {"email": "dao@example.org", "consents": said}).json()
    assert {"channel": "mail", "purpose": "offers", "given": True} in told["consents"]
    changed = till.patch(
        f"members/{told['id']}",
        {"consents": [{"channel": "mail", "purpose": "account", "given": False}]},
    ).json()
    assert {"channel": "mail", "purpose": "account", "given": False} in changed["consents"]
    assert [row[2] for row in history(Member.objects.get())] == ["api", "api"]
