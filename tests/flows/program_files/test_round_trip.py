"""A file says all of a program: loaded where it came from it changes nothing, elsewhere it makes
the same."""

import pytest

from loyalty.flows import campaigns, rewards, rules, tiers
from loyalty.management.demo import shop
from loyalty.merchants.models import AuditEntry, FileName
from tests.flows.program_files.files import ask, do, empty_program, summary, told
from tests.makers import NOON, make_reward, make_tiers

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(db):
    return shop.open_shop(NOON)


def test_loading_its_own_export_changes_nothing(demo) -> None:
    rows = AuditEntry.objects.count()
    loaded = do(demo, told(demo))
    assert not loaded.changes
    assert loaded.unchanged > 20
    assert AuditEntry.objects.count() == rows


def test_loading_it_into_a_new_program_makes_the_same(demo) -> None:
    text = told(demo)
    other = empty_program()
    do(other, text)
    assert told(other) == text
    assert not do(other, text).changes


def test_a_name_in_files_stays_when_the_thing_is_called_otherwise(cafe) -> None:
    text = told(cafe)
    assert "points-for-purchases:" in text
    rule = cafe.earning_rules.get()
    rules.save_rule(cafe, rule, by=None, now=NOON, name={"en": "Other"})
    assert summary(ask(cafe, text)) == ["changed rules.points-for-purchases"]
    assert "points-for-purchases:" in told(cafe)


def test_two_of_the_same_name_are_told_apart(cafe) -> None:
    make_reward(cafe)
    make_reward(cafe)
    text = told(cafe)
    assert "free-coffee:" in text
    assert "free-coffee-2:" in text


def test_a_name_without_latin_letters_is_numbered(cafe) -> None:
    make_reward(cafe, name={"th": "กาแฟฟรี"})
    make_reward(cafe, name={"th": "ชาฟรี"})
    assert not ask(cafe, told(cafe)).changes
    assert {"reward", "reward-2"} <= set(FileName.objects.values_list("name", flat=True))


def test_asking_changes_nothing(cafe) -> None:
    text = told(cafe).replace("pending_days: 0", "pending_days: 14")
    loaded = ask(cafe, text)
    assert [(it.path, it.before, it.after) for it in loaded.changes[0].fields] == [
        ("pending_days", 0, 14)
    ]
    cafe.refresh_from_db()
    assert cafe.pending_days == 0
    assert not AuditEntry.objects.exists()


def test_what_the_file_does_not_name_is_left_alone(cafe) -> None:
    make_reward(cafe)
    text = told(cafe).split("rewards:")[0]
    assert not ask(cafe, text).changes
    assert summary(do(cafe, text, prunes=True)) == [
        "archived rewards.free-coffee", "archived rules.points-for-purchases",
    ]  # fmt: skip
    assert cafe.rewards.get().archived_at
    assert cafe.earning_rules.get().archived_at


def test_what_was_archived_comes_back_under_its_name(cafe) -> None:
    reward = make_reward(cafe)
    text = told(cafe)
    rewards.archive_reward(reward, by=None, now=NOON)
    assert summary(do(cafe, text)) == ["made rewards.free-coffee"]
    assert cafe.rewards.get().archived_at is None


def test_what_a_thing_does_not_say_is_as_usual(cafe) -> None:
    make_reward(cafe, member_limit=2, from_rank=0)
    text = told(cafe).replace("    member_limit: 2\n", "")
    do(cafe, text)
    assert cafe.rewards.get().member_limit is None


def test_what_is_sold_meanwhile_stays_sold(cafe) -> None:
    reward = make_reward(cafe, stock=10)
    text = told(cafe)
    rewards.save_reward(cafe, reward, by=None, now=NOON, stock=7)
    assert not do(cafe, text).changes
    assert cafe.rewards.get().stock == 7


def test_the_order_of_the_file_is_the_order_of_the_catalog(cafe) -> None:
    for name in ("One", "Two", "Three"):
        rewards.save_reward(
            cafe, None, by=None, now=NOON, name={"en": name}, price=5, wallet=cafe.wallets.get()
        )
    text = told(cafe)
    start, end = text.index("  two:"), text.index("  three:")
    moved = text[:start] + text[end : text.index("rules:")] + text[start:end] + "rules: {}\n"
    loaded = do(cafe, moved)
    assert summary(loaded) == ["moved rewards"]
    assert not ask(cafe, text[: text.index("  one:")] + text[end : text.index("rules:")]).changes
    assert [str(it.name["en"]) for it in cafe.rewards.all()] == ["One", "Three", "Two"]
    assert not ask(cafe, moved).changes


def test_steps_of_the_ladder_can_all_be_moved_at_once(cafe) -> None:
    make_tiers(cafe, 0, 200_00, 500_00)
    text = told(cafe)
    raised = text.replace("'500.00'", "'1500.00'").replace("'200.00'", "'600.00'")
    do(cafe, raised)
    assert [tier.threshold for tier in cafe.tiers.all()] == [0, 600_00, 1500_00]
    do(cafe, text)
    assert [tier.threshold for tier in cafe.tiers.all()] == [0, 200_00, 500_00]


def test_tiers_and_rewards_name_each_other(cafe) -> None:
    _base, silver, _gold = make_tiers(cafe, 0, 200_00, 500_00)
    reward = make_reward(cafe, from_rank=1)
    tiers.save_tier(cafe, silver, by=None, now=NOON, entry_reward=reward)
    rule = {"kind": "tier", "ranks": [1, 2]}
    rules.save_rule(
        cafe, cafe.earning_rules.get(), by=None, now=NOON, conditions=[rule]
    )  # fmt: skip
    text = told(cafe)
    assert "from_tier: silver" in text
    assert "entry_reward: free-coffee" in text
    assert "{kind: tier, tiers: [silver, gold]}" in text
    other = empty_program()
    do(other, text)
    assert told(other) == text
    silver = other.tiers.get(name__en="Silver")
    assert other.rewards.get().from_rank == silver.rank == 100
    assert silver.entry_reward == other.rewards.get()


def test_a_campaign_goes_through_its_states(cafe) -> None:
    made = campaigns.save(
        cafe, None, by=None, now=NOON, name={"en": "Twice"}, wallet="points",
        effect={"kind": "times", "percent": 200}, starts_at="2026-07-01T00:00:00+07:00",
        ends_at="2026-07-02T00:00:00+07:00",
    )  # fmt: skip
    text = told(cafe)
    assert "starts_at: 2026-07-01 00:00" in text
    scheduled = text.replace(
        "ends_at: 2026-07-02 00:00", "ends_at: 2026-07-02 00:00\n    state: scheduled"
    )
    for state in ("scheduled", "paused", "scheduled"):
        do(cafe, scheduled.replace("state: scheduled", f"state: {state}"))
        made.refresh_from_db()
        assert made.state == state
    assert made.versions.count() == 2


def test_the_trail_says_what_was_loaded(cafe) -> None:
    do(cafe, told(cafe).replace("pending_days: 0", "pending_days: 14"))
    line = AuditEntry.objects.get(action="program.load")
    assert line.after["changed"] == ["program"]
    assert len(line.after["sha256"]) == 64
    assert AuditEntry.objects.filter(action="settings.change").count() == 1
