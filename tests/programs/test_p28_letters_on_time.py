"""P28, event-based messages: each once, in the member's language, at the merchant's hour, and never
to somebody who asked for none.
"""

from datetime import UTC, date, datetime, timedelta

import pytest

from loyalty.flows import clock, letters
from loyalty.merchants.models import Program
from loyalty.messaging.models import Message
from members.models import Member
from tests.makers import buy, choose, give, make_member, make_rule, make_tiers

HOUR = timedelta(hours=1)
SIX_IN_THE_EVENING = 18
BIRTHDAY = date(1990, 12, 2)
THE_DAY = datetime(2027, 12, 1, 17, tzinfo=UTC)  # Midnight in Bangkok: 2 December begins.


@pytest.fixture
def evening(cafe: Program) -> Program:
    """A café that writes at six in the evening."""
    cafe.letter_hour = SIX_IN_THE_EVENING
    cafe.save()
    make_tiers(cafe, 0, 100_00)
    make_rule(cafe, trigger="membership_year", effect={"kind": "fixed", "points": 50})
    return cafe


def regular(program: Program, **fields) -> Member:
    """Has a birthday and an anniversary on the day, a tier to lose, and points that expire."""
    joined = datetime(2025, 12, 2, 5, tzinfo=UTC)
    member = make_member(program, birthday=BIRTHDAY, now=joined, **{"offers": True, **fields})
    give(member, 30, now=joined, expires_on=date(2028, 1, 1))
    buy(member, 150_00, made_at=datetime(2026, 6, 2, 5, tzinfo=UTC))
    Message.objects.all().delete()
    return member


def live_through_the_day() -> dict[int, list[tuple[int, str]]]:
    """What is sent in each hour of the day, to whom, by the hour of Bangkok."""
    sent: dict[int, list[tuple[int, str]]] = {}
    for hour in range(24):
        now = THE_DAY + hour * HOUR
        for _twice in range(2):
            clock.keep(clock=lambda now=now: now)
            letters.send_due(clock=lambda now=now: now)
        messages = Message.objects.filter(sent_at=now).values_list("account_id", "template")
        if messages:
            sent[hour] = sorted(messages)
    return sent


def test_each_letter_comes_once_and_at_the_hour(evening):
    ana = regular(evening)
    assert live_through_the_day() == {
        SIX_IN_THE_EVENING: [
            (ana.account_id, "birthday"),
            (ana.account_id, "points_earned"),  # Two years of membership.
            (ana.account_id, "points_expiring"),
            (ana.account_id, "tier_at_risk"),
        ]
    }


def test_letters_are_in_the_members_language(evening, mailoutbox):
    regular(evening, language="th", name="สมชาย")
    live_through_the_day()
    assert {letter.extra_headers["Content-Language"] for letter in mailoutbox} == {"th"}
    assert "สุขสันต์วันเกิด คุณสมชาย" in [letter.subject for letter in mailoutbox]


def test_who_asked_for_none_gets_none(evening, mailoutbox):
    regular(evening, letters=False, offers=False)
    assert live_through_the_day() == {}
    assert mailoutbox == []


def test_who_changes_their_mind_before_the_letter_leaves_gets_none(evening, mailoutbox):
    regular(evening)
    now = THE_DAY + SIX_IN_THE_EVENING * HOUR
    clock.keep(clock=lambda: now)
    for member in Member.objects.all():
        choose(member, account=False, offers=False)
    letters.send_due(clock=lambda: now)
    assert mailoutbox == []
    assert set(Message.objects.values_list("status", flat=True)) == {"dropped"}
