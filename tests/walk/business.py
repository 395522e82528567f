"""Two businesses with one of everything: our café, and a bakery that nobody of ours may see."""

from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from campaigns.referrals.models import Referral
from campaigns.referrals.signals import Signal
from loyalty.flows import (
    activities,
    adjust,
    badges,
    by_hand,
    campaigns,
    code_batches,
    endpoints,
    keys,
    locations,
    merge,
    plans,
    profile,
    proposals,
    redeem,
    referral_desk,
    referral_terms,
    referrals,
    rewards,
    rules,
    segments,
    team,
    tiers,
)
from loyalty.inbox.models import Arrival
from loyalty.ledger.models import Wallet
from loyalty.merchants.keys import SCOPES
from loyalty.merchants.models import JobRun, Merchant, Program, Role, Staff, User
from loyalty.messaging.models import Message
from loyalty.public_ids import new_public_id
from loyalty.purchases.models import Refund
from loyalty.rewards import codes
from members import badges as holding
from members.models import Member
from tests.contests.cast import make_contests
from tests.flows.games import make_challenge, make_followup, make_wheel
from tests.makers import (
    NOON,
    TODAY,
    bring_back,
    buy,
    do,
    give,
    make_member,
    make_program,
    make_reward,
    make_staff,
    make_wallet,
)  # fmt: skip
from tests.replays.lives import ask_for, make_replay
from tests.walk import voices

PASSWORD = "a good pass phrase"  # noqa: S105 - of nobody
PHONES = {"cafe": "081 222 3344", "bakery": "081 700 7707"}


@dataclass
class Business:
    """A merchant with a program. ``ids`` are what addresses, bodies and headers may name."""

    program: Program
    staff: dict[str, Staff]
    member: Member
    ids: dict[str, str]
    keys: dict[str, str] = field(default_factory=dict)  # The tokens, by scope; "all" and "revoked".


def make_business(slug: str) -> Business:
    """What a year of work leaves: each kind of row that there is."""
    merchant = Merchant.objects.create(name=slug.title())
    program = make_program(slug, merchant, pay_points=1, pay_minor=100)
    make_wallet(program, f"{slug}-stamps", kind=Wallet.Kind.STAMPS)
    staff = {role: make_staff(program, role, f"{role}@{slug}.example") for role in Role.values}
    owner = staff[Role.OWNER]
    gone = make_staff(program, Role.OWNER, f"gone@{slug}.example")
    Staff.objects.filter(pk=gone.pk).update(is_active=False)
    for post in (*staff.values(), gone):
        EmailAddress.objects.create(
            user=post.user, email=post.user.email, primary=True, verified=True
        )
    ids = {
        "slug": slug,
        "wallet": f"{slug}-stamps",
        "section": "counting",
        "figure": "issued",
        "template": "cafe-stamps",
    }
    ids |= _promises(program, owner)
    ids |= _codes(program, owner)
    ids |= _plans(program, owner)
    ids |= _activities(program, owner)
    member = make_customer(program, f"mia@{slug}.example")
    ids |= _history(program, member, staff)
    ids |= {
        "staff": staff[Role.CASHIER].public_id,
        "gone": gone.public_id,
        "card": member.card_code,
        "member": member.public_id,
        "program": program.public_id,
    }
    ids |= _referrals(program, member, owner)
    business = Business(program, staff | {"gone": gone}, member, ids)
    _give_keys(business, owner)
    return business


def _referrals(program: Program, member: Member, owner: Staff) -> dict[str, str]:
    """A friend of theirs who waits for a decision, one who was refused, and somebody new."""
    program = Program.objects.get(pk=program.pk)
    prize = {"kind": "points", "wallet": "points", "points": 5}
    referral_terms.save(
        program, by=owner, now=NOON, is_on=True, advocate_prize=prize, friend_prize=prize
    )
    member.program = program
    code, brought = referrals.code_of(member), {}
    for name in ("referral", "refused_referral"):
        friend = make_member(program, f"{name}@{program.slug}.example", name=f"Friend {name}")
        it = referrals.bring(friend, code, now=NOON)
        assert it is not None
        Referral.objects.filter(pk=it.pk).update(
            is_held=True, held_at=NOON, signals=[Signal("device", 100, True).written()]
        )
        brought[name] = it
    referral_desk.refuse(brought["refused_referral"], by=owner, now=NOON, reason="One person")
    newcomer = make_member(program, f"newcomer@{program.slug}.example", now=NOON)
    return {name: it.public_id for name, it in brought.items()} | {
        "invite_code": code, "newcomer": newcomer.public_id,
    }  # fmt: skip


def make_customer(program: Program, email: str) -> Member:
    """A member who signs in."""
    user = User.objects.create_user(email, PASSWORD, name=f"Customer of {program.slug}")
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    member = make_member(
        program, email, user=user, name=f"Mia of {program.slug}", external_id=email
    )
    profile.verify_email(member, now=NOON)
    member.refresh_from_db()
    return member


def _promises(program: Program, owner: Staff) -> dict[str, str]:
    facts = {"by": owner, "now": NOON}
    rule = rules.save_rule(
        program, None, name={"en": "A point a baht"}, wallet="points",
        effect={"kind": "per_spend", "points": 1, "per_minor": 100}, **facts,
    )  # fmt: skip
    second = rules.save_rule(
        program, None, name={"en": "Welcome"}, wallet="points", trigger="sign_up",
        effect={"kind": "fixed", "points": 5}, **facts,
    )  # fmt: skip
    gone_rule = rules.save_rule(
        program, None, name={"en": "Old"}, wallet="points",
        effect={"kind": "per_spend", "points": 1, "per_minor": 500}, **facts,
    )  # fmt: skip
    rules.archive_rule(gone_rule, **facts)
    reward = rewards.save_reward(
        program, None, name={"en": "Free coffee"}, kind="free_product", price=10,
        wallet=program.wallets.get(code="points"), description={"en": "Small"}, **facts,
    )  # fmt: skip
    pool = rewards.save_reward(
        program, None, name={"en": "Cinema"}, kind="free_product", price=10, uses_pool=True,
        wallet=program.wallets.get(code="points"), **facts,
    )  # fmt: skip
    gone_reward = rewards.save_reward(
        program, None, name={"en": "Mug"}, kind="free_product", price=90,
        wallet=program.wallets.get(code="points"), **facts,
    )  # fmt: skip
    rewards.archive_reward(gone_reward, **facts)
    tiers.save_tier(program, None, name={"en": "Friend"}, threshold=0, **facts)
    gold = tiers.save_tier(program, None, name={"en": "Gold"}, threshold=50_000, **facts)
    shop = locations.save_location(
        program, None, code=f"{program.slug}-1", name={"en": "Siam"}, **facts
    )
    hook, _secret = endpoints.make(program, name="Web shop", dialect="shopify", **facts)
    arrival = Arrival.objects.create(
        endpoint=hook, event_id="1", topic="orders/create", body=b"{}", status="dead",
        reason="unreadable", detail="No such order", arrived_at=NOON,
    )  # fmt: skip
    campaigned = _campaigns(program, owner) | voices.promises(program, owner)
    return (
        campaigned
        | _badges(program, owner)
        | _segments(program, owner)
        | {
            "challenge": make_challenge(program).public_id,
            "wheel": make_wheel(program).public_id,
            "followup": make_followup(program, reward).public_id,
            "rule": rule.public_id,
            "second_rule": second.public_id,
            "archived_rule": gone_rule.public_id,
            "archived_reward": gone_reward.public_id,
            "reward": reward.public_id,
            "pool": pool.public_id,
            "tier": gold.public_id,
            "location": shop.public_id,
            "hook": hook.public_id,
            "arrival": arrival.public_id,
        }
    )


def _activities(program: Program, owner: Staff) -> dict[str, str]:
    follow, gone = (
        activities.save(
            program, None, name={"en": f"Follow {program.slug}"}, kind="follow", subject=subject,
            proof="word", points=5, by=owner, now=NOON,
        )
        for subject in ("facebook", "line")
    )  # fmt: skip
    activities.archive(gone, by=owner, now=NOON)
    return {"activity": follow.public_id, "archived_activity": gone.public_id}


def _plans(program: Program, owner: Staff) -> dict[str, str]:
    plan = plans.save(program, None, event="win_back", days=30, by=owner, now=NOON)
    return {"plan": plan.public_id}


def _codes(program: Program, owner: Staff) -> dict[str, str]:
    printed = code_batches.make(
        program, name={"en": "Cold brew"}, kind="single", count=3, points=5, by=owner, now=NOON,
        wallet=program.wallets.get(code="points"),
    )  # fmt: skip
    code = code_batches.printed(printed)[0][1]
    return {"codes": printed.public_id, "product_code": code.replace("-", "")}


def _campaigns(program: Program, owner: Staff) -> dict[str, str]:
    """One that is promised, one that is written, one that was put away."""
    made = {
        name: campaigns.save(
            program, None, name={"en": name}, wallet="points", by=owner, now=NOON,
            trigger="purchase", effect={"kind": "times", "percent": 200},
            starts_at="2030-06-01T00:00:00+07:00", ends_at="2030-06-02T00:00:00+07:00",
            stacking="multiply", priority=0,
        )
        for name in ("campaign", "draft", "archived_campaign")
    }  # fmt: skip
    campaigns.schedule(made["campaign"], by=owner, now=NOON)
    made["own_days"] = campaigns.save(
        program, None, name={"en": "My days"}, wallet="points", by=owner, now=NOON,
        effect={"kind": "times", "percent": 200}, conditions=[{"kind": "own_days", "days": 3}],
        starts_at="2026-06-01T00:00:00+07:00", ends_at="2031-06-02T00:00:00+07:00",
    )  # fmt: skip
    campaigns.schedule(made["own_days"], by=owner, now=NOON)
    campaigns.archive(made["archived_campaign"], by=owner, now=NOON)
    tried, open_one = make_replay(made["draft"]), ask_for(made["archived_campaign"])
    ids = {name: campaign.public_id for name, campaign in made.items()}
    return ids | {"replay": tried, "open_replay": open_one.public_id}


def _segments(program: Program, owner: Staff) -> dict[str, str]:
    """One of each kind, and one that was put away."""
    facts = {"by": owner, "now": NOON}
    recent = [{"kind": "joined", "when": "before", "days": 30}]
    told = {
        "segment": {"conditions": recent},
        "archived_segment": {"conditions": recent},
        "list": {"kind": "list"},
        "by_code": {"kind": "code", "code": f"{program.slug}-26"},
    }
    made = {
        name: segments.save(program, None, name={"en": name}, **its, **facts)
        for name, its in told.items()
    }
    segments.archive(made["archived_segment"], **facts)
    listed = make_member(program, f"listed@{program.slug}.example")
    segments.put_on_list(made["list"], [listed.email], **facts)
    ids = {name: segment.public_id for name, segment in made.items()}
    return ids | {"listed": listed.public_id, "join_code": made["by_code"].code}


def _badges(program: Program, owner: Staff) -> dict[str, str]:
    """One that somebody holds, one that was put away."""
    made = {
        name: badges.save(program, None, name={"en": name}, by=owner, now=NOON)
        for name in ("badge", "archived_badge")
    }
    badges.archive(made["archived_badge"], by=owner, now=NOON)
    holder = make_member(program, f"holder@{program.slug}.example")
    holding.give(holder, made["badge"], key="test", at=NOON)
    ids = {name: badge.public_id for name, badge in made.items()}
    return ids | {"badge_holder": holder.public_id}


def _history(program: Program, member: Member, staff: dict[str, Staff]) -> dict[str, str]:
    owner = staff[Role.OWNER]
    wallet = program.wallets.get(code="points")
    program.refresh_from_db()
    give(member, 500)
    bought = buy(member, 20_00, reference=f"{program.slug}-sale")
    bring_back(member, buy(member, 10_00))
    do(member, "review")
    entry = adjust.adjust(member, wallet, 50, reason="Sorry", key="t", now=NOON, by=owner)
    coffee = make_reward(program, 10, name={"en": "Tea"})
    ready = redeem.redeem(member, coffee, key="ready", now=NOON)
    by_hand.hand_over(member, coffee, key="used", now=NOON, by=owner)
    profile.change(member, now=NOON, by=owner, note="Likes oat milk", phone=PHONES[program.slug])
    asked = proposals.propose(
        member, wallet, 5, reason="Joy", key="t", now=NOON, by=staff[Role.REVIEWER]
    )
    invitation = team.invite(
        program, email=f"new@{program.slug}.example", role=Role.CASHIER, by=owner, now=NOON
    )
    token = f"token-of-the-{program.slug}"
    invitation.token_hash = sha256(token.encode()).hexdigest()
    invitation.save(update_fields=["token_hash"])
    dead = Message.objects.create(
        program=program, key="dead", to=member.email, template="welcome", status="dead",
        language="en", account_id=member.account_id, error="550 no such mailbox",
    )  # fmt: skip
    double, other, left = (
        make_member(program, f"{name}@{program.slug}.example")
        for name in ("double", "other", "left")
    )
    contested = make_contests(program, owner, member, other)
    merged = merge.merge(member, double, reason="One person", now=NOON, by=owner)
    Member.objects.filter(pk=left.pk).update(
        state=Member.State.LEFT, left_at=NOON, erase_at=NOON + timedelta(days=14)
    )
    job = JobRun.objects.create(
        job="daily", program=program, period=TODAY, finished_at=NOON, error="It broke", attempts=9
    )
    voiced = voices.history(program, member, owner)
    Authenticator.objects.create(user=staff[Role.CASHIER].user, type="totp", data={})
    return (
        voiced
        | contested
        | {
            "job": str(job.pk),
            "merge": merged.public_id,
            "other_member": other.public_id,
            "left_member": left.public_id,
            "purchase": bought.public_id,
            "refund": Refund.objects.get(program=program).public_id,
            "number": f"{wallet.code}-{entry.seq}",
            "redemption": ready.public_id,
            "code": codes.code_of(ready.voucher),
            "proposal": asked.public_id,
            "invitation": invitation.public_id,
            "token": token,
            "letter": str(dead.pk),
            "reference": f"{program.slug}-sale",
            "external": member.external_id,
            "once": new_public_id(),
        }
    )


def _give_keys(business: Business, owner: Staff) -> None:
    program = business.program
    wanted = {scope: [scope] for scope in SCOPES} | {"all": list(SCOPES), "revoked": list(SCOPES)}
    for name, scopes in wanted.items():
        key, business.keys[name] = keys.create(
            program, name=f"Till {name}", scopes=scopes, by=owner, now=NOON
        )
        if name == "revoked":
            keys.revoke(key, by=owner, now=NOON)
        business.ids["key"] = key.public_id if name == "all" else business.ids.get("key", "")
