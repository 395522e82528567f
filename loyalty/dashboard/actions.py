"""What the audit trail's words mean to people: actions, and the things that they were done to."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.activities.models import NamedActivity
from campaigns.challenges.models import Challenge
from campaigns.codes.models import CodeBatch
from campaigns.contests.models import Contest
from campaigns.contributions.models import Call
from campaigns.followups.models import FollowUp
from campaigns.models import Campaign
from campaigns.planned.models import PlannedLetter
from campaigns.surveys.models import Survey
from campaigns.wheel.models import Wheel
from loyalty.earning.models import EarningRule
from loyalty.inbox.models import Endpoint
from loyalty.merchants.models import ApiKey, Merchant
from loyalty.rewards.models import Reward
from members.models import Badge, Member, Segment, Tier

GROUPS: Mapping[str, Any] = {
    "points": _("Points by hand"),
    "member": _("Members"),
    "sale": _("Sales"),
    "reward": _("Rewards"),
    "voucher": _("Vouchers"),
    "letter": pgettext_lazy("mail", "Letters"),
    "job": _("Nightly jobs"),
    "rule": _("Earning rules"),
    "campaign": _("Campaigns"),
    "referral": _("Referrals"),
    "contest": _("Contests"),
    "badge": _("Badges"),
    "activity": _("Things to do"),
    "plan": _("Plan of letters"),
    "codes": _("Codes on products"),
    "segment": _("Segments"),
    "survey": _("Surveys"),
    "call": _("Calls for contributions"),
    "contribution": _("Contributions"),
    "challenge": _("Challenges"),
    "wheel": _("Wheels"),
    "followup": _("Follow-up offers"),
    "tier": _("Tiers"),
    "tiers": _("How tiers are reached"),
    "wallet": _("Wallets"),
    "settings": _("Settings"),
    "team": _("Team"),
    "location": _("Shops"),
    "key": _("API keys"),
    "hook": _("Web shops"),
    "program": _("Programs"),
}

ACTIONS: Mapping[str, Any] = {
    "points.adjust": _("Points given or taken by hand"),
    "points.undo": _("An adjustment undone"),
    "points.propose": _("An adjustment above the limit asked for"),
    "points.approve": _("An adjustment above the limit approved"),
    "points.decline": _("An adjustment above the limit declined"),
    "points.pay": _("Paid with points at the till"),
    "member.enroll": _("Member added"),
    "member.change": _("A member's data changed"),
    "member.consent": _("A member's consent written down"),
    "member.ask_erase": _("A member asked to be forgotten"),
    "member.erase": _("A member was forgotten"),
    "member.copy": _("A copy of all data of a member taken"),
    "member.merge": _("Two memberships became one"),
    "member.part": _("One membership became two again"),
    "member.blocked": _("Member blocked"),
    "member.active": _("Member let in again"),
    "member.export": _("List of members downloaded"),
    "sale.enter": _("Sale entered"),
    "sale.refund": _("Sale refunded"),
    "letter.retry": _("Letter tried again"),
    "letter.retry_all": _("All letters that were not sent tried again"),
    "job.retry": _("A nightly job run again"),
    "job.retry_all": _("All nightly jobs that failed run again"),
    "member.link": _("A membership found by its owner's e-mail"),
    "member.leave": _("A member left"),
    "member.return": _("A member came back"),
    "reward.make": _("Reward made"),
    "reward.change": _("Reward changed"),
    "reward.start": _("Reward put on offer"),
    "reward.pause": _("Reward paused"),
    "reward.archive": _("Reward archived"),
    "reward.restore": _("Reward restored"),
    "reward.codes": _("A partner's codes uploaded"),
    "reward.redeem": _("Reward redeemed for a member"),
    "reward.give": _("Reward given without points"),
    "reward.cancel": _("Redemption cancelled"),
    "voucher.use": _("Voucher used"),
    "challenge.make": _("Challenge made"),
    "challenge.change": _("Challenge changed"),
    "challenge.open": _("Challenge opened"),
    "challenge.pause": _("Challenge paused"),
    "challenge.resume": _("Challenge going on"),
    "challenge.end": _("Challenge ended"),
    "wheel.make": _("Wheel made"),
    "wheel.change": _("Wheel changed"),
    "wheel.open": _("Wheel opened"),
    "wheel.pause": _("Wheel paused"),
    "wheel.resume": _("Wheel going on"),
    "wheel.end": _("Wheel ended"),
    "wheel.spin": _("A wheel turned for a member"),
    "followup.make": _("Follow-up offer made"),
    "followup.change": _("Follow-up offer changed"),
    "followup.open": _("Follow-up offer opened"),
    "followup.pause": _("Follow-up offer paused"),
    "followup.resume": _("Follow-up offer going on"),
    "followup.end": _("Follow-up offer ended"),
    "tier.make": _("Tier made"),
    "tier.change": _("Tier changed"),
    "tier.archive": _("Tier put away"),
    "tiers.policy": _("How tiers are reached and lost changed"),
    "rule.make": _("Earning rule made"),
    "rule.change": _("Earning rule changed"),
    "rule.start": _("Earning rule started"),
    "rule.pause": _("Earning rule paused"),
    "rule.archive": _("Earning rule archived"),
    "rule.restore": _("Earning rule restored"),
    "rule.move": _("Earning rule moved"),
    "campaign.make": _("Campaign written"),
    "campaign.change": _("Campaign changed"),
    "campaign.schedule": _("Campaign promised"),
    "campaign.pause": _("Campaign paused"),
    "campaign.resume": _("Campaign going on"),
    "campaign.end": _("Campaign ended"),
    "campaign.archive": _("Campaign archived"),
    "campaign.replay": _("Campaign tried on the past"),
    "campaign.replay_off": _("Trial of a campaign called off"),
    "campaign.restore": _("Campaign restored"),
    "segment.make": _("Segment made"),
    "segment.change": _("Segment changed"),
    "segment.list": _("Members put on a list"),
    "segment.take_off": _("A member taken off a list"),
    "segment.archive": _("Segment archived"),
    "segment.restore": _("Segment brought back"),
    "badge.make": _("Badge made"),
    "badge.change": _("Badge changed"),
    "badge.archive": _("Badge archived"),
    "badge.restore": _("Badge brought back"),
    "badge.take": _("A badge taken back from a member"),
    "activity.make": _("Something to do named"),
    "activity.change": _("Something to do changed"),
    "activity.archive": _("Something to do put away"),
    "activity.restore": _("Something to do brought back"),
    "plan.make": _("Letter planned"),
    "plan.change": _("Plan of a letter changed"),
    "plan.archive": _("Letter planned no more"),
    "plan.restore": _("Letter planned again"),
    "codes.make": _("Codes for products made"),
    "codes.void": _("Codes for products voided"),
    "codes.void_one": _("A code for a product voided"),
    "referral.terms": _("Terms of referrals changed"),
    "referral.enter": _("Who invited a member written down"),
    "referral.release": _("Referral released"),
    "referral.refuse": _("Referral refused"),
    "referral.reopen": _("Decision on a referral undone"),
    "referral.export": _("List of referrals downloaded"),
    "survey.make": _("Survey written"),
    "survey.change": _("Survey changed"),
    "survey.start": _("Survey let be answered"),
    "survey.pause": _("Survey paused"),
    "survey.end": _("Survey ended"),
    "survey.archive": _("Survey archived"),
    "survey.restore": _("Survey restored"),
    "survey.export": _("Answers of a survey downloaded"),
    "call.make": _("Call for contributions written"),
    "call.change": _("Call for contributions changed"),
    "call.open": _("Call for contributions opened"),
    "call.close": _("Call for contributions closed"),
    "call.archive": _("Call for contributions archived"),
    "call.restore": _("Call for contributions restored"),
    "contribution.approve": _("Contribution approved"),
    "contribution.reject": _("Contribution not taken"),
    "contribution.undo_approve": _("Approval of a contribution undone"),
    "contribution.undo_reject": _("Refusal of a contribution undone"),
    "contest.make": _("Contest written"),
    "contest.change": _("Contest changed"),
    "contest.promise": _("Contest promised"),
    "contest.extend": _("Contest given more time"),
    "contest.picture": _("Picture of a contest changed"),
    "contest.archive": _("Contest archived"),
    "contest.restore": _("Contest restored"),
    "contest.approve": _("Entry to a contest let in"),
    "contest.reject": _("Entry to a contest refused"),
    "contest.mark": _("Entry to a contest marked"),
    "contest.freeze": _("Board of a contest frozen"),
    "contest.export": _("Board of a contest downloaded"),
    "wallet.make": _("Wallet made"),
    "wallet.change": _("Wallet changed"),
    "settings.change": _("Settings changed"),
    "team.invite": _("Somebody invited"),
    "team.uninvite": _("Invitation taken back"),
    "team.join": _("Somebody joined the team"),
    "team.change": _("Place in the team changed"),
    "team.remove": _("Somebody removed from the team"),
    "team.return": _("Somebody returned to the team"),
    "team.leave": _("Somebody left the team"),
    "team.safety": _("How the team signs in changed"),
    "team.second_step_reset": _("A second step taken away"),
    "location.make": _("Shop written down"),
    "location.change": _("Shop changed"),
    "key.create": _("API key made"),
    "key.revoke": _("API key revoked"),
    "hook.make": _("Web shop connected"),
    "hook.rotate": _("Secret of a web shop changed"),
    "hook.revoke": _("Web shop disconnected"),
    "hook.retry": _("What a web shop told tried again"),
    "program.open": _("Program opened"),
    "program.load": _("A program file loaded"),
}

Named = Mapping[str, str]
# How each kind of subject is called, by the id that stands behind its colon.
_NAMES: Mapping[str, Callable[[Merchant, list[str]], Named]] = {
    "member": lambda merchant, ids: _strings(
        Member.objects.filter(program__merchant=merchant, public_id__in=ids)
    ),
    "tier": lambda merchant, ids: _strings(
        Tier.objects.filter(program__merchant=merchant, public_id__in=ids)
    ),
    "location": lambda merchant, ids: _strings(merchant.locations.filter(public_id__in=ids)),
    "staff": lambda merchant, ids: {
        staff.public_id: str(staff.user)
        for staff in merchant.team.filter(public_id__in=ids).select_related("user")
    },
    "rule": lambda merchant, ids: _strings(
        EarningRule.objects.filter(program__merchant=merchant, public_id__in=ids)
    ),
    "campaign": lambda merchant, ids: _strings(
        Campaign.objects.filter(program__merchant=merchant, public_id__in=ids)
    ),
    "activity": lambda merchant, ids: _strings(
        NamedActivity.objects.filter(program__merchant=merchant, public_id__in=ids)
    ),
    "plan": lambda merchant, ids: _strings(
        PlannedLetter.objects.filter(program__merchant=merchant, public_id__in=ids)
    ),
    "codes": lambda merchant, ids: _strings(
        CodeBatch.objects.filter(program__merchant=merchant, public_id__in=ids)
    ),
    "survey": lambda merchant, ids: _strings(
        Survey.objects.filter(program__merchant=merchant, public_id__in=ids)
    ),
    "call": lambda merchant, ids: _strings(
        Call.objects.filter(program__merchant=merchant, public_id__in=ids)
    ),
    "contest": lambda merchant, ids: _strings(
        Contest.objects.filter(program__merchant=merchant, public_id__in=ids)
    ),
    "challenge": lambda merchant, ids: _strings(
        Challenge.objects.filter(program__merchant=merchant, public_id__in=ids)
    ),
    "wheel": lambda merchant, ids: _strings(
        Wheel.objects.filter(program__merchant=merchant, public_id__in=ids)
    ),
    "followup": lambda merchant, ids: _strings(
        FollowUp.objects.filter(program__merchant=merchant, public_id__in=ids)
    ),
    "reward": lambda merchant, ids: _strings(
        Reward.objects.filter(program__merchant=merchant, public_id__in=ids)
    ),
    "badge": lambda merchant, ids: _strings(
        Badge.objects.filter(program__merchant=merchant, public_id__in=ids)
    ),
    "segment": lambda merchant, ids: _strings(
        Segment.objects.filter(program__merchant=merchant, public_id__in=ids)
    ),
    "endpoint": lambda merchant, ids: _strings(
        Endpoint.objects.filter(program__merchant=merchant, public_id__in=ids)
    ),
    "program": lambda merchant, ids: _strings(merchant.programs.filter(public_id__in=ids)),
    "key": lambda merchant, ids: {
        key.prefix: str(key)
        for key in ApiKey.objects.filter(program__merchant=merchant, prefix__in=ids)
    },
}


def subject_names(merchant: Merchant, subjects: Iterable[str]) -> Named:
    """What each subject ("rule:8k2…") is called now; one question a kind, however many."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for subject in subjects:
        kind, _colon, key = subject.partition(":")
        by_kind[kind].append(key)
    return {
        f"{kind}:{key}": name
        for kind, keys in by_kind.items()
        if kind in _NAMES
        for key, name in _NAMES[kind](merchant, keys).items()
    }


def _strings(rows: Iterable[Any]) -> Named:
    return {row.public_id: str(row) for row in rows}
