"""How a board is counted, frozen and rewarded."""

from datetime import timedelta

import pytest

from campaigns.contests import ranking
from campaigns.contests.models import Contest, Standing, Winning
from loyalty.flows import contest_boards, contests, erase
from loyalty.flows.contests import ContestOver, ContestRefused
from loyalty.insights.contests import board_of
from loyalty.ledger import audit
from tests.at_once import times
from tests.contests.makers import DAY, bring, plan, points, row, run
from tests.makers import NOON, bring_back, buy, give, make_member, make_reward, make_staff
from tests.makers import points as has

HOUR = timedelta(hours=1)


def places(contest: Contest) -> list[tuple[str, int]]:
    rows = Standing.objects.filter(contest=contest).order_by("place")
    return [(str(it.account.member), it.score) for it in rows]


def counted(contest: Contest, *, now=NOON) -> list[tuple[str, int]]:
    assert contest_boards.count(contest, now=now)
    return places(contest)


def frozen(contest: Contest) -> Contest:
    contest_boards.keep(now=contest.freezes_at)
    contest.refresh_from_db()
    return contest


def test_who_spends_most_stands_first(cafe, ana, ben):
    contest = run(cafe)
    buy(ana, 50_00)
    buy(ben, 40_00)
    buy(ben, 20_00)
    assert counted(contest) == [("Ben", 60_00), ("Ana", 50_00)]


def test_of_two_with_as_much_whoever_had_it_first_stands_ahead(cafe, ana, ben):
    contest = run(cafe)
    buy(ana, 50_00, made_at=NOON + HOUR)
    buy(ben, 50_00)
    assert counted(contest) == [("Ben", 50_00), ("Ana", 50_00)]
    assert [it.is_tied for it in board_of(contest).top] == [True, True]


def test_what_is_outside_of_the_window_does_not_count(cafe, ana, ben):
    contest = run(cafe)
    buy(ana, 50_00, made_at=contest.starts_at)
    buy(ana, 50_00, made_at=contest.starts_at - timedelta(seconds=1))
    buy(ben, 50_00, made_at=contest.ends_at)
    assert counted(contest) == [("Ana", 50_00)]


def test_a_refund_moves_the_board_in_proportion(cafe, ana, ben):
    contest = run(cafe)
    bought = buy(ana, 80_00)
    buy(ben, 50_00)
    assert counted(contest)[0] == ("Ana", 80_00)
    bring_back(ana, bought, 40_00)
    assert counted(contest) == [("Ben", 50_00), ("Ana", 40_00)]


def test_points_are_counted_less_what_was_taken_back(cafe, ana, ben):
    give(ben, 500)
    contest = run(cafe, measure="points", wallet="points")
    bought = buy(ana, 80_00)
    buy(ben, 50_00)
    assert ("Ana", 80) in counted(contest)
    bring_back(ana, bought)
    assert [name for name, _score in counted(contest)] == ["Ben"]


def test_visits_are_days_by_the_contests_own_clock(cafe, ana):
    contest = run(cafe, measure="visits", time_zone="America/Los_Angeles")
    for hours in (0, 1, 10):  # NOON is 22:00 of the day before in Los Angeles.
        buy(ana, 10_00, made_at=NOON + hours * HOUR)
    assert counted(contest) == [("Ana", 2)]


def test_friends_join_in_one_window_and_buy_in_the_other(cafe, ana, ben):
    windows = {"buys_from": NOON + DAY, "buys_until": NOON + 9 * DAY, "freezes_at": NOON + 20 * DAY}
    contest = run(cafe, measure="referrals", **windows)
    bring(ana, bought=NOON + 2 * DAY)
    bring(ana, bought=NOON)  # Too early.
    bring(ana, joined=NOON + DAY, bought=NOON + 2 * DAY)  # Joined too late.
    bring(ben, bought=NOON + 2 * DAY)
    bring(ben, bought=NOON + 3 * DAY)
    bring(ben, bought=NOON + 3 * DAY, is_held=True)
    assert counted(contest) == [("Ben", 2), ("Ana", 1)]


def test_who_works_here_is_left_out(cafe, ana, ben):
    contest = run(cafe)
    make_staff(cafe, email=ana.email)
    buy(ana, 90_00)
    buy(ben, 50_00)
    assert counted(contest) == [("Ben", 50_00)]


def test_who_is_forgotten_is_gone_at_once(cafe, ana, ben):
    contest = run(cafe)
    buy(ana, 90_00)
    buy(ben, 50_00)
    counted(contest)
    erase.erase(ana, now=NOON)
    assert board_of(contest).top[0].name == "•••"
    assert counted(contest) == [("Ben", 50_00)]


def test_frozen_it_moves_no_more_and_its_hash_is_that_of_its_rows(cafe, ana, ben):
    contest = run(cafe)
    bought = buy(ana, 80_00)
    buy(ben, 50_00)
    contest = frozen(contest)
    assert contest.state == "done"
    board = list(Standing.objects.filter(contest=contest).order_by("place"))
    text = contest_boards.text_of(contest, board)
    assert contest.board_hash == ranking.hash_of(text)
    assert "ana@example.org" not in text
    bring_back(ana, bought)
    assert not contest_boards.count(contest, now=NOON + 9 * DAY)
    assert places(contest)[0] == ("Ana", 80_00)


def test_a_freeze_that_is_late_counts_as_if_it_were_in_time(cafe, ana, ben):
    contest = run(cafe)
    first, second = buy(ana, 80_00), buy(ana, 5_00)
    buy(ben, 50_00)
    bring_back(ana, second, 5_00, made_at=contest.freezes_at - HOUR)
    bring_back(ana, first, made_at=contest.freezes_at + HOUR)
    contest_boards.keep(now=contest.freezes_at + DAY)
    assert places(contest) == [("Ana", 80_00), ("Ben", 50_00)]


def test_prizes_are_given_by_place_once(cafe, ana, ben):
    coffee = {"kind": "reward", "reward": make_reward(cafe).public_id}
    contest = run(cafe, prizes=[
        row(1, 1, points(cafe, 100), coffee), row(2, 3, points(cafe, 10)),
    ])  # fmt: skip
    buy(ana, 80_00)
    buy(ben, 50_00)
    for _again in range(2):
        contest = frozen(contest)
    assert (has(ana), has(ben)) == (180, 60)
    assert ana.account.redemptions.count() == 1
    assert contest.state == "done"
    assert audit.breaches() == []


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_freeze_once_and_give_once(cafe, ana):
    contest = run(cafe)
    buy(ana, 80_00)

    def work(_number: int) -> None:
        contest_boards.keep(now=contest.freezes_at)

    times(4, work)
    assert has(ana) == 180
    assert Winning.objects.get().state == "given"


def test_a_prize_that_has_run_out_waits_and_is_given_when_there_is_more(cafe, ana):
    reward = make_reward(cafe, stock=1)
    contest = run(cafe, prizes=[row(1, 1, {"kind": "reward", "reward": reward.public_id})])
    buy(ana, 80_00)
    reward.stock = 0
    reward.save()
    contest = frozen(contest)
    won = Winning.objects.get()
    assert (won.state, bool(won.problem), contest.state) == ("owed", True, "frozen")
    reward.stock = 1
    reward.save()
    contest_boards.keep(now=contest.freezes_at + 2 * HOUR)
    won.refresh_from_db()
    assert (won.state, won.problem) == ("given", "")


def test_the_prize_of_who_was_forgotten_is_void(cafe, ana):
    contest = run(cafe)
    buy(ana, 80_00)
    contest_boards.freeze(contest, now=contest.freezes_at)
    erase.erase(ana, now=NOON)
    contest = frozen(contest)
    assert Winning.objects.get().state == "void"
    assert contest.state == "done"


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"ends_at": NOON - DAY}, "ends_at"),
        ({"freezes_at": NOON}, "freezes_at"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"measure": "referrals", "buys_from": NOON - 2 * DAY, "buys_until": NOON}, "buys_from"),
        ({"measure": "referrals", "buys_from": NOON, "buys_until": NOON}, "buys_until"),
        ({"measure": "referrals", "buys_from": NOON, "buys_until": NOON + 9 * DAY}, "freezes_at"),
        ({"measure": "referrals", "buys_from": NOON}, "buys_until"),
        ({"buys_from": NOON, "buys_until": NOON + DAY}, "buys_from"),
        ({"prizes": []}, "prizes"),
        ({"prizes": [{"first": 1, "last": 0, "gives": []}]}, "prizes.0.last"),
        ({"measure": "points"}, "wallet"),
        ({"measure": "luck"}, "measure"),
        ({"raised_to": 5}, "raised_to"),
        ({"name": {}}, "name"),
        ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_what_is_no_contest_is_told_field_by_field(cafe, told, field):
    with pytest.raises(ContestRefused) as refused:
        plan(cafe, **told)
    assert field in refused.value.facts["problems"]


def test_no_place_stands_in_two_rows(cafe):
    gives = points(cafe, 5)
    with pytest.raises(ContestRefused) as refused:
        plan(cafe, prizes=[row(1, 5, gives), row(5, 9, gives)])
    assert "Place 5 stands in two rows." in refused.value.facts["problems"]["prizes"]


def test_a_promise_is_kept_as_it_was_made_but_may_be_given_time(cafe, ana):
    contest = run(cafe)
    with pytest.raises(contests.ContestPromised):
        contests.save(cafe, contest, by=None, now=NOON, prizes=[row(1, 1, points(cafe, 1))])
    contests.save(cafe, contest, by=None, now=NOON, name={"en": "The great race"})
    contests.extend(contest, by=None, now=NOON, ends_at=NOON + 3 * DAY, freezes_at=NOON + 4 * DAY)
    buy(ana, 10_00, made_at=NOON + 2 * DAY)
    assert counted(Contest.objects.get(), now=NOON + 3 * DAY) == [("Ana", 10_00)]
    with pytest.raises(ContestRefused):
        contests.extend(contest, by=None, now=NOON, ends_at=NOON + DAY)
    with pytest.raises(ContestRefused):
        contests.extend(contest, by=None, now=NOON + 3 * DAY, ends_at=NOON + 5 * DAY)


def test_what_is_over_is_not_promised(cafe):
    contest = plan(cafe)
    with pytest.raises(ContestOver):
        contests.promise(contest, by=None, now=contest.ends_at)


def test_names_are_masked_without_a_yes(cafe, ana):
    contest = run(cafe)
    buy(ana, 10_00)
    counted(contest)
    assert board_of(contest).top[0].name == "A•••"
    ana.shown_names.create(contest=contest)
    assert board_of(contest).top[0].name == "Ana"


def test_somebody_far_down_sees_their_neighbours(cafe):
    contest = run(cafe)
    people = [make_member(cafe, f"m{number}@example.org") for number in range(16)]
    Standing.objects.bulk_create([
        Standing(contest=contest, account=it.account, score=99 - n, reached_at=NOON, place=n + 1)
        for n, it in enumerate(people)
    ])  # fmt: skip
    board = board_of(contest, own=people[13])
    assert [it.place for it in board.top] == list(range(1, 11))
    assert [it.place for it in board.around] == [12, 13, 14, 15, 16]
    assert (board.own.place, board.players) == (14, 16)
