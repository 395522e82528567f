from datetime import timedelta

import pytest
from django.db import transaction

from loyalty.flows import automatic
from loyalty.flows.daily import Day, full_cards
from loyalty.flows.rewards import save_reward, set_reward_active
from loyalty.ledger import audit, posting
from loyalty.ledger.models import Wallet
from loyalty.messaging.models import Message
from loyalty.rewards.models import Redemption, Reward, Voucher
from loyalty.rewards.shelf import shelf_for
from members.models import Member, Tier, TierStatus
from tests.at_once import times
from tests.makers import LATER, NOON, TODAY, make_member, make_reward, make_wallet, points

real = pytest.mark.django_db(transaction=True)


@pytest.fixture
def card(cafe):
    """Ten stamps are a free drink."""
    make_wallet(cafe, "stamps", kind=Wallet.Kind.STAMPS)
    return make_reward(cafe, 10, wallet="stamps", is_automatic=True)


def stamp(*members, count: int = 1, key: str, now=NOON, rank: int = 0, pending: int = 0):
    """Give stamps as earning does: judge, take what is due, write, finish."""
    program = members[0].program
    program.refresh_from_db()
    wallet = program.wallets.get(code="stamps")
    accounts = [member.account_id for member in members]
    book = posting.open_book(program.pk, program.time_zone, accounts, now=now)
    for account in accounts:
        posting.accrue(
            book, posting.held(book, account, wallet.pk), count, key=key, source="test", at=now,
            available_at=now + timedelta(days=pending), expires_on=LATER,
        )  # fmt: skip
    shelf = shelf_for(program.pk, program.version)
    issues = automatic.due(book, shelf, ranks=dict.fromkeys(accounts, rank))
    posting.write(book)
    return automatic.finish(book, issues)


def stamps(member) -> int:
    return points(member, "stamps")


def test_a_full_card_becomes_a_drink_and_starts_again(ana, card):
    for day in range(9):
        assert stamp(ana, key=f"day-{day}") == []
    [made] = stamp(ana, key="day-9")
    assert stamps(ana) == 0
    assert (made.reward_id, made.entry.points) == (card.pk, -10)
    assert made.voucher.status == Voucher.Status.READY
    assert Message.objects.get().context == {"voucher_id": made.voucher.pk}
    assert audit.breaches() == []


def test_a_card_is_given_as_often_as_it_is_full(ana, card):
    assert len(stamp(ana, count=34, key="many")) == 3
    assert stamps(ana) == 4
    assert audit.breaches() == []


def test_a_price_of_one_does_not_fill_a_transaction(ana, card):
    Reward.objects.update(price=1)
    assert len(stamp(ana, count=1_000, key="many")) == automatic.MOST_AT_ONCE


def test_pending_stamps_fill_no_card(ana, card):
    assert stamp(ana, count=10, key="pending", pending=3) == []


@pytest.mark.parametrize(
    ("fields", "given"),
    [
        ({"stock": 0}, 0),
        ({"stock": 2}, 2),
        ({"member_limit": 1, "member_limit_period": "day"}, 1),
        ({"uses_pool": True}, 0),
        ({"from_rank": 1}, 0),
        ({"starts_at": NOON + timedelta(1)}, 0),
        ({"ends_at": NOON}, 0),
        ({"is_active": False}, 0),
        ({"archived_at": NOON}, 0),
    ],
)
def test_where_a_card_cannot_be_given_stamps_stay(ana, card, fields, given):
    Reward.objects.update(**fields)
    assert len(stamp(ana, count=30, key="many")) == given
    assert stamps(ana) == 30 - 10 * given
    assert audit.breaches() == []


def test_stock_that_waits_for_a_partners_code_is_not_lost(ana, card):
    Reward.objects.update(uses_pool=True, stock=5)
    stamp(ana, count=30, key="many")
    card.refresh_from_db()
    assert card.stock == 5


def test_a_tier_may_open_a_card(ana, card):
    Reward.objects.update(from_rank=1)
    assert len(stamp(ana, count=10, key="silver", rank=1)) == 1


def test_the_limit_of_a_day_counts_what_was_given_before(ana, card):
    Reward.objects.update(member_limit=1, member_limit_period="day")
    assert len(stamp(ana, count=10, key="1")) == 1
    assert len(stamp(ana, count=10, key="2")) == 0
    assert len(stamp(ana, count=1, key="3", now=NOON + timedelta(1))) == 1


def test_many_members_fill_their_cards_in_one_book(ana, ben, card):
    made = stamp(ana, ben, count=20, key="many")
    accounts = sorted(it.account_id for it in made)
    assert accounts == sorted([ana.account_id] * 2 + [ben.account_id] * 2)
    assert audit.breaches() == []


def test_accounts_that_are_not_named_get_nothing(ana, ben, card):
    stamp(ana, ben, count=9, key="nearly")
    book = posting.open_book(
        card.program_id, "Asia/Bangkok", [ana.account_id, ben.account_id], now=NOON
    )
    for member in (ana, ben):
        held = posting.held(book, member.account_id, card.wallet_id)
        posting.accrue(
            book, held, 1, key="last", source="test", at=NOON, available_at=NOON, expires_on=LATER
        )
    shelf = shelf_for(card.program_id, 99)
    [issue] = automatic.due(book, shelf, ranks={ben.account_id: 0})
    assert issue.account_id == ben.account_id


def test_a_program_without_cards_costs_no_query(ana, django_assert_num_queries):
    book = posting.open_book(ana.program_id, "Asia/Bangkok", [ana.account_id], now=NOON)
    with django_assert_num_queries(0):
        assert automatic.finish(book, automatic.due(book, (), ranks={ana.account_id: 0})) == []


def test_a_card_that_is_not_full_costs_no_query(ana, card, django_assert_num_queries):
    shelf = shelf_for(card.program_id, 99)
    book = posting.open_book(ana.program_id, "Asia/Bangkok", [ana.account_id], now=NOON)
    with django_assert_num_queries(0):
        assert automatic.due(book, shelf, ranks={ana.account_id: 0}) == []


# --- What a full card waited for --------------------------------------------------------------


def catch_up(program, **kwargs) -> int:
    program.refresh_from_db()
    return automatic.catch_up(program, now=NOON, **kwargs)


def test_new_stock_is_given_to_the_cards_that_waited(ana, card):
    Reward.objects.update(stock=0)
    stamp(ana, count=10, key="1")
    Reward.objects.update(stock=1)
    for _twice in range(2):
        assert catch_up(ana.program) == 0
    assert (stamps(ana), Redemption.objects.count()) == (0, 1)
    assert audit.breaches() == []


def test_a_sweep_takes_bites_and_passes_by_who_may_not(cafe, card):
    Reward.objects.update(stock=0)
    people = [make_member(cafe, f"{number}@example.org") for number in range(5)]
    stamp(*people, count=10, key="1")
    Member.objects.filter(pk=people[0].pk).update(state=Member.State.BLOCKED)
    Reward.objects.update(stock=99, from_rank=1)
    silver = Tier.objects.create(program=cafe, rank=1, name={"en": "Silver"}, threshold=9)
    for person in people[1:]:
        TierStatus.objects.create(account=person.account, tier=silver, since_on=TODAY)
    after, bites = -1, 0
    while after:
        after, bites = catch_up(cafe, after=max(after, 0), limit=2), bites + 1
    assert bites == 3
    assert [stamps(person) for person in people] == [10, 0, 0, 0, 0]


def test_the_night_fills_the_cards_of_stamps_that_matured(ana, card):
    stamp(ana, count=10, key="pending", pending=3)
    ana.program.refresh_from_db()
    day = Day(program=ana.program, on=TODAY, clock=lambda: NOON + timedelta(days=3))
    for _twice in range(2):
        list(full_cards(day))
    assert (stamps(ana), Voucher.objects.count()) == (0, 1)
    assert audit.breaches() == []


def test_a_program_without_cards_has_nothing_to_catch_up(cafe):
    assert catch_up(cafe) == 0


# --- The shelf --------------------------------------------------------------------------------


@real
def test_the_shelf_is_read_once_a_version(cafe, django_assert_num_queries):
    make_reward(cafe, is_automatic=True)
    first = shelf_for(cafe.pk, cafe.version)
    with django_assert_num_queries(0):
        assert shelf_for(cafe.pk, cafe.version) is first
    set_reward_active(Reward.objects.get(), False, by=None, now=NOON)
    cafe.refresh_from_db()
    assert shelf_for(cafe.pk, cafe.version) == ()


def test_a_new_card_is_on_the_shelf_at_once(cafe):
    assert shelf_for(cafe.pk, cafe.version) == ()
    save_reward(
        cafe, None, by=None, now=NOON, name={"en": "Free drink"}, price=10,
        wallet=cafe.wallets.get(), is_automatic=True,
    )  # fmt: skip
    [shelved] = shelf_for(cafe.pk, cafe.version)
    assert (str(shelved.name), shelved.price) == ("Free drink", 10)


# --- At the same moment -----------------------------------------------------------------------


@real
def test_the_last_drink_goes_to_one_card_of_eight(cafe):
    make_wallet(cafe, "stamps", kind=Wallet.Kind.STAMPS)
    make_reward(cafe, 10, wallet="stamps", is_automatic=True, stock=1)
    people = [make_member(cafe, f"{number}@example.org") for number in range(8)]
    made = times(8, lambda number: give_in_one(people[number]))
    assert sorted(map(len, made)) == [0] * 7 + [1]
    assert sum(map(stamps, people)) == 70
    assert audit.breaches() == []


def give_in_one(member):
    with transaction.atomic():
        return stamp(Member.objects.get(pk=member.pk), count=10, key="card")
