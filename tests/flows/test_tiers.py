"""Changing tiers and their policy: in order, on record, and counted again where it must be."""

from typing import Any

import pytest

from loyalty.flows import rewards, tiers
from loyalty.flows.tiers import RECOUNT, TierInUse, TooManyTiers
from loyalty.merchants.models import AuditEntry, JobRun, Program, Staff
from members.ladder import ladder_for
from members.models import Member, Tier
from members.tier_drafts import BadPolicy, BadTier
from tests.climbing import rank, spend
from tests.makers import NOON, TODAY, make_program, make_reward, make_staff, make_tiers


@pytest.fixture
def owner(cafe: Program) -> Staff:
    return make_staff(cafe)


def save(program: Program, threshold: int, name: str = "Silver", **fields: Any) -> Tier:
    tier = fields.pop("tier", None)
    return tiers.save_tier(
        program, tier, by=fields.pop("by", None), now=NOON, name={"en": name},
        threshold=threshold, **fields,
    )  # fmt: skip


def thresholds(program: Program) -> list[int]:
    program.refresh_from_db()
    return [rung.threshold for rung in ladder_for(program.pk, program.version).rungs]


def open_recounts(program: Program) -> int:
    return JobRun.objects.filter(job=RECOUNT, program=program, finished_at=None).count()


# --- Tiers ---------------------------------------------------------------------------------------


def test_tiers_are_made_from_the_base_up(cafe: Program, owner: Staff) -> None:
    before = cafe.version
    save(cafe, 0, "Member", by=owner)
    save(cafe, 500_00, "Gold", by=owner, multiplier_percent=150)
    assert thresholds(cafe) == [0, 500_00]
    assert cafe.version == before + 2
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.user) == ("tier.make", owner.user)
    assert (entry.after["threshold"], entry.after["multiplier_percent"]) == (500_00, 150)
    assert open_recounts(cafe) == 1


def test_a_tier_made_twice_is_made_once(cafe: Program) -> None:
    first = save(cafe, 0, public_id="abc")
    assert save(cafe, 0, public_id="abc") == first
    assert AuditEntry.objects.count() == 1


def test_a_tier_fits_between_two_others_without_moving_their_ranks(cafe: Program) -> None:
    base, gold = save(cafe, 0), save(cafe, 500_00)
    silver = save(cafe, 200_00)
    ranks = [tier.rank for tier in (base, silver, gold)]
    assert ranks == sorted(set(ranks))
    assert ranks[0] == 0
    gold.refresh_from_db()
    assert gold.rank == ranks[2]


def test_where_ranks_have_no_room_a_tier_is_refused(cafe: Program) -> None:
    make_tiers(cafe, 0, 500_00)
    with pytest.raises(BadTier) as refused:
        save(cafe, 200_00)
    assert "threshold" in refused.value.facts["problems"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"threshold": 200_00}, "threshold"),  # As much as another.
        ({"threshold": -1}, "threshold"),
        ({"threshold": 10**16}, "threshold"),
        ({"threshold": 900_00, "multiplier_percent": 99}, "multiplier_percent"),
        ({"threshold": 900_00, "entry_points": -1}, "entry_points"),
        ({"threshold": 900_00, "name": {"en": " "}}, "name"),
        ({"threshold": 900_00, "name": {"en": "x" * 121}}, "name"),
    ],
)
def test_a_tier_that_cannot_stand_is_refused(
    cafe: Program, fields: dict[str, Any], field: str
) -> None:
    make_tiers(cafe, 0, 200_00)
    told = {"name": {"en": "Gold"}, **fields}
    with pytest.raises(BadTier) as refused:
        tiers.save_tier(cafe, None, by=None, now=NOON, **told)
    assert field in refused.value.facts["problems"]
    assert thresholds(cafe) == [0, 200_00]


def test_the_first_tier_is_everybodys(cafe: Program) -> None:
    with pytest.raises(BadTier):
        save(cafe, 100_00)


def test_a_tier_stays_between_its_neighbours(cafe: Program) -> None:
    _base, silver, gold = make_tiers(cafe, 0, 200_00, 500_00)
    for tier, threshold in ((silver, 600_00), (gold, 100_00), (silver, 0)):
        with pytest.raises(BadTier):
            save(cafe, threshold, tier=tier)
    save(cafe, 499_99, tier=silver)
    assert thresholds(cafe) == [0, 499_99, 500_00]


def test_a_reward_of_another_program_welcomes_nobody(cafe: Program) -> None:
    make_tiers(cafe, 0)
    foreign = make_reward(make_program("bakery"))
    with pytest.raises(BadTier):
        save(cafe, 100_00, entry_reward=foreign)
    own = make_reward(cafe)
    assert save(cafe, 100_00, entry_reward=own).entry_reward == own


def test_a_reward_that_is_put_away_welcomes_nobody(cafe: Program) -> None:
    make_tiers(cafe, 0)
    reward = make_reward(cafe)
    rewards.archive_reward(reward, by=None, now=NOON)
    reward.refresh_from_db()
    with pytest.raises(BadTier):
        save(cafe, 100_00, entry_reward=reward)


def test_what_is_the_same_already_makes_no_new_version(cafe: Program) -> None:
    _base, silver = make_tiers(cafe, 0, 200_00)
    cafe.refresh_from_db()
    save(cafe, 200_00, tier=silver)
    assert Program.objects.get(pk=cafe.pk).version == cafe.version
    assert open_recounts(cafe) == 0


def test_only_another_threshold_asks_for_a_recount(cafe: Program) -> None:
    _base, silver = make_tiers(cafe, 0, 200_00)
    save(cafe, 200_00, "Argent", tier=silver, multiplier_percent=130)
    assert open_recounts(cafe) == 0
    save(cafe, 150_00, tier=silver)
    assert open_recounts(cafe) == 1


def test_a_recount_that_is_done_is_asked_for_again(cafe: Program) -> None:
    _base, silver = make_tiers(cafe, 0, 200_00)
    save(cafe, 150_00, tier=silver)
    JobRun.objects.update(finished_at=NOON, lease="somebody")
    save(cafe, 140_00, tier=silver)
    assert open_recounts(cafe) == 1
    assert JobRun.objects.get().lease == ""


def test_there_is_an_end_to_tiers(cafe: Program) -> None:
    Tier.objects.bulk_create(
        Tier(program=cafe, rank=rank, threshold=rank * 100, name={"en": str(rank)})
        for rank in range(tiers.MOST_TIERS)
    )
    with pytest.raises(TooManyTiers):
        save(cafe, 1_000_00)


# --- Putting them away ---------------------------------------------------------------------------


def test_a_tier_that_nobody_has_is_put_away(cafe: Program, owner: Staff) -> None:
    *_rest, gold = make_tiers(cafe, 0, 200_00, 500_00)
    tiers.archive_tier(gold, by=owner, now=NOON)
    assert thresholds(cafe) == [0, 200_00]
    assert AuditEntry.objects.latest("pk").action == "tier.archive"
    tiers.archive_tier(gold, by=owner, now=NOON)
    assert AuditEntry.objects.count() == 1


def test_a_tier_that_somebody_has_stays(ana: Member) -> None:
    _base, silver = make_tiers(ana.program, 0, 200_00)
    spend(ana, TODAY, 200_00)
    with pytest.raises(TierInUse) as refused:
        tiers.archive_tier(silver, by=None, now=NOON)
    assert refused.value.facts["members"] == 1
    assert rank(ana) == 1


def test_the_base_tier_stays(cafe: Program) -> None:
    base, _silver = make_tiers(cafe, 0, 200_00)
    with pytest.raises(TierInUse):
        tiers.archive_tier(base, by=None, now=NOON)


def test_a_new_tier_may_take_the_threshold_of_one_that_was_put_away(cafe: Program) -> None:
    _base, silver = make_tiers(cafe, 0, 200_00)
    tiers.archive_tier(silver, by=None, now=NOON)
    again = save(cafe, 200_00)
    assert again.rank > silver.rank


# --- The policy ----------------------------------------------------------------------------------


def test_a_policy_is_changed_on_record(cafe: Program, owner: Staff) -> None:
    make_tiers(cafe, 0, 200_00)
    tiers.save_policy(cafe, by=owner, now=NOON, window="rolling", grace_days=14)
    entry = AuditEntry.objects.get()
    assert entry.before == {"window": "calendar_year", "grace_days": 0}
    assert entry.after == {"window": "rolling", "grace_days": 14}
    cafe.refresh_from_db()
    ladder = ladder_for(cafe.pk, cafe.version)
    assert (ladder.window, ladder.grace_days) == ("rolling", 14)
    assert open_recounts(cafe) == 1


def test_a_policy_saved_unchanged_changes_nothing(cafe: Program) -> None:
    make_tiers(cafe, 0, 200_00)
    tiers.save_policy(cafe, by=None, now=NOON, window="calendar_year", notice_days=30)
    assert AuditEntry.objects.count() == 0


def test_grace_alone_moves_no_step(cafe: Program) -> None:
    make_tiers(cafe, 0, 200_00)
    tiers.save_policy(cafe, by=None, now=NOON, grace_days=14)
    assert open_recounts(cafe) == 0


@pytest.mark.parametrize(
    "fields",
    [{"kept_years": 11}, {"grace_days": -1}, {"notice_days": 400}, {"window": "moon"},
     {"measure": ""}, {"downgrade": "gone"}],
)  # fmt: skip
def test_a_policy_that_cannot_be_is_refused(cafe: Program, fields: dict[str, Any]) -> None:
    make_tiers(cafe, 0)
    with pytest.raises(BadPolicy) as refused:
        tiers.save_policy(cafe, by=None, now=NOON, **fields)
    assert set(refused.value.facts["problems"]) == set(fields)
