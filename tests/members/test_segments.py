"""Segments: each condition means the same of one member and of all, and a list stays a list."""

from datetime import timedelta

import pytest

from loyalty.flows import badges as badge_flow
from loyalty.flows import merge
from loyalty.flows import segments as flow
from loyalty.flows.segments import CodeUnknown, SegmentInUse, SegmentRefused
from loyalty.purchases.sale import SaleLine
from members import audience, badges, segments
from members.models import Member
from tests.makers import (
    NOON,
    bring_back,
    buy,
    make_member,
    make_program,
    make_rule,
    make_staff,
    make_tiers,
    points,
)

SOON = NOON + timedelta(hours=1)


def make(program, *conditions, **told):
    told.setdefault("name", {"en": "Some"})
    if conditions:
        told["conditions"] = list(conditions)
    return flow.save(program, None, by=None, now=NOON, **told)


def holds(segment, *people, at=SOON):
    """Who is in it: by the list of all, which must say the same as asking of each."""
    program = segment.program
    listed = set(Member.objects.filter(segments.members_of(segment, at=at)))
    moments = [(it.account_id, at) for it in people]
    known = audience.facts(program, [f"segment:{segment.public_id}"], moments)
    asked = {it for it, moment in zip(people, moments, strict=True) if known.get(moment)}
    assert listed & set(people) == asked
    return sorted(str(it) for it in asked)


def coffee(n=1, at=NOON, **fields):
    return SaleLine(name="Latte", product="LATTE", category="Coffee", amount_minor=50_00, **fields)


@pytest.fixture
def bought(ana, ben):
    """Ana bought coffee for 50 ten days ago and twice since; Ben once, 40 days ago."""
    for days in (10, 5, 1):
        at = NOON - timedelta(days=days)
        buy(ana, 50_00, coffee(), made_at=at, now=at, channel="app")
    at = NOON - timedelta(days=40)
    buy(ben, 20_00, made_at=at, now=at)
    return ana, ben


@pytest.mark.parametrize(
    ("condition", "who"),
    [
        ({"kind": "spent", "minor": 150_00, "days": 11}, ["Ana"]),
        ({"kind": "spent", "minor": 150_00, "days": 10}, []),
        ({"kind": "spent", "minor": 100_00, "days": 10}, ["Ana"]),
        ({"kind": "spent", "minor": 20_00, "compared": "at_most"}, ["Ben"]),
        ({"kind": "purchases", "count": 3}, ["Ana"]),
        ({"kind": "purchases", "count": 0, "compared": "at_most", "days": 30}, ["Ben"]),
        ({"kind": "last_purchase", "when": "before", "days": 30}, ["Ben"]),
        ({"kind": "last_purchase", "when": "within", "days": 30}, ["Ana"]),
        ({"kind": "last_purchase", "when": "within", "days": 30, "out": True}, ["Ben"]),
        ({"kind": "joined", "when": "within", "days": 30}, []),
        ({"kind": "joined", "when": "before", "days": 300}, ["Ana", "Ben"]),
        ({"kind": "bought", "codes": ["latte"], "times": 3}, ["Ana"]),
        ({"kind": "bought", "codes": ["COFFEE"], "of": "category", "times": 2, "days": 6}, ["Ana"]),
        ({"kind": "bought", "codes": ["COFFEE"], "of": "category", "times": 3, "days": 6}, []),
        ({"kind": "channel", "codes": ["APP"]}, ["Ana"]),
        ({"kind": "channel", "codes": ["app"], "out": True}, ["Ben"]),
        ({"kind": "location", "codes": ["siam"]}, []),
        ({"kind": "birthday_month"}, []),
    ],
)
def test_each_condition_means_the_right_members(bought, cafe, condition, who):
    assert holds(make(cafe, condition), *bought) == who


def test_what_came_back_is_no_spend_and_no_purchase(cafe, ana):
    sale = buy(ana, 50_00)
    spent = make(cafe, {"kind": "spent", "minor": 30_00})
    once = make(cafe, {"kind": "purchases", "count": 1})
    assert holds(spent, ana) == holds(once, ana) == ["Ana"]
    bring_back(ana, sale, 30_00)
    assert holds(spent, ana) == []
    assert holds(once, ana) == ["Ana"]
    bring_back(ana, sale, 20_00)
    assert holds(once, ana) == []


def test_tier_badge_and_birthday(cafe, ana, ben):
    make_tiers(cafe, 0, 100_00)
    buy(ana, 100_00)
    Member.objects.filter(pk=ben.pk).update(birthday="1990-06-30")
    badge = badge_flow.save(cafe, None, name={"en": "Regular"}, by=None, now=NOON)
    badges.give(ben, badge, key="a", at=NOON)
    cafe.refresh_from_db()
    assert holds(make(cafe, {"kind": "tier", "from_rank": 1}), ana, ben) == ["Ana"]
    assert holds(make(cafe, {"kind": "tier", "ranks": [0]}), ana, ben) == ["Ben"]
    assert holds(make(cafe, {"kind": "badge", "badges": [badge.public_id]}), ana, ben) == ["Ben"]
    assert holds(make(cafe, {"kind": "birthday_month"}), ana, ben) == ["Ben"]
    assert holds(make(cafe, {"kind": "birthday_month", "months": ["6"]}), ana, ben) == ["Ben"]
    assert holds(make(cafe, {"kind": "birthday_month", "months": ["7"]}), ana, ben) == []


def test_all_conditions_must_hold_and_nobody_elses_member_does(bought, cafe):
    other = make_member(make_program("other"), "zoe@example.org", name="Zoe")
    both = make(cafe, {"kind": "purchases", "count": 1}, {"kind": "channel", "codes": ["app"]})
    assert holds(both, *bought, other) == ["Ana"]


def test_a_frozen_list_stays_while_its_segment_moves_on(cafe, ana, ben):
    live = make(cafe, {"kind": "purchases", "count": 1})
    buy(ana, 10_00)
    frozen = flow.freeze(live, name={"en": "Then"}, by=None, now=SOON)
    buy(ben, 10_00)
    assert holds(live, ana, ben) == ["Ana", "Ben"]
    assert holds(frozen, ana, ben) == ["Ana"]


def test_a_list_knows_members_by_all_their_names(cafe, ana, ben):
    cleo = make_member(cafe, "cleo@example.org", name="Cleo", phone="+66812345678")
    dao = make_member(cafe, "dao@example.org", name="Dao", external_id="D-1")
    made = make(cafe, kind="list")
    lines = ["ANA@example.org ", "081 234 5678", "D-1", ben.card_code.lower(), "nobody", "", "\0"]
    listed = flow.put_on_list(made, lines, by=None, now=NOON)
    assert listed.added == 4
    assert list(listed.unknown) == ["nobody"]
    assert holds(made, ana, ben, cleo, dao) == ["Ana", "Ben", "Cleo", "Dao"]
    assert flow.put_on_list(made, lines, by=None, now=NOON).added == 0


def test_members_join_by_a_code_that_means_one_thing(cafe, ana, ben):
    made = make(cafe, kind="code", code="summer 26")
    assert flow.join(cafe, ana, "SUMMER26", now=NOON) == made
    assert flow.join(cafe, ana, " summer26", now=NOON) == made
    with pytest.raises(CodeUnknown):
        flow.join(cafe, ben, "winter", now=NOON)
    with pytest.raises(SegmentRefused):
        make(cafe, kind="code", code="SUMMER26")
    assert holds(made, ana, ben) == ["Ana"]


def test_who_becomes_one_is_on_the_lists_of_either(cafe, ana, ben):
    owner, made = make_staff(cafe), make(cafe, kind="list")
    flow.put_on_list(made, [ben.email], by=owner, now=NOON)
    done = merge.merge(ana, ben, reason="One person", now=SOON, by=owner)
    assert holds(made, ana) == ["Ana"]
    merge.part(done, reason="Two people", now=SOON, by=owner)
    assert holds(made, ana, ben) == ["Ben"]


def test_a_segment_that_is_used_is_not_put_away(cafe):
    made = make(cafe, {"kind": "purchases", "count": 1})
    rule = make_rule(cafe, conditions=[{"kind": "segment", "segments": [made.public_id]}])
    with pytest.raises(SegmentInUse):
        flow.archive(made, by=None, now=NOON)
    rule.archived_at = NOON
    rule.save()
    flow.archive(made, by=None, now=NOON)
    assert cafe.segments.kept().count() == 0


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({}, "conditions"), ({"conditions": [{"kind": "car"}]}, "conditions.0.kind"),
        ({"conditions": [{"kind": "spent"}]}, "conditions.0.minor"),
        ({"conditions": [{"kind": "spent", "minor": -1}]}, "conditions.0.minor"),
        ({"kind": "code", "code": "a"}, "code"), ({"kind": "magic"}, "kind"),
        ({"kind": "list", "name": {}}, "name"), ({"kind": "list", "name": {"en": "<b>\0"}}, "name"),
        ({"conditions": [{"kind": "last_purchase", "days": 10**9}]}, "conditions.0.days"),
    ],
)  # fmt: skip
def test_what_is_no_segment_is_refused_by_field(cafe, told, field):
    with pytest.raises(SegmentRefused) as refused:
        flow.save(cafe, None, by=None, now=NOON, **{"name": {"en": "A"}} | told)
    assert field in "".join(refused.value.facts["problems"])


def test_a_rule_for_a_segment_judges_by_what_came_before(cafe, ana):
    """The purchase that makes somebody a regular does not earn as a regular's yet."""
    regular = make(cafe, {"kind": "purchases", "count": 1})
    make_rule(
        cafe, effect={"kind": "fixed", "points": 7},
        conditions=[{"kind": "segment", "segments": [regular.public_id]}],
    )  # fmt: skip
    buy(ana, 10_00, made_at=NOON)
    assert points(ana) == 10
    buy(ana, 10_00, made_at=SOON)
    assert points(ana) == 27


def test_a_rule_may_leave_a_segment_out_and_ask_for_a_badge(cafe, ana, ben):
    testers = make(cafe, kind="list")
    flow.put_on_list(testers, [ben.email], by=None, now=NOON)
    badge = badge_flow.save(cafe, None, name={"en": "Regular"}, by=None, now=NOON)
    badges.give(ana, badge, key="a", at=NOON)
    for condition, given in (
        ({"kind": "segment", "segments": [testers.public_id], "out": True}, 7),
        ({"kind": "badge", "badges": [badge.public_id]}, 100),
    ):
        make_rule(cafe, effect={"kind": "fixed", "points": given}, conditions=[condition])
    for member in (ana, ben):
        buy(member, 10_00, made_at=SOON)
    assert (points(ana), points(ben)) == (117, 10)
