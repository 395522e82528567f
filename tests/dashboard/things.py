"""One thing of each kind, for pages that show a thing."""

from collections import defaultdict
from datetime import timedelta

from loyalty.flows import (
    activities,
    badges,
    campaigns,
    code_batches,
    endpoints,
    keys,
    locations,
    plans,
    rewards,
    rules,
    segments,
    team,
    tiers,
)
from loyalty.inbox.models import Arrival
from loyalty.merchants.models import Program, Role, Staff
from members import badges as holding
from tests.contests.cast import make_contests
from tests.dashboard.desk_things import make_desk_things, make_referral_things
from tests.dashboard.voices import make_voices
from tests.flows.games import make_challenge, make_followup, make_wheel
from tests.makers import NOON, make_member, make_staff
from tests.replays.lives import make_replay

Things = dict[str, dict[str, str]]


def make_rule(program: Program, by: Staff | None = None, **fields):
    fields.setdefault("name", {"en": "A point for 25 baht"})
    fields.setdefault("effect", {"kind": "per_spend", "points": 1, "per_minor": 2500})
    fields.setdefault("wallet", "points")
    return rules.save_rule(program, None, by=by, now=NOON, **fields)


def make_reward(program: Program, by: Staff | None = None, **fields):
    fields.setdefault("name", {"en": "Free coffee", "th": "กาแฟฟรี"})
    fields.setdefault("kind", "free_product")
    fields.setdefault("wallet", program.wallets.get(code="points"))
    fields.setdefault("price", 100)
    return rewards.save_reward(program, None, by=by, now=NOON, **fields)


def make_tiers(program: Program, by: Staff | None = None):
    """The base tier, and Gold from 500 baht in a calendar year."""
    base = tiers.save_tier(program, None, by=by, now=NOON, name={"en": "Member"}, threshold=0)
    gold = tiers.save_tier(
        program, None, by=by, now=NOON, name={"en": "Gold"}, threshold=50_000,
        multiplier_percent=150,
    )  # fmt: skip
    return base, gold


def make_campaign(program: Program, by: Staff | None = None):
    """A draft of a double day."""
    return campaigns.save(
        program, None, by=by, now=NOON, name={"en": "Double day"}, wallet="points",
        effect={"kind": "times", "percent": 200}, starts_at=NOON, ends_at=NOON + timedelta(days=1),
    )  # fmt: skip


def make_things(program: Program, owner: Staff) -> Things:
    """For each page by its name: what fills its address."""
    colleague = make_staff(program, Role.CASHIER)
    gone = make_staff(program, Role.CASHIER)
    gone.is_active = False
    gone.save()
    invitation = team.invite(
        program, email="new@example.org", role=Role.CASHIER, by=owner, now=NOON
    )
    shop = locations.save_location(
        program, None, code="siam", name={"en": "Siam"}, by=owner, now=NOON
    )
    key, _token = keys.create(program, name="Till", scopes=["members:read"], by=owner, now=NOON)
    endpoint, _secret = endpoints.make(program, name="Web shop", dialect="own", by=owner, now=NOON)
    came = Arrival.objects.create(endpoint=endpoint, event_id="1", topic="order", body=b"{}")
    campaign = make_campaign(program, owner)
    listed = segments.save(program, None, name={"en": "Testers"}, kind="list", by=owner, now=NOON)
    badge = badges.save(program, None, name={"en": "Regular"}, by=owner, now=NOON)
    plan = plans.save(program, None, event="win_back", days=30, by=owner, now=NOON)
    activity = activities.save(
        program, None, name={"en": "Follow us"}, kind="follow", proof="word", by=owner, now=NOON
    )
    batch = code_batches.make(
        program, name={"en": "Cold brew"}, kind="single", count=3, points=5, by=owner, now=NOON,
        wallet=program.wallets.get(code="points"),
    )  # fmt: skip
    rule, reward = make_rule(program, owner), make_reward(program, owner, uses_pool=True)
    _base, gold = make_tiers(program, owner)
    ids = {
        "tier": gold.public_id,
        "rule": rule.public_id,
        "reward": reward.public_id,
        "location": shop.public_id,
        "team": colleague.public_id,
        "key": key.public_id,
        "endpoint": endpoint.public_id,
        "arrival": came.public_id,
        "campaign": campaign.public_id,
        "challenge": make_challenge(program).public_id,
        "wheel": make_wheel(program).public_id,
        "followup": make_followup(program, reward).public_id,
        "badge": badge.public_id,
        "codes": batch.public_id,
        "plan": plan.public_id,
        "segment": listed.public_id,
        "activity": activity.public_id,
    }
    by_kind = {kind: {"slug": program.slug, "public_id": found} for kind, found in ids.items()}
    things: Things = defaultdict(lambda: {"slug": program.slug})
    for kind, pages in {
        "rule": ("rule", "rule_switch", "rule_archive", "rule_restore", "rule_move"),
        "reward": (
            "reward", "reward_switch", "reward_archive", "reward_restore", "reward_codes",
        ),
        "tier": ("tier", "tier_archive"),
        "location": ("location",),
        "team": ("team_person", "team_reset", "team_remove"),
        "key": ("key_revoke",),
        "endpoint": ("hook", "hook_secret", "hook_revoke"),
        "arrival": ("arrival", "arrival_again"),
        "segment": (
            "segment", "segment_edit", "segment_csv", "segment_upload", "segment_freeze",
            "segment_archive", "segment_restore",
        ),
        "badge": ("badge", "badge_edit", "badge_archive", "badge_restore"),
        "plan": ("plan", "plan_try", "plan_archive"),
        "activity": ("activity", "activity_archive", "activity_restore"),
        "codes": (
            "code_batch", "code_progress", "code_sheet", "code_table", "code_void",
            "code_void_one",
        ),
        "campaign": (
            "campaign", "campaign_edit", "campaign_schedule", "campaign_pause", "campaign_end",
            "campaign_archive", "campaign_restore", "campaign_replay",
            "campaign_lift",
        ),
        "challenge": ("challenge", "challenge_edit", "challenge_act"),
        "wheel": ("wheel", "wheel_edit", "wheel_act"),
        "followup": ("followup", "followup_edit", "followup_act"),
    }.items():  # fmt: skip
        things.update(dict.fromkeys(pages, by_kind[kind]))
    things["team_return"] = {"slug": program.slug, "public_id": gone.public_id}
    things["team_revoke"] = {"slug": program.slug, "public_id": invitation.public_id}
    holder = make_member(program, "holder@example.org", name="Hanna Holder")
    holding.give(holder, badge, key="test", at=NOON)
    things["segment_take_off"] = by_kind["segment"] | {"member": holder.public_id}
    things["badge_take"] = by_kind["badge"] | {"member": holder.public_id}
    tried = by_kind["campaign"] | {"replay": make_replay(campaign)}
    for page in ("campaign_tried", "campaign_tried_cancel", "campaign_tried_csv"):
        things[page] = tried
    things |= make_referral_things(program, holder)
    things["wallet"] = {"slug": program.slug, "code": "points"}
    things["settings_section"] = {"slug": program.slug, "section": "counting"}
    things |= _contests(program, owner)
    things["template"] = {"template": "cafe-stamps"}
    return things | make_desk_things(program, owner) | make_voices(program, owner)


def _contests(program: Program, owner: Staff) -> Things:
    people = [make_member(program, f"{name}@contests.example") for name in ("first", "second")]
    ids = make_contests(program, owner, *people)
    one = {"slug": program.slug, "public_id": ids["contest"]}
    pages = ("contest", "contest_extend", "contest_archive", "contest_restore", "contest_csv")
    poll = {"slug": program.slug, "public_id": ids["poll"]}
    entry = poll | {"entry": ids["contest_entry"]}
    draft = {"slug": program.slug, "public_id": ids["draft_contest"]}
    return dict.fromkeys(pages, one) | {
        "contest_edit": draft,
        "contest_promise": draft,
        "contest_picture": one | {"language": "en"},
        "contest_set_picture": one | {"language": "en"},
        "contest_entries": poll,
        "contest_decide": entry,
        "contest_mark": entry,
        "contest_entry_picture": entry,
    }
