"""The copy of a person's data is whole: each model that leads to them is in it, or says why not."""

import json

from django.core.serializers.json import DjangoJSONEncoder

from loyalty.flows import merge, profile
from loyalty.insights.own_data import own_data
from loyalty.ledger.models import Account
from loyalty.merchants.models import User
from members.models import Member
from tests.makers import (
    NOON,
    bring_back,
    buy,
    choose,
    do,
    give,
    make_member,
    make_reward,
    make_staff,
)
from tests.people import leading_to

TOLD = {
    "account.EmailAddress", "earning.ActivityRecord", "ledger.Balance", "ledger.Entry",
    "ledger.Remark", "members.BadgeHeld", "members.Consent", "members.Member",
    "members.ChosenDay", "members.SegmentMember",
    "contests.ContestEntry", "contests.ShownName", "contests.Standing", "contests.Vote",
    "members.QualifyingDay",
    "members.TierChange", "merchants.AuditDetail", "merchants.AuditEntry", "mfa.Authenticator",
    "purchases.Purchase", "purchases.PurchaseLine", "purchases.Refund",
    "referrals.Referral", "referrals.ReferralCode",
    "rewards.Redemption", "rewards.Voucher", "signin.Device", "surveys.Asking",
    "contributions.Contribution", "pictures.Picture",
    "activities.ActivityClaim", "challenges.Completion", "challenges.Mark", "codes.CodeUse",
    "followups.Followed", "wheel.Spin",
}  # fmt: skip
SUMS_UP = "What it holds is in the entries, which are told."
OF_THE_TEAM = "Tells what somebody at work did, not of a member."
LEFT_OUT = {
    "account.EmailConfirmation": "A key on its way, not a fact.",
    "auth.Group": "Nobody has any.",
    "earning.CapUsage": SUMS_UP,
    "inbox.Arrival": "As a shop's own machine told it; kept for a few days, then deleted.",
    "inbox.Endpoint": OF_THE_TEAM,
    "inbox.ShopOrder": "Leads to a sale, which is told.",
    "ledger.Account": "Holds nothing but what leads to it.",
    "ledger.Debt": SUMS_UP,
    "ledger.Draw": SUMS_UP,
    "ledger.Lot": SUMS_UP,
    "contests.EntryPicture": "Their own picture, which they have; it goes when they do.",
    "contests.Mark": OF_THE_TEAM,
    "contests.Winning": "A prize is told by the entry, the voucher or the badge that it became.",
    "members.Merge": "Told by the memberships that became part.",
    "members.Proposal": "Not decided yet, or told by the entry that came of it.",
    "members.TierStatus": "Told by the newest change of tier.",
    "campaigns.CampaignVersion": OF_THE_TEAM,
    "merchants.ApiKey": OF_THE_TEAM,
    "merchants.Invitation": OF_THE_TEAM,
    "merchants.ProgramVersion": OF_THE_TEAM,
    "merchants.Staff": OF_THE_TEAM,
    "merchants.User": "Told as the sign-in.",
    "replays.Replay": OF_THE_TEAM,
    "purchases.PurchaseAward": SUMS_UP,
    "purchases.PurchasePrize": "Told by the voucher or the badge that it was.",
    "purchases.PurchaseTrace": "Hashes that nobody can read, not even the person.",
    "referrals.ReferralTermsVersion": OF_THE_TEAM,
    "purchases.RefundLine": "Told by the lines of the sale.",
    "signin.Credentials": "Says only when the sign-in was changed last.",
}


def test_each_model_that_leads_to_a_person_is_told_or_left_out_for_a_reason():
    there = {
        it._meta.label for it in leading_to(Member, Account, User) if not it._meta.auto_created
    }
    unknown = there - TOLD - LEFT_OUT.keys()
    assert not unknown, f"Does the copy of a member's data tell of these? {sorted(unknown)}"


def test_everything_is_in_it(cafe, ana):
    user = User.objects.create_user(ana.email)
    Member.objects.filter(pk=ana.pk).update(user=user)
    ana.refresh_from_db()
    bring_back(ana, buy(ana, 20_00, reference="till-1"), 5_00, reference="back-1")
    do(ana, "video", subject="latte art")
    choose(ana, offers=True)
    profile.change(ana, now=NOON, by=make_staff(cafe), note="Sits by the window")
    make_reward(cafe)
    told = json.dumps(own_data(ana), cls=DjangoJSONEncoder)
    for part in (
        "till-1", "back-1", "latte art", "offers", "Sits by the window", "member.change",
        "ana@example.org",
    ):  # fmt: skip
        assert part in told, part


def test_a_membership_that_became_part_is_told_as_well(cafe, ana):
    twin = make_member(cafe, "ana@work.example.org", name="A. Suksawat")
    give(twin, 5)
    merge.merge(ana, twin, reason="The same", now=NOON, by=make_staff(cafe))
    [other] = own_data(ana)["merged"]
    assert other["member"]["name"] == "A. Suksawat"
    assert len(other["entries"]) == 2


def test_nobody_elses_is_in_it(ana, ben):
    buy(ben, reference="till-of-ben")
    assert "ben" not in json.dumps(own_data(ana), cls=DjangoJSONEncoder)
