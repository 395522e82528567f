"""Writing a new member down, and the contact data by which shops know people."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from loyalty.days import local_date
from loyalty.ledger.models import Account, Balance
from loyalty.merchants.models import Program
from loyalty.public_ids import random_text
from loyalty.refusal import Refusal
from members.models import Member

CARD_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
REGIONS = {
    "THB": "TH",
    "GBP": "GB",
    "EUR": "DE",
    "USD": "US",
    "JPY": "JP",
    "MYR": "MY",
    "SGD": "SG",
}


class AlreadyMember(Refusal):
    code = "already_member"


class BadContact(Refusal):
    code = "bad_contact"


def clean_email(text: str) -> str:
    """An address in lower case. An empty one stays empty; a wrong one is refused."""
    text = text.strip().lower()
    if not text:
        return ""
    try:
        validate_email(text)
    except ValidationError as error:
        raise BadContact(
            _("“%(email)s” is not an e-mail address.") % {"email": text[:80]}
        ) from error
    return text


def clean_phone(text: str, currency: str) -> str:
    """A number as E.164. Without a country code it is taken as of the program's country."""
    text = text.strip()
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, REGIONS.get(currency, "TH"))
    except phonenumbers.NumberParseException as error:
        raise BadContact(_("“%(phone)s” is not a phone number.") % {"phone": text[:30]}) from error
    if not phonenumbers.is_possible_number(number):
        raise BadContact(_("“%(phone)s” is not a phone number.") % {"phone": text[:30]})
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def create(
    program: Program, *, now: datetime, birthday: date | None = None, **fields: Any
) -> Member:
    account = open_accounts(program, [now])[0]
    member = _member(program, account, birthday=birthday, **fields)
    member.save(force_insert=True)
    return member


def create_all(program: Program, people: Sequence[Mapping[str, Any]]) -> list[Member]:
    """Write many new members down in three statements. Each says when they joined: ``now``."""
    accounts = open_accounts(program, [told["now"] for told in people])
    members = []
    for account, told in zip(accounts, people, strict=True):
        fields = {name: value for name, value in told.items() if name != "now"}
        members.append(_member(program, account, **fields))
    return Member.objects.bulk_create(members)


def open_accounts(program: Program, opened: Sequence[datetime]) -> list[Account]:
    """Accounts with a balance in every wallet. The balances are their lock."""
    accounts = Account.objects.bulk_create(
        [Account(program=program, opened_at=at) for at in opened]
    )
    wallets = list(program.wallets.values_list("pk", flat=True))
    Balance.objects.bulk_create(
        [Balance(account=account, wallet_id=wallet) for account in accounts for wallet in wallets]
    )
    return accounts


def _member(
    program: Program, account: Account, *, birthday: date | None = None, **fields: Any
) -> Member:
    joined_on = local_date(account.opened_at, program.time_zone)
    return Member(
        program=program,
        account=account,
        card_code=new_card_code(),
        birthday=birthday,
        birthday_set_on=joined_on if birthday else None,
        enrolled_at=account.opened_at,
        enrolled_on=joined_on,
        **fields,
    )


def new_card_code() -> str:
    return random_text(CARD_ALPHABET, 10)


def check_birthday(birthday: date | None, *, today: date) -> None:
    if birthday and not date(1900, 1, 1) <= birthday <= today:
        raise BadContact(_("A birthday lies in the past, and not more than a life ago."))


def is_complete(member: Member) -> bool:
    """A profile is complete with a name, a birthday, and an e-mail or phone number."""
    return bool(member.name and member.birthday and (member.email or member.phone))
