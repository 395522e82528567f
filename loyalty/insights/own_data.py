"""Everything that a program knows of one member, for the member: theirs to take along."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Model, QuerySet

from campaigns.referrals.models import Referral, ReferralCode
from loyalty.insights import contests, own_voices
from loyalty.ledger import statement
from loyalty.ledger.models import Entry
from loyalty.merchants.models import AuditEntry, User
from loyalty.messaging.models import Message
from loyalty.purchases.models import Purchase
from loyalty.rewards.models import Redemption
from members.models import Member, TierChange

PROFILE = (
    "public_id", "card_code", "external_id", "name", "email", "email_verified_at", "phone",
    "phone_verified_at", "birthday", "birthday_set_on", "language", "state", "enrolled_at",
    "left_at", "erase_at", "note",
)  # fmt: skip
REFUND = ("public_id", "source", "reference", "made_at", "asked_minor", "matched_minor")
ACTIVITY = ("public_id", "kind", "source", "reference", "subject", "occurred_at")
QUALIFYING = ("on", "spend_minor", "points", "purchases")
CONSENT = ("channel", "purpose", "is_given", "how", "wording", "at")
DEVICE = ("browser", "address", "first_seen_at", "seen_at", "confirmed_at", "ended_at")
SPIN = ("number", "spun_at", "fate", "word", "roll", "seed", "seal")
REFERRAL = (
    "public_id", "joined_at", "state", "reason", "bought_at", "cleared_at", "is_held",
    "friend_gift", "advocate_gift",
)  # fmt: skip
LINE = ("number", "name", "product", "category", "quantity", "amount_minor", "refunded_minor")


def own_data(member: Member) -> dict[str, Any]:
    """Plain values, by names that say what they are. No number of ours is among them."""
    return _of_one(member) | {
        "merged": [_of_one(it) for it in Member.objects.filter(merged_into=member).order_by("pk")],
    }


def _of_one(member: Member) -> dict[str, Any]:
    account = member.account_id
    return {
        "program": {"name": dict(member.program.name), "currency": member.program.currency},
        "member": {field: getattr(member, field) for field in PROFILE},
        "balances": [_holding(it) for it in statement.holdings(account)],
        "entries": [_entry(it) for it in _entries(account)],
        "purchases": [_purchase(it) for it in _purchases(account)],
        "redemptions": [_redemption(it) for it in _redemptions(account)],
        "tiers": [
            {
                "on": it.on,
                "before": it.before and dict(it.before.name),
                "after": dict(it.after.name),
            }
            for it in TierChange.objects.filter(account=account)
            .select_related("before", "after")
            .order_by("pk")
        ],
        "letters": [
            {"letter": it.template, "to": it.to, "owed_at": it.owed_at, "sent_at": it.sent_at}
            for it in Message.objects.filter(account_id=account).order_by("pk")
        ],
        "refunds": [_fields(it, REFUND) for it in member.account.refunds.order_by("pk")],
        "activities": [_fields(it, ACTIVITY) for it in member.account.activities.order_by("pk")],
        "done": [
            {"name": dict(it.activity.name), "handle": it.handle, "at": it.claimed_at}
            for it in member.account.activity_claims.select_related("activity").order_by("pk")
        ],
        "codes": [
            {"name": dict(it.batch.name), "at": it.used_at}
            for it in member.account.code_uses.select_related("batch").order_by("pk")
        ],
        **own_voices.told(account),
        "qualifying_days": [
            _fields(it, QUALIFYING) for it in member.account.qualifying_days.order_by("on")
        ],
        "challenges": [
            {"name": dict(it.challenge.name), "number": it.number, "completed_at": it.completed_at}
            for it in member.account.completions.select_related("challenge").order_by("pk")
        ],
        "challenge_steps": [
            {"name": dict(it.challenge.name), "step": it.step + 1, "on": it.on}
            for it in member.account.marks.select_related("challenge").order_by("pk")
        ],
        "spins": [
            {"wheel": dict(it.wheel.name), "segment": dict(it.segment.name)} | _fields(it, SPIN)
            for it in member.account.spins.select_related("wheel", "segment").order_by("pk")
        ],
        "follow_up_offers": [
            {"name": dict(it.followup.name)} | _fields(it, ("thing", "given_at", "withdrawn_at"))
            for it in member.account.followed.select_related("followup").order_by("pk")
        ],
        "consents": [_fields(it, CONSENT) for it in member.consents.order_by("pk")],
        "badges": [
            {"badge": dict(it.badge.name), "given_at": it.given_at, "taken_at": it.taken_at}
            for it in member.badges.select_related("badge").order_by("pk")
        ],
        "chosen_days": [
            {"on": it.on, "chosen_at": it.chosen_at} for it in member.chosen_days.order_by("on")
        ],
        "lists": [
            {"list": dict(it.segment.name), "added_at": it.added_at}
            for it in member.segments.select_related("segment").order_by("pk")
        ],
        "referrals": _referrals(account),
        "contests": contests.own(member),
        "changes_by_staff": _trail(member),
        "sign_in": _sign_in(member.user) if member.user else None,
    }


def _referrals(account_id: int) -> dict[str, Any]:
    """Their code, and what became of their friends, of whom it says nothing else."""
    code = ReferralCode.objects.filter(account=account_id).first()
    invited_by = Referral.objects.filter(friend=account_id).first()
    brought = Referral.objects.filter(advocate=account_id).order_by("pk")
    return {
        "code": code.code if code else None,
        "was_invited": _fields(invited_by, REFERRAL) if invited_by else None,
        "friends": [_fields(it, REFERRAL) for it in brought],
    }


def _trail(member: Member) -> list[dict[str, Any]]:
    """What the team and machines did about them; who it was stays with the merchant."""
    lines = AuditEntry.objects.filter(
        program=member.program_id, subject=f"member:{member.public_id}"
    )
    return [
        {"at": it.at, "action": it.action}
        | {"before": it.told.before, "after": it.told.after, "reason": it.told.reason}
        for it in lines.select_related("detail").order_by("pk")
    ]


def _sign_in(user: User) -> dict[str, Any]:
    """The account that they sign in with, which may be that of other programs too."""
    return {
        **_fields(user, ("email", "name", "language", "joined_at", "last_login")),
        "addresses": [
            _fields(it, ("email", "verified")) for it in EmailAddress.objects.filter(user=user)
        ],
        "devices": [_fields(it, DEVICE) for it in user.devices.order_by("pk")],
        "second_steps": [
            _fields(it, ("type", "created_at", "last_used_at"))
            for it in Authenticator.objects.filter(user=user).order_by("pk")
        ],
    }


def _holding(it: statement.Holding) -> dict[str, Any]:
    return {
        "wallet": it.wallet.code, "points": it.points, "pending": it.pending, "owed": it.owed,
        "lifetime": it.lifetime,
    }  # fmt: skip


def _entries(account_id: int) -> QuerySet[Entry]:
    entries = Entry.objects.filter(balance__account=account_id)
    return entries.select_related("balance__wallet", "remark").order_by("pk")


def _entry(it: Entry) -> dict[str, Any]:
    code = it.balance.wallet.code
    return {
        "id": f"{code}-{it.seq}", "wallet": code, "kind": it.kind, "points": it.points,
        "balance_after": it.balance_after, "occurred_at": it.occurred_at,
        "explanation": it.steps,
    }  # fmt: skip


def _purchases(account_id: int) -> QuerySet[Purchase]:
    bought = Purchase.objects.filter(account=account_id).order_by("pk")
    return bought.select_related("location").prefetch_related("lines")


def _purchase(it: Purchase) -> dict[str, Any]:
    return {
        "id": it.public_id, "source": it.source, "reference": it.reference, "made_at": it.made_at,
        "total_minor": it.total_minor, "counted_minor": it.counted_minor,
        "refunded_minor": it.refunded_minor, "payment_method": it.payment_method,
        "channel": it.channel, "location": it.location.code if it.location else "",
        "lines": [_fields(line, LINE) for line in it.lines.all()],
    }  # fmt: skip


def _redemptions(account_id: int) -> QuerySet[Redemption]:
    made = Redemption.objects.filter(account=account_id).order_by("pk")
    return made.select_related("reward", "voucher")


def _redemption(it: Redemption) -> dict[str, Any]:
    return {
        "id": it.public_id, "reward": dict(it.reward.name) if it.reward else None,
        "made_at": it.made_at, "status": it.status, "worth_minor": it.worth_minor,
        "voucher": _fields(it.voucher, ("status", "expires_at", "used_at", "used_reference")),
    }  # fmt: skip


def _fields(row: Model, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
