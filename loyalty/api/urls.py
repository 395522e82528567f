"""The addresses of the API. They name no program: the key does."""

from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from loyalty.api.activities import Activities, ActivityBatch
from loyalty.api.adjustments import Adjustments
from loyalty.api.campaigns import Campaigns
from loyalty.api.challenges import Challenges, MemberChallenges
from loyalty.api.codes import Codes
from loyalty.api.contests import ContestBoard, ContestEntries, Contests, OneContest
from loyalty.api.contributions import Calls, Contributions, Decisions
from loyalty.api.docs import Docs
from loyalty.api.door import Door, nothing_here
from loyalty.api.entries import Entries, OneEntry
from loyalty.api.followups import FollowUps
from loyalty.api.lift import Lifts
from loyalty.api.members import Members, OneMember
from loyalty.api.own_days import DaysGivenUp, DaysOfMember
from loyalty.api.program import OneProgram
from loyalty.api.program_file import ProgramFile, file_schema
from loyalty.api.purchases import OnePurchase, PurchaseBatch, Purchases
from loyalty.api.quotes import Quotes
from loyalty.api.redemptions import Cancellation, OneRedemption, Payments, Redemptions
from loyalty.api.referrals import OneReferral, OwnReferrals, Referrals, Refuse, Release
from loyalty.api.refunds import RefundBatch, Refunds
from loyalty.api.replays import OneReplay, Replays
from loyalty.api.rewards import Offers, OneReward, Rewards
from loyalty.api.segments import Segments, SegmentsOfMember
from loyalty.api.surveys import Answers, Results, Surveys
from loyalty.api.vouchers import Checks, Uses, VoucherCancellations
from loyalty.api.wallets import Balances
from loyalty.api.wheels import Spins, Turns, Wheels


def at(route: str, door: type[Door], name: str) -> URLPattern:
    """An address of the API. Only what is a Door can be there: it has said who may enter."""
    if not issubclass(door, Door):
        raise ImproperlyConfigured(f"{door.__qualname__} is no Door of the API.")
    return path(route, door.as_view(), name=name)


v1 = [
    at("program", OneProgram, "program"),
    at("program/file", ProgramFile, "program_file"),
    at("members", Members, "members"),
    at("members/<slug:id>", OneMember, "member"),
    at("members/<slug:id>/balances", Balances, "balances"),
    at("members/<slug:id>/entries", Entries, "entries"),
    at("members/<slug:id>/entries/<slug:number>", OneEntry, "entry"),
    at("members/<slug:id>/segments", SegmentsOfMember, "member_segments"),
    at("members/<slug:id>/days", DaysOfMember, "member_days"),
    at("members/<slug:id>/days/give-up", DaysGivenUp, "member_days_give_up"),
    at("segments", Segments, "segments"),
    at("purchases", Purchases, "purchases"),
    at("purchases/batch", PurchaseBatch, "purchase_batch"),
    at("purchases/<slug:id>", OnePurchase, "purchase"),
    at("refunds", Refunds, "refunds"),
    at("refunds/batch", RefundBatch, "refund_batch"),
    at("activities", Activities, "activities"),
    at("activities/batch", ActivityBatch, "activity_batch"),
    at("codes", Codes, "codes"),
    at("quotes", Quotes, "quotes"),
    at("campaigns", Campaigns, "campaigns"),
    at("campaigns/<slug:id>/lift", Lifts, "lift"),
    at("campaigns/<slug:id>/replays", Replays, "replays"),
    at("campaigns/<slug:id>/replays/<slug:replay>", OneReplay, "replay"),
    at("surveys", Surveys, "surveys"),
    at("surveys/<slug:id>/results", Results, "survey_results"),
    at("surveys/<slug:id>/answers", Answers, "survey_answers"),
    at("calls", Calls, "calls"),
    at("contributions", Contributions, "contributions"),
    at("contributions/<slug:id>/decision", Decisions, "contribution_decision"),
    at("challenges", Challenges, "challenges"),
    at("members/<slug:id>/challenges", MemberChallenges, "member_challenges"),
    at("wheels", Wheels, "wheels"),
    at("members/<slug:id>/wheels/<slug:wheel>", Turns, "turns"),
    at("spins", Spins, "spins"),
    at("followups", FollowUps, "followups"),
    at("contests", Contests, "contests"),
    at("contests/<slug:id>", OneContest, "contest"),
    at("contests/<slug:id>/board", ContestBoard, "contest_board"),
    at("contests/<slug:id>/entries", ContestEntries, "contest_entries"),
    at("rewards", Rewards, "rewards"),
    at("rewards/<slug:id>", OneReward, "reward"),
    at("members/<slug:id>/offers", Offers, "offers"),
    at("redemptions", Redemptions, "redemptions"),
    at("redemptions/<slug:id>", OneRedemption, "redemption"),
    at("redemptions/<slug:id>/cancel", Cancellation, "redemption_cancel"),
    at("payments", Payments, "payments"),
    at("vouchers/check", Checks, "voucher_check"),
    at("vouchers/use", Uses, "voucher_use"),
    at("vouchers/cancel", VoucherCancellations, "voucher_cancel"),
    at("members/<slug:id>/referrals", OwnReferrals, "own_referrals"),
    at("referrals", Referrals, "referrals"),
    at("referrals/<slug:id>", OneReferral, "referral"),
    at("referrals/<slug:id>/release", Release, "referral_release"),
    at("referrals/<slug:id>/refuse", Refuse, "referral_refuse"),
    at("adjustments", Adjustments, "adjustments"),
    re_path(r"^.*$", nothing_here, name="nothing"),
]

app_name = "api"
urlpatterns = [
    path("v1/", include((v1, "v1"))),
    path("program-file.schema.json", file_schema, name="file_schema"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
]
