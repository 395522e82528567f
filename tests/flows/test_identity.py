"""What follows when somebody has shown that an address is theirs, and how they leave."""

import pytest

from loyalty.flows import earn, identity, leave, profile
from loyalty.flows.join import join
from loyalty.flows.spending import MemberNotActive
from loyalty.merchants.models import AuditEntry, Program, User
from members.models import Member
from tests.makers import NOON, make_member, make_program, points, sale

ZOE = "zoe@example.org"


@pytest.fixture
def zoe(db):
    return User.objects.create_user(ZOE)


@pytest.fixture
def waiting(cafe):
    """A membership that was made at the till."""
    return make_member(cafe, ZOE)


def test_what_waits_under_an_address_becomes_theirs(zoe, waiting):
    identity.email_confirmed(zoe, email=ZOE, now=NOON)
    waiting.refresh_from_db()
    assert (waiting.user, waiting.email_verified_at) == (zoe, NOON)
    assert AuditEntry.objects.get().action == "member.link"


def test_what_was_bought_under_it_is_paid(zoe, waiting):
    earn.from_purchase(Program.objects.get(), sale(30_00, contact_email=ZOE), now=NOON)
    identity.email_confirmed(zoe, email=ZOE, now=NOON)
    assert points(waiting) == 30


def test_confirming_twice_changes_nothing(zoe, waiting):
    for _ in range(2):
        identity.email_confirmed(zoe, email=ZOE, now=NOON)
    assert AuditEntry.objects.count() == 1


def test_a_membership_of_somebody_else_stays_theirs(zoe, waiting):
    other = User.objects.create_user("other@example.org")
    Member.objects.update(user=other)
    identity.email_confirmed(zoe, email=ZOE, now=NOON)
    waiting.refresh_from_db()
    assert waiting.user == other
    assert waiting.email_verified_at is None


def test_nobody_becomes_two_members_of_a_program(zoe, waiting):
    own = make_member(waiting.program, "old@example.org", user=zoe)
    identity.email_confirmed(zoe, email=ZOE, now=NOON)
    waiting.refresh_from_db()
    own.refresh_from_db()
    assert waiting.user is None
    assert own.email == "old@example.org"


def test_each_program_is_asked(zoe, waiting):
    elsewhere = make_member(make_program("elsewhere"), ZOE)
    identity.email_confirmed(zoe, email=ZOE.upper(), now=NOON)
    assert set(zoe.memberships.all()) == {waiting, elsewhere}


def test_who_left_is_not_pulled_back_by_signing_in(zoe, waiting):
    leave.leave(waiting, now=NOON)
    identity.email_confirmed(zoe, email=ZOE, now=NOON)
    assert not zoe.memberships.exists()


def test_joining_finds_the_membership_that_waits_also_after_leaving(zoe, waiting):
    leave.leave(waiting, now=NOON)
    member = join(waiting.program, zoe, now=NOON, email_is_verified=True, name="Zoe")
    assert (member.pk, member.state, member.name) == (waiting.pk, "active", "Zoe")


def test_joining_fills_only_what_is_missing(zoe, waiting):
    Member.objects.update(name="Zoe of the till")
    member = join(waiting.program, zoe, now=NOON, email_is_verified=True, name="Z", birthday=None)
    assert member.name == "Zoe of the till"


def test_who_is_blocked_is_not_unblocked_by_joining(zoe, waiting):
    Member.objects.update(user=zoe, state="blocked")
    member = join(waiting.program, zoe, now=NOON, email_is_verified=True)
    assert member.state == "blocked"


def test_leaving_ends_spending_and_can_be_undone(ana):
    assert leave.leave(ana, now=NOON).state == "left"
    assert leave.come_back(ana, now=NOON).state == "active"
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["member.leave", "member.return"]


def test_who_is_blocked_does_not_leave_by_themselves(ana):
    Member.objects.update(state="blocked")
    ana.refresh_from_db()
    with pytest.raises(MemberNotActive):
        leave.leave(ana, now=NOON)


def test_joining_again_verifies_no_address_but_their_own(cafe, zoe):
    member = join(cafe, zoe, now=NOON, email_is_verified=True)
    earn.from_purchase(cafe, sale(30_00, contact_email="ana@example.org"), now=NOON)
    profile.change(member, now=NOON, email="ana@example.org")
    leave.leave(member, now=NOON)
    member = join(cafe, zoe, now=NOON, email_is_verified=True)
    assert (member.email_verified_at, points(member)) == (None, 0)


def test_an_address_that_has_changed_meanwhile_is_not_verified(cafe, zoe):
    shown = make_member(cafe, ZOE, user=zoe)
    Member.objects.filter(pk=shown.pk).update(email="ana@example.org")
    assert profile.verify_email(shown, now=NOON).email_verified_at is None
