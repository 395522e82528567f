"""P28, letters that the merchant plans: once, at their hour, with a reason where not sent."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from loyalty.flows import campaigns, clock, letters, plans
from loyalty.merchants.models import Program
from loyalty.messaging.models import Message
from tests.makers import NOON, buy, make_member

BANGKOK = ZoneInfo("Asia/Bangkok")


def plan(program: Program, event: str, **fields):
    return plans.save(program, None, event=event, by=None, now=NOON, **fields)


def live_through(*day: int) -> dict[int, list[str]]:
    """What is sent in each hour of a day, by the hour of Bangkok."""
    sent: dict[int, list[str]] = {}
    for hour in range(24):
        now = datetime(*day, hour, 30, tzinfo=BANGKOK)
        for _twice in range(2):
            clock.keep(clock=lambda now=now: now)
            letters.send_due(clock=lambda now=now: now)
        if found := Message.objects.filter(sent_at=now).values_list("template", flat=True):
            sent[hour] = sorted(found)
    return sent


def test_p28_each_comes_once_on_its_day_and_at_its_hour(cafe, mailoutbox):
    joined = datetime(2025, 12, 5, 12, tzinfo=BANGKOK)
    ana = make_member(cafe, name="Ana", offers=True, now=joined)
    buy(ana, made_at=datetime(2026, 11, 5, 12, tzinfo=BANGKOK))
    Message.objects.all().delete()
    plan(cafe, "membership_day", hour=10)
    plan(cafe, "holiday", on=date(2026, 12, 5), hour=8)
    plan(cafe, "win_back", days=30, hour=18)
    assert live_through(2026, 12, 5) == {
        8: ["holiday"], 10: ["membership_day"], 18: ["win_back"],
    }  # fmt: skip
    assert "1 year with us, Ana!" in [letter.subject for letter in mailoutbox]
    assert live_through(2026, 12, 6) == {}


def test_p28_words_are_in_the_members_language(cafe, mailoutbox):
    make_member(cafe, "som@example.org", name="ส้ม", language="th", offers=True)
    plan(
        cafe, "holiday", on=date(2026, 4, 13), hour=9,
        subject={"en": "Happy Songkran, {name}", "th": "สุขสันต์วันสงกรานต์ คุณ{name}"},
        words={"en": "Come by.\n\nWe are open.", "th": "แวะมานะ\n\nเราเปิดร้าน"},
    )  # fmt: skip
    assert live_through(2027, 4, 13) == {9: ["holiday"]}
    [letter] = mailoutbox
    assert letter.subject == "สุขสันต์วันสงกรานต์ คุณส้ม"
    assert "แวะมานะ\n\nเราเปิดร้าน" in letter.body


def test_p28_who_declined_gets_none_and_the_log_says_why(cafe, mailoutbox):
    make_member(cafe, "no@example.org", offers=False)
    make_member(cafe, "", external_id="7", offers=True)
    plan(cafe, "holiday", on=date(2026, 12, 5), hour=8)
    assert live_through(2026, 12, 5) == {}
    assert mailoutbox == []
    assert set(Message.objects.values_list("status", "error")) == {
        ("dropped", "The member asked for no letters."),
        ("dropped", "The member is blocked, has left, or has no address."),
    }


def test_p28_a_campaign_is_told_of_to_those_whom_it_is_for(cafe, mailoutbox):
    make_member(cafe, "old@example.org", offers=True, now=NOON.replace(year=2024))
    make_member(cafe, "new@example.org", offers=True, now=NOON)
    at = datetime(2026, 6, 20, tzinfo=BANGKOK)
    made = campaigns.save(
        cafe, None, by=None, now=NOON, name={"en": "Welcome week"}, wallet="points",
        effect={"kind": "times", "percent": 200}, starts_at=at, ends_at=at + timedelta(days=7),
        conditions=[{"kind": "new_member", "days": 60}],
    )  # fmt: skip
    campaigns.schedule(made, by=None, now=NOON)
    plan(cafe, "campaign_start", days=2, hour=9)
    plan(cafe, "campaign_end", days=1, hour=9)
    assert live_through(2026, 6, 18) == {9: ["campaign_start"]}
    assert live_through(2026, 6, 19) == {}
    assert live_through(2026, 6, 25) == {9: ["campaign_end"]}
    assert {to for letter in mailoutbox for to in letter.to} == {"new@example.org"}
    assert mailoutbox[0].subject == "Welcome week"


def test_p28_a_letter_whose_plan_or_campaign_is_gone_is_not_sent(cafe, mailoutbox):
    make_member(cafe, offers=True)
    gone = plan(cafe, "holiday", on=date(2026, 12, 5), hour=8)
    early = datetime(2026, 12, 5, 1, tzinfo=BANGKOK)
    clock.keep(clock=lambda: early)
    assert Message.objects.get().status == "owed"
    plans.archive(gone, by=None, now=NOON)
    assert live_through(2026, 12, 5) == {}
    assert Message.objects.get().error == "The letter is planned no more."


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"event": "holiday"}, "Say on which day."),
        ({"event": "win_back", "days": 0}, "quiet days"),
        ({"event": "holiday", "on": date(2026, 1, 1), "words": {"en": "{secret}"}}, "knows no"),
    ],
)
def test_p28_a_plan_that_makes_no_sense_is_told(cafe, fields, told):
    with pytest.raises(plans.BadPlan, match=told):
        plan(cafe, **fields)
