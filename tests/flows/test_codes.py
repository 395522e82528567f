"""Codes on products: taken once under fire, within limits, and what is behind them."""

from datetime import timedelta

import pytest
from django.db import transaction

from campaigns.codes.models import CodeBatch, CodeUse, ProductCode
from loyalty.flows import code_batches, codes, merge
from loyalty.flows.code_batches import BadBatch
from loyalty.flows.codes import CodeLimitReached, CodeRefused, PrizeGone
from loyalty.merchants.models import Program
from loyalty.rewards.models import Voucher
from tests import makers
from tests.at_once import at_once, times
from tests.makers import NOON, make_member, make_program, make_reward, make_staff, points


def make_batch(program: Program, kind: str = "single", **fields) -> CodeBatch:
    if "reward" not in fields:
        fields = {"points": 100, "wallet": program.wallets.get(code="points"), **fields}
    return code_batches.make(
        program, name={"en": "Cold brew"}, kind=kind, by=None, now=NOON, **fields
    )


def codes_of(batch: CodeBatch) -> list[str]:
    return [code for _number, code in code_batches.printed(batch)]


def test_a_code_has_twelve_symbols_and_none_is_kept(cafe):
    batch = make_batch(cafe, count=2)
    first, second = codes_of(batch)
    assert first != second
    assert len(first.replace("-", "")) == 12
    kept = f"{list(ProductCode.objects.values())}{list(CodeBatch.objects.values())}"
    assert first not in kept
    assert first.replace("-", "") not in kept


def test_a_code_is_told_as_people_type_it(ana):
    [code] = codes_of(make_batch(ana.program, count=1))
    codes.collect(ana, f"  {code.lower().replace('-', ' ')} ", now=NOON)
    assert points(ana) == 100


def test_rules_give_beside_the_batch(ana):
    makers.make_rule(ana.program, trigger="product_code", effect={"kind": "fixed", "points": 5})
    [code] = codes_of(make_batch(ana.program, count=1))
    collected = codes.collect(ana, code, now=NOON)
    assert list(collected.points.values()) == [105]


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"starts_at": NOON + timedelta(days=1)}, NOON),
        ({"ends_at": NOON + timedelta(days=1)}, NOON + timedelta(days=1)),
    ],
    ids=["early", "over"],
)
def test_a_code_gives_in_its_time(ana, fields, at):
    [code] = codes_of(make_batch(ana.program, count=1, **fields))
    with pytest.raises(CodeRefused):
        codes.collect(ana, code, now=at)


def test_wrong_used_and_over_sound_the_same(ana, ben):
    used, voided = codes_of(batch := make_batch(ana.program, count=2))
    codes.collect(ana, used, now=NOON)
    code_batches.void_code(batch, voided, by=None, now=NOON)
    told = set()
    for code in (used, voided, "AAAA-BBBB-CCCC", "", "\x00"):
        with pytest.raises(CodeRefused) as refused:
            codes.collect(ben, code, now=NOON)
        told.add(str(refused.value))
    assert len(told) == 1


def test_a_batch_that_is_voided_gives_nothing(ana):
    batch = make_batch(ana.program, "shared")
    code_batches.void(batch, by=None, now=NOON)
    with pytest.raises(CodeRefused):
        codes.collect(ana, codes_of(batch)[0], now=NOON)


def test_another_merchants_code_is_nobodys(ana):
    other = make_program("bakery")
    [code] = codes_of(make_batch(other, "shared", word="SUMMER"))
    with pytest.raises(CodeRefused):
        codes.collect(ana, code, now=NOON)


def test_limits_of_a_member(ana):
    made = codes_of(make_batch(ana.program, count=5, member_limit=3, member_daily_limit=2))
    for code in made[:2]:
        codes.collect(ana, code, now=NOON)
    with pytest.raises(CodeLimitReached):
        codes.collect(ana, made[2], now=NOON)
    codes.collect(ana, made[2], now=NOON + timedelta(days=1))
    with pytest.raises(CodeLimitReached):
        codes.collect(ana, made[3], now=NOON + timedelta(days=2))


def test_a_prize_is_a_voucher_and_a_code_is_not_lost_for_one_that_is_gone(ana, ben):
    reward = make_reward(ana.program, 10, stock=1)
    first, second = codes_of(make_batch(ana.program, count=2, reward=reward))
    assert codes.collect(ana, first, now=NOON).prize.voucher.status == Voucher.Status.READY
    with pytest.raises(PrizeGone):
        codes.collect(ben, second, now=NOON)
    assert ProductCode.objects.filter(used_at=None).count() == 1


def test_one_person_with_two_cards_has_a_code_once(ana, cafe):
    [code] = codes_of(make_batch(cafe, "shared"))
    twin = make_member(cafe, "twin@example.org")
    codes.collect(twin, code, now=NOON)
    merge.merge(ana, twin, reason="One person", now=NOON, by=make_staff(cafe))
    ana.refresh_from_db()
    assert not codes.collect(ana, code, now=NOON).is_new
    assert points(ana) == 100


def test_a_million_codes_are_refused_with_a_sentence(cafe):
    with pytest.raises(BadBatch, match="1 to 100,000 codes"):
        make_batch(cafe, count=1_000_000)


def test_large_batches_are_made_bite_by_bite(cafe, monkeypatch):
    monkeypatch.setattr(code_batches, "BITE", 4)
    batch = make_batch(cafe, count=10)
    assert batch.made == 4
    assert list(code_batches.make_due(now=NOON)) == [4, 2]
    batch.refresh_from_db()
    assert batch.made == 10
    assert len(set(codes_of(batch))) == ProductCode.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_two_members_at_one_code_and_one_has_it():
    program = make_program()
    ana, ben = (make_member(program, f"{name}@example.org") for name in ("ana", "ben"))
    for code in codes_of(make_batch(program, count=3)):
        answers = at_once(
            *(
                lambda it=it, code=code: codes.collect(it, code, now=NOON).is_new
                for it in (ana, ben, ana)
            )
        )
        assert "code_refused" in answers
        assert answers.count(True) == 1
    assert CodeUse.objects.count() == 3
    assert sum(points(it) for it in (ana, ben)) == 300


@pytest.mark.django_db(transaction=True)
def test_a_shared_code_keeps_its_total_under_fire():
    program = make_program()
    members = [make_member(program, f"m{number}@example.org") for number in range(6)]
    [code] = codes_of(make_batch(program, "shared", total_limit=4))
    answers = times(6, lambda number: codes.collect(members[number], code, now=NOON).is_new)
    assert answers.count(True) == 4
    assert answers.count("code_refused") == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_make_each_code_once(monkeypatch):
    program = make_program()
    monkeypatch.setattr(code_batches, "BITE", 20)
    with transaction.atomic():
        make_batch(program, count=100)
    times(3, lambda _number: list(code_batches.make_due(now=NOON)))
    assert ProductCode.objects.count() == 100
    assert CodeBatch.objects.get().made == 100
