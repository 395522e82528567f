"""Answers and contributions under fire, and when people are forgotten or become one."""

import pytest

from campaigns.contributions.models import Contribution
from campaigns.questions import BadAnswers
from loyalty.flows import answering, calls, contributions, deciding, erase, merge, surveys
from loyalty.flows.adjust import NeedsReason
from loyalty.flows.contributions import Handed
from loyalty.flows.own_account import OwnAccount
from loyalty.ledger import audit
from loyalty.ledger.models import Entry
from loyalty.messaging.models import Message
from loyalty.pictures import taking
from loyalty.pictures.models import Picture
from loyalty.pictures.taking import Drawn
from tests.at_once import times
from tests.makers import NOON, make_member, make_program, make_staff, points

POINTS = {"kind": "points", "wallet": "points", "points": 25}
WHY = {"key": "why", "kind": "long", "words": {"en": "Why?"}, "required": True}
NPS = {"key": "score", "kind": "nps"}


@pytest.fixture(autouse=True)
def _pictures_of_its_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def survey_of(program, **fields):
    made = surveys.save(
        program, None, by=None, now=NOON, name={"en": "How was it?"}, questions=[NPS, WHY | {
            "required": False}], prizes=[POINTS], **fields,
    )  # fmt: skip
    return surveys.become(made, "live", by=None, now=NOON)


def call_of(program, **fields):
    call = calls.save(
        program, None, by=None, now=NOON, name={"en": "Squad"}, questions=[WHY], prizes=[POINTS],
        most_pictures=2, **fields,
    )  # fmt: skip
    calls.switch(call, is_open=True, by=None, now=NOON)
    return call


def hand_in(member, call, why: str = "Coffee") -> Contribution:
    drawn = [Drawn(b"1", 1, 1)]
    return contributions.submit(
        member, call, Handed(answers={"why": why}, pictures=drawn), now=NOON
    )


@pytest.mark.django_db(transaction=True)
def test_a_survey_that_is_answered_eight_times_at_once_pays_once():
    cafe = make_program("cafe")
    ana, asked = make_member(cafe), survey_of(cafe)
    done = times(8, lambda number: answering.answer(ana, asked, {"score": number}, now=NOON))
    assert sorted(it.is_first for it in done) == [False] * 7 + [True]
    assert (points(ana), Entry.objects.count()) == (25, 1)
    assert not audit.breaches()


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_at_once_one_decides():
    cafe = make_program("cafe")
    made = hand_in(make_member(cafe), call_of(cafe))
    staff = [make_staff(cafe, "reviewer") for _each in range(4)]

    def decide(number: int):
        act = deciding.approve if number % 2 else deciding.reject
        return act(made, by=staff[number], now=NOON, reason="Because")

    done = times(4, decide)
    assert sum(it == "already_decided" for it in done) == 3
    made.refresh_from_db()
    assert Entry.objects.count() == (1 if made.state == "approved" else 0)
    assert Message.objects.filter(template="contribution_decided").count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_handed_in_four_times_at_once_is_there_once():
    cafe = make_program("cafe")
    ana, call = make_member(cafe), call_of(cafe)
    done = times(4, lambda _number: hand_in(ana, call))
    assert sum(it == "already_handed_in" for it in done) == 3
    assert Contribution.objects.count() == 1


def test_an_approval_that_is_undone_takes_back_what_it_gave(cafe, ana):
    owner, made = make_staff(cafe), hand_in(ana, call_of(cafe))
    for _round in range(2):
        deciding.approve(made, by=owner, now=NOON)
        assert points(ana) == 25
        deciding.undo(made, by=owner, now=NOON)
        assert points(ana) == 0
    assert not Message.objects.filter(template="contribution_decided").exists()
    assert not audit.breaches()


def test_nobody_decides_on_their_own_and_a_no_needs_a_reason(cafe, ana):
    owner, made = make_staff(cafe), hand_in(ana, call_of(cafe))
    with pytest.raises(NeedsReason):
        deciding.reject(made, by=owner, now=NOON, reason=" ")
    ana.user = owner.user
    ana.save()
    with pytest.raises(OwnAccount):
        deciding.approve(Contribution.objects.get(), by=owner, now=NOON)


def test_silence_earns_nothing(cafe, ana):
    asked = survey_of(cafe)
    for told in ({}, {"why": "No figure"}, {"score": 11}, {"score": True}, {"what": 1}, []):
        with pytest.raises(BadAnswers):
            answering.answer(ana, asked, told, now=NOON)
    assert not Entry.objects.exists()


def test_who_is_forgotten_leaves_no_word_and_no_picture(
    cafe, ana, django_capture_on_commit_callbacks
):
    answering.answer(ana, survey_of(cafe), {"score": 9, "why": "A secret"}, now=NOON)
    deciding.approve(hand_in(ana, call_of(cafe)), by=make_staff(cafe), now=NOON)
    file = taking.place(Picture.objects.get().file)
    account = ana.account_id
    with django_capture_on_commit_callbacks(execute=True):
        erase.erase(ana, now=NOON)
    assert not file.exists()
    assert not Contribution.objects.exists()
    assert list(cafe.surveys.get().askings.values_list("account", "score", "answers")) == [
        (account, 9, {})
    ]


def test_who_becomes_one_brings_along_what_they_said(cafe, ana, ben):
    owner, asked, call = make_staff(cafe), survey_of(cafe), call_of(cafe)
    answering.answer(ben, asked, {"score": 9}, now=NOON)
    made = hand_in(ben, call)
    done = merge.merge(ana, ben, reason="One person", now=NOON, by=owner)
    ana.refresh_from_db()
    assert not answering.answer(ana, asked, {"score": 3}, now=NOON).is_first
    deciding.approve(Contribution.objects.get(pk=made.pk), by=owner, now=NOON)
    assert points(ana) == 50
    assert Picture.objects.get().account_id == ana.account_id
    merge.part(done, reason="Two after all", now=NOON, by=owner)
    assert Contribution.objects.get().account_id == ben.account_id
