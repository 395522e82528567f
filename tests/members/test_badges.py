"""A badge is held once, by whoever was given it."""

from datetime import timedelta

import pytest

from loyalty.flows import badges as flow
from loyalty.flows import merge
from loyalty.flows.badges import BadgeRefused
from loyalty.insights.own_data import own_data
from members import badges
from members.models import BadgeHeld
from tests.at_once import times
from tests.makers import NOON, make_member, make_staff


def make_badge(program, name="Regular"):
    return flow.save(program, None, name={"en": name}, by=None, now=NOON)


def names(member):
    return [str(it.badge) for it in badges.held_by(member)]


def test_a_badge_is_given_once_and_shown(cafe, ana):
    badge = make_badge(cafe)
    assert badges.give(ana, badge, key="a", at=NOON)
    assert not badges.give(ana, badge, key="a", at=NOON)
    assert not badges.give(ana, badge, key="b", at=NOON + timedelta(days=1))
    assert names(ana) == ["Regular"]
    assert own_data(ana)["badges"][0]["badge"] == {"en": "Regular"}


def test_what_was_taken_back_returns_by_another_cause_only(cafe, ana):
    badge = make_badge(cafe)
    badges.give(ana, badge, key="a", at=NOON)
    assert not badges.take_back(ana, badge, at=NOON, key="b")
    assert badges.take_back(ana, badge, at=NOON, key="a")
    assert not badges.take_back(ana, badge, at=NOON)
    assert not badges.give(ana, badge, key="a", at=NOON)
    assert names(ana) == []
    assert badges.give(ana, badge, key="c", at=NOON)
    assert names(ana) == ["Regular"]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_give_it_once(cafe, ana):
    badge = make_badge(cafe)
    given = times(6, lambda n: badges.give(ana, badge, key=f"k{n}", at=NOON))
    assert sorted(given) == [False] * 5 + [True]
    assert BadgeHeld.objects.count() == 1


def test_who_becomes_one_holds_what_either_held_and_parts_with_their_own(cafe, ana, ben):
    owner = make_staff(cafe)
    regular, critic = make_badge(cafe), make_badge(cafe, "Critic")
    badges.give(ana, regular, key="a", at=NOON)
    badges.give(ben, regular, key="b", at=NOON)
    badges.give(ben, critic, key="b", at=NOON)
    done = merge.merge(ana, ben, reason="One person", now=NOON, by=owner)
    assert set(names(ana)) == {"Regular", "Critic"}
    assert [it.member for it in badges.holders(critic)] == [ana]
    merge.part(done, reason="Two people", now=NOON, by=owner)
    assert names(ana) == ["Regular"]
    assert set(names(ben)) == {"Regular", "Critic"}


@pytest.mark.parametrize(
    "wrong", [{"name": {}}, {"name": {"en": "x" * 61}}, {"name": {"en": "A"}, "icon": "skull"}]
)
def test_what_is_no_badge_is_refused(cafe, wrong):
    with pytest.raises(BadgeRefused):
        flow.save(cafe, None, by=None, now=NOON, **wrong)


def test_another_programs_member_shows_nothing_of_it(cafe, ana):
    badges.give(ana, make_badge(cafe), key="a", at=NOON)
    assert names(make_member(cafe, "cleo@example.org")) == []
