"""What a letter needs to know of its reader: asked when it is sent, not when it was owed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db.models import Count
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import salted_hmac

from campaigns.planned.models import PlannedLetter
from loyalty import colours, formats
from loyalty.flows import planned_words, unsubscribe
from loyalty.ledger.models import Balance, Wallet
from loyalty.merchants.models import Program, Role
from loyalty.messaging import catalog, delivery, rendering
from loyalty.messaging.catalog import Kind
from loyalty.messaging.delivery import Clock, NotWanted
from loyalty.messaging.models import Message
from loyalty.rewards.codes import code_of
from loyalty.rewards.models import Voucher
from members import consents
from members.models import Member

AND = {"en": " and ", "th": " และ "}  # Babel's Thai list has no spaces.
MOST_A_DAY = 20  # Letters to one member that they may decline; more are a fault, not news.
MOST_AN_HOUR = 20  # Letters to one address that anybody may ask for; more are to annoy.
Facts = dict[str, Any]
_AN_INSTANT = timedelta(microseconds=1)  # Ends are not part of what they end.


@dataclass(frozen=True, slots=True)
class House:
    """Who writes about signing in, which is to no program: the installation itself."""

    name: str = "Taem"
    brand_color: str = "#2f4b8c"
    time_zone: str = settings.TIME_ZONE


HOUSE = House()


def send_due(*, clock: Clock, limit: int = 500, seconds: float = 30) -> int:
    """Send what is due, in bites; say of how many letters we know now what becomes of them."""

    def writer(messages: Sequence[Message]) -> Callable[[Message], EmailMessage]:
        return Desk(messages, now=clock()).write

    return delivery.send_due(writer, clock=clock, limit=limit, seconds=seconds)


class Desk:
    """What some letters need, read for all of them at once."""

    def __init__(self, messages: Sequence[Message], *, now: datetime) -> None:
        accounts = {message.account_id for message in messages if message.account_id}
        programs = {it.program_id: it.program for it in messages if it.program}
        members = Member.objects.filter(account_id__in=accounts)
        self.members = {member.account_id: member for member in members}
        self.choices = consents.choices_of(members)
        self.wallets = {it.pk: it for it in Wallet.objects.filter(program__in=programs)}
        self.balances = {
            (it.account_id, it.wallet_id): it
            for it in Balance.objects.filter(account_id__in=accounts)
        }
        self.vouchers = _vouchers(messages)
        self.plans, self.campaigns = planned_words.behind(messages)
        self.had = _letters_had(accounts, since=now - timedelta(days=1))
        self.asked_for = _letters_asked_for(messages, since=now - timedelta(hours=1))
        self.now = now
        for owned in (*self.members.values(), *self.wallets.values()):
            owned.program = programs[owned.program_id]  # type: ignore[attr-defined]

    def write(self, message: Message) -> EmailMessage:
        """The letter as it leaves. Raises NotWanted if its reader would not have it any more."""
        kind = catalog.KINDS[message.template]
        member = self.members.get(message.account_id or 0)
        self._refuse_unwanted(message, kind, member)
        self._refuse_too_many(message, kind, member)
        language = rendering.language_of(message.language)
        link = unsubscribe.link_for(member, kind.purpose) if kind.is_optional and member else ""
        with translation.override(language):
            told = self._told(message, kind, member) | {"unsubscribe": link, "language": language}
            sender = _sender(message.program)
        if any(told[name] is None for name in kind.secrets):
            raise NotWanted("Its secret cannot be read any more.")
        template = told.get("event") or message.template
        written = rendering.write(template, language=language, told=told)
        mail = EmailMultiAlternatives(
            written.subject,
            written.text,
            from_email=sender,
            to=[message.to if kind.is_always_sent or member is None else member.email],
            headers=_headers(message, language, link),
        )
        mail.attach_alternative(written.html, "text/html")
        self._count(message, kind, member)
        return mail

    def _refuse_unwanted(self, message: Message, kind: Kind, member: Member | None) -> None:
        good_until = message.context.get("good_until")
        if good_until and datetime.fromisoformat(good_until) <= self.now:
            raise NotWanted("It came too late to be of use.")
        if kind.is_always_sent:
            return
        if member is None or member.state != Member.State.ACTIVE or not member.email:
            raise NotWanted("The member is blocked, has left, or has no address.")
        if not kind.is_optional:
            return
        if not self.choices[member.pk][consents.MAIL, kind.purpose]:
            raise NotWanted("The member asked for no letters.")
        if message.program and message.template in message.program.silent_letters:
            raise NotWanted("The merchant switched these letters off.")

    def _refuse_too_many(self, message: Message, kind: Kind, member: Member | None) -> None:
        if kind.is_optional and member and self.had.get(member.account_id, 0) >= MOST_A_DAY:
            raise NotWanted("The member has had enough letters in a day.")
        if kind.is_for_the_asking and self.asked_for.get(message.to, 0) >= MOST_AN_HOUR:
            raise NotWanted("The address has had enough letters in an hour.")

    def _count(self, message: Message, kind: Kind, member: Member | None) -> None:
        if kind.is_optional and member:
            self.had[member.account_id] = self.had.get(member.account_id, 0) + 1
        if kind.is_for_the_asking:
            self.asked_for[message.to] = self.asked_for.get(message.to, 0) + 1

    # --- What templates are told ----------------------------------------------------------------

    def _told(self, message: Message, kind: Kind, member: Member | None) -> Facts:
        program = message.program or HOUSE
        told = catalog.read_back(kind, message.context)
        for name, form in kind.keys.items():
            if form == catalog.AWARDS:
                told[name] = self._amounts(told[name])
                told[f"{name}_text"] = _joined(told[name])
        if "awards" in told:
            told["holdings_text"] = _joined(self._holdings(message, told["awards"]))
        if special := _SPECIAL.get(message.template):
            told |= special(self, message, told)
        return told | {
            "program": program,
            "brand": colours.brand(program.brand_color),
            "name": member.name if member else "",
            "links": _links(message.program) if message.program else {},
            "era": _era(),
        }

    def _amounts(self, awards: Sequence[Mapping[str, int]]) -> list[Facts]:
        return [
            {"points": it["points"], "text": formats.points(it["points"], wallet)}
            | {"wallet": wallet}
            for it in awards
            if (wallet := self.wallets.get(it["wallet_id"]))
        ]

    def _holdings(self, message: Message, awards: Sequence[Facts]) -> list[Facts]:
        """What the member can spend by now, of what the letter is about."""
        balances = [
            self.balances.get((message.account_id or 0, it["wallet"].pk))
            for it in awards
            if it["wallet"].is_spendable
        ]
        return self._amounts(
            [{"wallet_id": it.wallet_id, "points": it.points} for it in balances if it]
        )

    def expiring(self, message: Message, told: Facts) -> Facts:
        wallet = self.wallets.get(told["wallet_id"])
        if wallet is None:
            raise NotWanted("The wallet is gone.")
        rows = [
            {"last_day": it["on"] - timedelta(days=1), "text": formats.points(it["points"], wallet)}
            for it in told["expiring"]
        ]
        total = sum(it["points"] for it in told["expiring"])
        return {
            "rows": rows,
            "first_day": rows[0]["last_day"],
            "sum_text": formats.points(total, wallet),
        }

    def voucher(self, message: Message, told: Facts) -> Facts:
        voucher = self.vouchers.get(told["voucher_id"])
        if voucher is None or voucher.status != Voucher.Status.READY:
            raise NotWanted("The voucher has been used or cancelled.")
        redemption = voucher.redemption
        price = redemption.entry and self._amounts(
            [
                {
                    "wallet_id": redemption.entry.balance.wallet_id,
                    "points": abs(redemption.entry.points),
                }
            ]
        )
        return {
            "code": code_of(voucher),
            "reward": redemption.reward,
            "worth_minor": redemption.worth_minor,
            "good_for": voucher.good_for_name or voucher.good_for_code,
            "price_text": _joined(price or []),
            "last_day": voucher.expires_at and voucher.expires_at - _AN_INSTANT,
        }

    def risk(self, message: Message, told: Facts) -> Facts:
        missing = told["missing"]
        if missing is None:  # Nothing can help any more.
            return {"by_text": formats.day(told["by"], era=_era())}
        if told["measure"] == "spend":
            assert message.program
            return {"missing_text": formats.money(missing, message.program.currency)}
        return {"missing_text": formats.number(missing)}

    def planned(self, message: Message, told: Facts) -> Facts:
        """The merchant's words, or ours; and the campaign that a letter is about."""
        plan = self.plans.get(told["plan_id"])
        if plan is None:
            raise NotWanted("The letter is planned no more.")
        about = self.campaigns.get(told["campaign_id"])
        if told["campaign_id"] and not (about and about.campaign.is_promised(self.now)):
            raise NotWanted("The campaign is over, or does not take place.")
        if message.template == "letter_trial":
            about = planned_words.example_of(plan)
        return planned_words.told_of(plan, about, told["number"], self.members.get(
            message.account_id or 0
        ))  # fmt: skip

    def email_changed(self, message: Message, told: Facts) -> Facts:
        return {"masked_email": _masked(told["new_email"])}

    def account_changed(self, message: Message, told: Facts) -> Facts:
        return {"masked_email": _masked(told["email"])}

    def invitation(self, message: Message, told: Facts) -> Facts:
        return {"role_name": Role(told["role"]).label}


_SPECIAL: Mapping[str, Callable[[Desk, Message, Facts], Facts]] = {
    **dict.fromkeys((*PlannedLetter.Event.values, "letter_trial"), Desk.planned),
    "points_expiring": Desk.expiring,
    "voucher": Desk.voucher,
    "tier_at_risk": Desk.risk,
    "email_changed": Desk.email_changed,
    "account_changed": Desk.account_changed,
    "invitation": Desk.invitation,
}


def _vouchers(messages: Sequence[Message]) -> dict[int, Voucher]:
    ids = [it.context["voucher_id"] for it in messages if it.template == "voucher"]
    vouchers = Voucher.objects.filter(pk__in=ids).select_related(
        "redemption__reward", "redemption__entry__balance"
    )
    return {voucher.pk: voucher for voucher in vouchers}


def _letters_had(accounts: set[int], *, since: datetime) -> dict[int, int]:
    had = Message.objects.filter(
        account_id__in=accounts, sent_at__gte=since, template__in=catalog.OPTIONAL
    )
    return dict(had.values_list("account_id").annotate(Count("pk")))


def _letters_asked_for(messages: Sequence[Message], *, since: datetime) -> dict[str, int]:
    addresses = {it.to for it in messages if it.program_id is None}
    if not addresses:
        return {}
    asked = [name for name, kind in catalog.KINDS.items() if kind.is_for_the_asking]
    had = Message.objects.filter(
        program=None, owed_at__gte=since, to__in=addresses, template__in=asked,
        status=Message.Status.SENT,
    )  # fmt: skip
    return dict(had.values_list("to").annotate(Count("pk")))


def _masked(email: str) -> str:
    """An old inbox may be read by others: it is told where to, and not the whole address."""
    name, _at, host = email.partition("@")
    return f"{name[:1]}•••@{host}"


def _joined(amounts: Sequence[Facts]) -> str:
    """``45 points and 2 stamps``, in the language of the letter."""
    *first, last = [it["text"] for it in amounts] or [""]
    return f"{', '.join(first)}{AND[formats.language()]}{last}" if first else last


def _era() -> str:
    """Thai counts its years from the Buddha, in letters as on the pages."""
    return "be" if formats.language() == "th" else "ce"


def _links(program: Program) -> dict[str, str]:
    places = ("home", "activity", "card", "rewards", "vouchers")
    return {
        place: settings.PUBLIC_URL + reverse(f"portal:{place}", args=[program.slug])
        for place in places
    }


def _sender(program: Program | None) -> str:
    """The program's name, at the address that we may send from."""
    if program is None:
        return str(settings.DEFAULT_FROM_EMAIL)
    return formataddr((str(program), parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))


def _headers(message: Message, language: str, unsubscribe_link: str) -> dict[str, str]:
    headers = {
        "Message-ID": _message_id(message),
        "Auto-Submitted": "auto-generated",
        "Content-Language": language,
    }
    if unsubscribe_link:
        headers["List-Unsubscribe"] = f"<{unsubscribe_link}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _message_id(message: Message) -> str:
    """The same each time that a letter is sent, so that an inbox can tell it is the same one."""
    name = salted_hmac("loyalty.letter", str(message.pk), algorithm="sha256").hexdigest()[:32]
    _name, _at, host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")
    return f"<{name}@{host or 'localhost'}>"
