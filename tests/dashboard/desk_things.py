"""A member with all that a member can have, for the pages of the desk."""

from django.utils import timezone

from campaigns.referrals.models import Referral
from campaigns.referrals.signals import Signal
from loyalty.flows import adjust, merge, proposals, redeem, referral_terms, referrals
from loyalty.merchants.models import Program, Role, Staff
from loyalty.purchases.models import Refund
from members.models import Member
from tests.makers import NOON, bring_back, buy, make_member, make_reward, make_staff

MEMBER_PAGES = (
    "counter_member", "counter_quote", "member", "member_adjust", "member_gift", "member_edit",
    "member_state", "member_note", "member_privacy", "member_data", "member_forget",
    "member_remember", "member_merge",
)  # fmt: skip


def make_desk_things(program: Program, owner: Staff) -> dict[str, dict[str, str]]:
    """For each page by its name: what fills its address."""
    member = make_member(program, "thing@example.org", name="Thea Thing")
    wallet = program.wallets.get(code="points")
    reward = make_reward(program, 1, name={"en": "Thing of a reward"})
    bought = buy(member, 20_00)
    bring_back(member, buy(member, 10_00))
    entry = adjust.adjust(member, wallet, 50, reason="Sorry", key="t", now=NOON, by=owner)
    made = redeem.gift(member, reward, key="t", now=NOON, by=owner, reason="Joy")
    whose = {"slug": program.slug, "public_id": member.public_id}
    things = dict.fromkeys(MEMBER_PAGES, whose)
    for name in ("member_entry", "member_undo"):
        things[name] = whose | {"number": f"{wallet.code}-{entry.seq}"}
    things["counter_sold"] = whose | {"purchase": bought.public_id}
    things["counter_reward"] = whose | {"reward": reward.public_id}
    for name in ("counter_given", "member_cancel"):
        things[name] = whose | {"redemption": made.public_id}
    for name in ("purchase", "purchase_refund"):
        things[name] = {"slug": program.slug, "public_id": bought.public_id}
    back = Refund.objects.get(program=program)
    things["refund"] = {"slug": program.slug, "public_id": back.public_id}
    asked = proposals.propose(
        member, wallet, 5, reason="Joy", key="t", now=timezone.now(),
        by=make_staff(program, Role.REVIEWER),
    )  # fmt: skip
    for name in ("proposal_approve", "proposal_decline"):
        things[name] = {"slug": program.slug, "public_id": asked.public_id}
    twin = make_member(program, "twin@example.org", name="Thea Twin")
    joined = merge.merge(member, twin, reason="One person", now=NOON, by=owner)
    things["member_part"] = whose | {"merge": joined.public_id}
    things["figure"] = {"slug": program.slug, "name": "issued"}
    return things


def make_referral_things(program: Program, advocate: Member) -> dict[str, dict[str, str]]:
    """A friend who waits for a decision, and who was brought when nobody asked for terms."""
    program = Program.objects.get(pk=program.pk)
    prize = {"kind": "points", "wallet": "points", "points": 5}
    referral_terms.save(program, by=None, now=NOON, is_on=True, advocate_prize=prize)
    friend = make_member(program, "friend@example.org", name="Fay Friend")
    advocate.program = friend.program = Program.objects.get(pk=program.pk)
    it = referrals.bring(friend, referrals.code_of(advocate), now=NOON)
    assert it is not None
    Referral.objects.filter(pk=it.pk).update(
        is_held=True, held_at=NOON, signals=[Signal("device", 100, True).written()]
    )
    whose = {"slug": program.slug, "public_id": it.public_id}
    pages = ("referral", "referral_release", "referral_refuse", "referral_reopen")
    return dict.fromkeys(pages, whose)
