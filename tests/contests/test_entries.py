"""What is sent in to a contest: entered, let in, voted for, marked, drawn, withdrawn."""

import hashlib

import pytest

from campaigns.contests import ranking
from campaigns.contests.models import ContestEntry, Standing, Vote
from loyalty.flows import contest_boards, contest_entries, contests, erase, merge
from loyalty.flows.contest_entries import (
    BadEntry,
    CannotVote,
    EnteredAlready,
    NotOpen,
    WorksHere,
)
from loyalty.flows.own_account import OwnAccount
from loyalty.sealing import unseal
from tests.at_once import times
from tests.contests.makers import DAY, enter, run
from tests.makers import NOON, make_member, make_staff


@pytest.fixture
def poll(cafe):
    return run(cafe, measure="votes")


def test_each_has_one_entry_and_a_number(poll, ana, ben):
    assert [enter(poll, who).number for who in (ana, ben)] == [1, 2]
    with pytest.raises(EnteredAlready):
        enter(poll, ana)


def test_a_second_click_enters_once(poll, ana):
    once = "2222222222222222"
    assert enter(poll, ana, public_id=once) == enter(poll, ana, public_id=once)


@pytest.mark.parametrize(
    "link",
    ["", "javascript:alert(1)", "ftp://example.org", "https://a b.org", "http://localhost/x",
     "https://me@example.org", "example.org", "https://[", "https://example.org/" + "a" * 500],
)  # fmt: skip
def test_a_link_is_a_web_page(poll, ana, link):
    with pytest.raises(BadEntry):
        enter(poll, ana, link=link)


def test_it_is_open_from_its_start_up_to_its_end(poll, ana):
    for at in (poll.starts_at - DAY, poll.ends_at):
        with pytest.raises(NotOpen):
            enter(poll, ana, now=at)


def test_who_works_here_takes_no_part(cafe, poll, ana):
    make_staff(cafe, email=ana.email)
    with pytest.raises(WorksHere):
        enter(poll, ana)


def test_staff_let_in_or_say_why_not_but_never_of_their_own(cafe, poll, ana, ben):
    judge = make_staff(cafe, email="olga@example.org")
    entry = enter(poll, ana, approve=False)
    with pytest.raises(BadEntry):
        contest_entries.decide(entry, approve=False, by=judge, now=NOON)
    contest_entries.decide(entry, approve=False, by=judge, now=NOON, reason="Not ours")
    assert enter(poll, ana, approve=False).state == "waiting"
    own = make_staff(cafe, email=ben.email)
    theirs = ContestEntry.objects.create(contest=poll, number=9, account=ben.account)
    with pytest.raises(OwnAccount):
        contest_entries.decide(theirs, approve=True, by=own, now=NOON)


def test_one_vote_a_member_which_may_move(poll, ana, ben):
    first, second = enter(poll, ana), enter(poll, ben)
    som = make_member(poll.program, "som@example.org")
    for entry in (first, first, second):
        contest_entries.vote(entry, som, now=NOON)
    votes = dict(ContestEntry.objects.values_list("number", "votes"))
    assert (votes, Vote.objects.count()) == ({1: 0, 2: 1}, 1)
    with pytest.raises(CannotVote):
        contest_entries.vote(first, ana, now=NOON)


def test_the_most_votes_stand_first_and_withdrawn_ones_nowhere(poll, ana, ben):
    first, second = enter(poll, ana), enter(poll, ben)
    voters = [make_member(poll.program, f"v{number}@example.org") for number in range(3)]
    for voter, entry in zip(voters, (first, second, second), strict=True):
        contest_entries.vote(entry, voter, now=NOON)
    contest_boards.count(poll, now=NOON)
    board = Standing.objects.order_by("place").values_list("account", "score")
    assert list(board) == [(ben.account_id, 2), (ana.account_id, 1)]
    assert contest_entries.withdraw(second, now=NOON)
    poll.refresh_from_db()
    contest_boards.count(poll, now=NOON)
    assert [it.account_id for it in Standing.objects.all()] == [ana.account_id]


@pytest.mark.django_db(transaction=True)
def test_two_votes_at_once_are_one(cafe, ana, ben):
    poll = run(cafe, measure="votes")
    entries = [enter(poll, ana), enter(poll, ben)]
    som = make_member(cafe, "som@example.org")

    def cast(number: int) -> None:
        contest_entries.vote(entries[number % 2], som, now=NOON)

    times(4, cast)
    assert Vote.objects.count() == 1
    assert sum(ContestEntry.objects.values_list("votes", flat=True)) == 1


def test_a_jury_gives_marks_and_the_average_counts(cafe, ana, ben):
    contest = run(cafe, measure="marks")
    judges = [make_staff(cafe, email=f"j{number}@example.org") for number in range(2)]
    first, second = enter(contest, ana), enter(contest, ben)
    for judge, points in zip(judges, (7, 8), strict=True):
        contest_entries.mark(first, points, by=judge, now=NOON)
    contest_entries.mark(second, 3, by=judges[0], now=NOON)
    contest_entries.mark(second, 9, by=judges[0], now=NOON)
    contest_boards.count(contest, now=NOON)
    assert list(Standing.objects.order_by("place").values_list("score", flat=True)) == [900, 750]


def test_a_draw_tells_the_hash_of_its_seed_before_and_the_seed_after(cafe, ana, ben):
    contest = run(cafe, measure="draw")
    for who in (ana, ben, make_member(cafe, "som@example.org")):
        enter(contest, who)
    seed = unseal(contest.seed, contest_boards.SEED)
    assert contest.commitment == hashlib.sha256(seed.encode()).hexdigest()
    contest_boards.keep(now=contest.freezes_at)
    contest.refresh_from_db()
    assert contest.seed == seed
    drawn = list(Standing.objects.order_by("place").values_list("score", flat=True))
    assert drawn == sorted([1, 2, 3], key=lambda n: ranking.ticket_hash(seed, contest.public_id, n))


def test_withdrawn_staff_and_waiting_entries_are_not_drawn(cafe, ana, ben):
    contest = run(cafe, measure="draw")
    gone, staff, waiting = (make_member(cafe, f"{it}@example.org") for it in "abc")
    contest_entries.withdraw(enter(contest, gone), now=NOON)
    enter(contest, staff)
    make_staff(cafe, email=staff.email)
    enter(contest, waiting, approve=False)
    enter(contest, ben)
    contest_boards.keep(now=contest.freezes_at)
    assert [it.account_id for it in Standing.objects.all()] == [ben.account_id]


def test_who_is_forgotten_leaves_no_words_and_no_vote(poll, ana, ben):
    mine, theirs = enter(poll, ana, words="My cup"), enter(poll, ben)
    contest_entries.vote(theirs, ana, now=NOON)
    erase.erase(ana, now=NOON)
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.words, mine.link, mine.state, theirs.votes) == ("", "", "withdrawn", 0)


def test_two_that_become_one_have_one_vote(cafe, poll, ana, ben):
    som, double = (make_member(cafe, f"{it}@example.org") for it in ("som", "double"))
    first, second = enter(poll, ana), enter(poll, ben)
    contest_entries.vote(first, som, now=NOON)
    contest_entries.vote(second, double, now=NOON)
    merge.merge(som, double, reason="One person", now=NOON, by=make_staff(cafe))
    assert dict(ContestEntry.objects.values_list("number", "votes")) == {1: 1, 2: 0}


def test_the_seed_is_not_to_be_read_before(cafe, ana):
    contest = run(cafe, measure="draw")
    assert "seed" not in contests.data_of(contest)
    assert len(contest.seed) > 64
