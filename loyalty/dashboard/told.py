"""How sales, vouchers and letters are told in lists, wherever they are listed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from loyalty import formats
from loyalty.dashboard import sealed
from loyalty.merchants.models import Program
from loyalty.messaging.catalog import KINDS
from loyalty.messaging.models import Message
from loyalty.rewards.models import Redemption, Voucher
from members.models import Member

LETTER = "letter"  # What a letter's sealed number is for.
VOUCHER_TONES: Mapping[str, str] = {
    Voucher.Status.READY: "good",
    Voucher.Status.USED: "plain",
    Voucher.Status.EXPIRED: "warn",
    Voucher.Status.CANCELLED: "warn",
}
LETTER_STATES: Mapping[str, tuple[Any, str]] = {
    Message.Status.OWED: (pgettext_lazy("mail", "Waits"), "info"),
    Message.Status.SENDING: (pgettext_lazy("mail", "On its way"), "info"),
    Message.Status.SENT: (pgettext_lazy("mail", "Sent"), "good"),
    Message.Status.UNKNOWN: (pgettext_lazy("mail", "Perhaps sent"), "warn"),
    Message.Status.DEAD: (pgettext_lazy("mail", "Not sent"), "bad"),
    Message.Status.DROPPED: (pgettext_lazy("mail", "Not wanted"), "plain"),
}
# Why a letter was not wanted or is in doubt, as the outbox writes it down, in people's words.
_REASONS: Mapping[str, Any] = {
    "The member is blocked, has left, or has no address.": gettext_lazy(
        "The member is blocked, has left, or has no address."
    ),
    "The member asked for no letters.": gettext_lazy("The member asked for no letters."),
    "The merchant switched these letters off.": gettext_lazy(
        "These letters are switched off in the settings."
    ),
    "The member has had enough letters in a day.": gettext_lazy(
        "The member has had enough letters in a day."
    ),
    "The letter is planned no more.": gettext_lazy("The letter is planned no more."),
    "The campaign is over, or does not take place.": gettext_lazy(
        "The campaign is over, or does not take place."
    ),
    "The voucher has been used or cancelled.": gettext_lazy(
        "The voucher has been used or cancelled."
    ),
    "The worker was lost while it was sending this letter.": gettext_lazy(
        "The server stopped while it was being sent, so it may have arrived."
    ),
}


def with_vouchers(program: Program) -> QuerySet[Redemption]:
    """Redemptions with all that a list tells of them, newest first."""
    made = Redemption.objects.filter(program=program).select_related(
        "voucher__used_at_location", "voucher__used_by", "reward", "entry__balance__wallet",
        "account__member",
    )  # fmt: skip
    return made.order_by("-pk")


def voucher_told(made: Redemption, program: Program, now: datetime) -> dict[str, Any]:
    voucher = made.voucher
    state = voucher.state(now)
    return {
        "made": made,
        "member": getattr(made.account, "member", None),
        "title": reward_name(made, program),
        "price": _price(made, program),
        "state": state,
        "state_label": Voucher.Status(state).label,
        "tone": VOUCHER_TONES[state],
        "until": _until(voucher, state, program),
        "is_ready": state == Voucher.Status.READY,
    }


def reward_name(made: Redemption, program: Program) -> str:
    if made.reward and made.voucher.good_for:
        thing = made.voucher.good_for_name or made.voucher.good_for_code
        return _("%(reward)s, for %(thing)s") % {"reward": made.reward, "thing": thing}
    if made.reward:
        return str(made.reward)
    paid = formats.money(made.worth_minor or 0, program.currency)
    return _("%(money)s paid with points") % {"money": paid}


def letter_told(message: Message, program: Program) -> dict[str, Any]:
    label, tone = LETTER_STATES[message.status]
    kind = KINDS.get(message.template)
    return {
        "message": message,
        "kind": kind.label if kind else message.template,
        "state": label,
        "tone": tone,
        "reason": _REASONS.get(message.error, message.error),
        "token": sealed.seal(message.pk, LETTER) if _is_given_up(message) else "",
    }


def members_of_letters(program: Program, messages: Sequence[Message]) -> dict[int, Member]:
    accounts = {message.account_id for message in messages if message.account_id}
    return {it.account_id: it for it in program.members.filter(account__in=accounts)}


def _is_given_up(message: Message) -> bool:
    return message.status in (Message.Status.DEAD, Message.Status.UNKNOWN)


def _price(made: Redemption, program: Program) -> str:
    if made.entry is None:
        return _("A present")
    wallet = made.entry.balance.wallet
    wallet.program = program
    return formats.points(-made.entry.points, wallet)


def _until(voucher: Voucher, state: str, program: Program) -> str:
    zone = program.time_zone
    if state == Voucher.Status.USED and voucher.used_at:
        told = {"moment": formats.moment(voucher.used_at, zone=zone)}
        if voucher.used_at_location:
            told["place"] = str(voucher.used_at_location)
            return _("Used %(moment)s at %(place)s") % told
        return _("Used %(moment)s") % told
    if state == Voucher.Status.CANCELLED or voucher.expires_at is None:
        return ""
    words = (
        _("Good until %(end)s") if state == Voucher.Status.READY else _("Was good until %(end)s")
    )
    return words % {"end": _end(voucher.expires_at, zone)}


def _end(expires_at: datetime, zone: str) -> str:
    """Midnight is the end of the day before; any other end is told to the minute."""
    if expires_at.astimezone(ZoneInfo(zone)).time() == time():
        return formats.day(expires_at - timedelta(microseconds=1), zone=zone)
    return formats.moment(expires_at, zone=zone)
