"""Loading a program's promises once for each version."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from loyalty.earning import rulebook
from loyalty.earning.models import EarningRule
from loyalty.earning.rulebook import Rulebook, rulebook_for
from loyalty.merchants.models import Program
from tests.makers import TODAY, make_program

FIXED = {"kind": "fixed", "points": 5}


@pytest.fixture
def cafe(db: None) -> Program:
    """A café that has promised nothing yet."""
    return make_program("cafe")


def promise(program: Program, effect: dict[str, Any] = FIXED, **fields: Any) -> EarningRule:
    wallet = program.wallets.get(code="points")
    return EarningRule.objects.create(
        program=program, wallet=wallet, effect=effect, name={"en": "A rule"}, **fields
    )


def changed(program: Program) -> None:
    program.version += 1
    program.save()


def test_it_holds_the_program_as_plain_values(cafe):
    rule = promise(cafe, trigger="video")
    book = rulebook_for(cafe.pk, cafe.version)
    wallet = book.wallets[rule.wallet_id]
    assert (book.currency, book.zone.key, book.rounding) == ("THB", "Asia/Bangkok", "floor")
    assert (str(wallet.unit_one), wallet.is_spendable) == ("point", True)
    assert wallet.expires_on(TODAY) == TODAY.replace(year=2027)
    assert [one.source for one in book.rules["video"]] == [f"rule:{rule.pk}"]


def test_only_live_rules_of_the_program_are_in_it_in_their_order(cafe):
    second, first = promise(cafe, position=2), promise(cafe, position=1)
    promise(cafe, is_active=False)
    promise(cafe, archived_at=cafe.created_at)
    promise(make_program())
    assert [rule.id for rule in rulebook.load(cafe.pk).rules["purchase"]] == [first.pk, second.pk]


def test_history_is_asked_for_only_where_a_live_rule_needs_it(cafe):
    promise(cafe, conditions=[{"kind": "first_purchase"}])
    promise(cafe, trigger="video", conditions=[{"kind": "nth_activity", "n": 1}])
    promise(cafe, trigger="review", conditions=[{"kind": "returning", "days": 9}])
    promise(cafe, trigger="sign_up")
    book = rulebook.load(cafe.pk)
    assert book.counts_purchases == {"purchase"}
    assert book.counts_activities == {"video"}
    assert book.needs_last_purchase == {"review"}


def test_a_rule_that_cannot_be_read_gives_nothing_and_is_logged(cafe, caplog):
    promise(cafe)
    promise(cafe, {"kind": "from_the_future"})
    promise(cafe, conditions=[{"kind": "minimum_spend", "minor": "a lot"}])
    assert len(rulebook.load(cafe.pk).rules["purchase"]) == 1
    assert len(caplog.records) == 2


def test_it_is_loaded_with_three_queries(cafe, django_assert_num_queries):
    for _ in range(5):
        promise(cafe)
    with django_assert_num_queries(3):
        rulebook.load(cafe.pk)


@pytest.mark.django_db(transaction=True)
def test_it_is_kept_until_the_program_changes(cafe, django_assert_num_queries):
    promise(cafe)
    first = rulebook_for(cafe.pk, cafe.version)
    with django_assert_num_queries(0):
        assert rulebook_for(cafe.pk, cafe.version) is first
    promise(cafe)
    changed(cafe)
    newest = rulebook_for(cafe.pk, cafe.version)
    assert len(newest.rules["purchase"]) == 2
    with django_assert_num_queries(0):
        assert rulebook_for(cafe.pk, cafe.version - 1) is newest


@pytest.mark.django_db(transaction=True)
def test_a_change_that_was_rolled_back_is_never_kept(cafe):
    before = rulebook_for(cafe.pk, cafe.version)

    def try_a_change() -> Rulebook:
        with transaction.atomic():
            promise(cafe)
            changed(cafe)
            seen = rulebook_for(cafe.pk, cafe.version)
            transaction.set_rollback(True)
        return seen

    _inside(try_a_change)
    assert rulebook_for(cafe.pk, cafe.version - 1) is before


def _inside(act: Callable[[], Rulebook]) -> None:
    assert "purchase" in act().rules
