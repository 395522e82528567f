"""Above one's limit a second person decides: once, in time, within their own limit."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from loyalty.flows import adjust, proposals
from loyalty.flows.adjust import AboveLimit, NeedsReason
from loyalty.flows.own_account import OwnAccount
from loyalty.flows.proposals import AlreadyDecided, NeedsSecondPerson
from loyalty.merchants.models import AuditEntry, Program, Role
from members.models import Member, Proposal
from tests.at_once import times
from tests.makers import NOON, give, make_staff, points

NEXT_WEEK = NOON + timedelta(days=7)


@pytest.fixture
def cafe(cafe) -> Program:
    """The café, where reviewers may move 200 a month alone and managers 1,000."""
    Program.objects.update(adjustment_limits={"reviewer": 200, "manager": 1_000})
    cafe.refresh_from_db()
    return cafe


@pytest.fixture
def reviewer(cafe):
    return make_staff(cafe, Role.REVIEWER)


@pytest.fixture
def manager(cafe):
    return make_staff(cafe, Role.MANAGER)


@pytest.fixture
def owner(cafe):
    return make_staff(cafe)


def wish(member, number, *, by, key="one", now=NOON):
    """What the page for adjustments does."""
    return proposals.adjust_or_propose(
        member, member.program.wallets.get(), number, reason="A cold soup", key=key, now=now, by=by
    )


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_within_the_limit_nobody_else_is_asked(ana, reviewer) -> None:
    wish(ana, 200, by=reviewer)
    assert points(ana) == 200
    assert not Proposal.objects.exists()


def test_above_it_a_second_person_approves(ana, reviewer, manager) -> None:
    proposal = wish(ana, 500, by=reviewer)
    assert points(ana) == 0
    proposals.approve(proposal, now=NOON, by=manager)
    assert points(ana) == 500
    assert actions() == ["points.propose", "points.approve", "points.adjust"]


def test_the_month_counts(ana, ben, reviewer) -> None:
    wish(ana, 150, by=reviewer)
    assert isinstance(wish(ben, 51, by=reviewer, key="two"), Proposal)


def test_a_second_click_does_it_once(ana, reviewer) -> None:
    assert wish(ana, 200, by=reviewer) == wish(ana, 200, by=reviewer)
    assert wish(ana, 500, by=reviewer, key="two") == wish(ana, 500, by=reviewer, key="two")
    assert points(ana) == 200
    assert actions() == ["points.adjust", "points.propose"]


def test_it_can_be_declined_and_is_over_then(ana, reviewer, manager) -> None:
    proposal = wish(ana, 500, by=reviewer)
    proposals.decline(proposal, now=NOON, by=manager)
    with pytest.raises(AlreadyDecided):
        proposals.approve(proposal, now=NOON, by=manager)
    assert points(ana) == 0
    assert actions() == ["points.propose", "points.decline"]


def test_nobody_decides_on_their_own(ana, manager) -> None:
    proposal = wish(ana, 1_001, by=manager)
    for decide in (proposals.approve, proposals.decline):
        with pytest.raises(NeedsSecondPerson):
            decide(proposal, now=NOON, by=manager)
    with pytest.raises(IntegrityError, match="a_second_person_decides"), transaction.atomic():
        Proposal.objects.update(status="approved", decided_by=manager, decided_at=NOON)


def test_nobody_decides_for_an_account_of_their_own(ana, reviewer, manager) -> None:
    proposal = wish(ana, 500, by=reviewer)
    Member.objects.filter(pk=ana.pk).update(email=manager.user.email)
    with pytest.raises(OwnAccount):
        proposals.approve(proposal, now=NOON, by=manager)


def test_nor_asks_for_one(ana, reviewer, manager) -> None:
    proposal = wish(ana, 500, by=reviewer)
    Member.objects.filter(pk=ana.pk).update(email=reviewer.user.email)
    ana.refresh_from_db()
    with pytest.raises(OwnAccount):
        wish(ana, 500, by=reviewer, key="two")
    with pytest.raises(OwnAccount):
        proposals.approve(proposal, now=NOON, by=manager)


def test_the_limit_of_who_approves_counts_too(ana, ben, reviewer, manager, owner) -> None:
    proposals.approve(wish(ana, 900, by=reviewer), now=NOON, by=manager)
    proposal = wish(ben, 101, by=manager)
    other = wish(ben, 300, by=reviewer, key="two")
    with pytest.raises(AboveLimit):
        proposals.approve(other, now=NOON, by=manager)
    assert Proposal.objects.get(pk=other.pk).status == "waiting"
    proposals.approve(proposal, now=NOON, by=owner)
    assert points(ben) == 101


def test_after_a_week_it_is_too_late(ana, reviewer, manager) -> None:
    proposal = wish(ana, 500, by=reviewer)
    with pytest.raises(AlreadyDecided):
        proposals.approve(proposal, now=NEXT_WEEK, by=manager)
    proposals.approve(proposal, now=NEXT_WEEK - timedelta(seconds=1), by=manager)


def test_what_nobody_could_mean_is_not_asked_for(ana, reviewer) -> None:
    wallet = ana.program.wallets.get()
    for number, reason in ((500, " "), (10**9 + 1, "Joy")):
        with pytest.raises(NeedsReason):
            proposals.propose(ana, wallet, number, reason=reason, key="1", now=NOON, by=reviewer)


def test_undoing_the_work_of_others_counts_too(ana, reviewer, owner) -> None:
    give(ana, 1_000)
    wallet = ana.program.wallets.get()
    adjust.adjust(ana, wallet, -150, reason="Found out", key="1", now=NOON, by=owner)
    adjust.adjust(ana, wallet, -60, reason="Found out", key="2", now=NOON, by=owner)
    entries = ana.account.balances.get().entries
    adjust.undo(entries.get(key="adjust:1"), reason="A mistake", now=NOON, by=reviewer)
    with pytest.raises(AboveLimit):
        adjust.undo(entries.get(key="adjust:2"), reason="A mistake", now=NOON, by=reviewer)
    assert isinstance(wish(ana, 51, by=reviewer), Proposal)
    assert points(ana) == 940


def test_ones_own_mistake_is_mended_whatever_is_left(ana, reviewer) -> None:
    wish(ana, 200, by=reviewer)
    mine = ana.account.balances.get().entries.get()
    adjust.undo(mine, reason="The wrong Ana", now=NOON, by=reviewer)
    assert points(ana) == 0
    assert isinstance(wish(ana, 1, by=reviewer, key="two"), Proposal)


@pytest.mark.django_db(transaction=True)
def test_sixty_four_at_once_approve_once(ana, reviewer, owner) -> None:
    proposal = wish(ana, 500, by=reviewer)
    told = times(64, lambda _number: proposals.approve(proposal, now=NOON, by=owner))
    assert told.count("already_decided") == 63
    assert points(ana) == 500
    assert actions() == ["points.propose", "points.approve", "points.adjust"]
