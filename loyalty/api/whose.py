"""How a body names a member: by our id, the card, the shop's own number, or contact data."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from loyalty.api.bodies import Body
from loyalty.api.fields import Id, Text
from loyalty.merchants.models import Program
from members import finding, joining
from members.finding import Found, Named

FIELDS = ("member", "card_code", "external_id", "email", "phone")


class WhoseSerializer(Body):
    """Whose it is. The first of `member`, `card_code` and `external_id` that is told decides."""

    member = Id(default="", allow_blank=True, help_text=_("The member's id."))
    card_code = Id(default="", allow_blank=True, help_text=_("As the QR code of the card says it."))
    external_id = Text(
        max_length=80, default="", allow_blank=True, help_text=_("Your own number for the member.")
    )
    email = Text(
        max_length=254,
        default="",
        allow_blank=True,
        help_text=_("Finds the member who has shown that it is theirs."),
    )
    phone = Text(max_length=30, default="", allow_blank=True, help_text=_("Like email."))


def named(told: dict[str, Any], program: Program) -> Named:
    """Whom a body names. Contact data that cannot be right are refused."""
    return Named(
        public_id=told["member"],
        card_code=told["card_code"],
        external_id=told["external_id"],
        email=joining.clean_email(told["email"]),
        phone=joining.clean_phone(told["phone"], program.currency),
    )


@dataclass(slots=True)
class Telling:
    """A body on its way: what it tells, whom it names, and who that is."""

    told: dict[str, Any]
    named: Named
    found: Found | None = None

    @property
    def account_id(self) -> int | None:
        return self.found.account_id if self.found else None


def telling(told: dict[str, Any], program: Program) -> Telling:
    return Telling(told, named(told, program))


def find_all(tellings: list[Telling], program: Program) -> list[Telling]:
    """Look up the members of all of them at once."""
    found = finding.find(program, [it.named for it in tellings])
    for it, member in zip(tellings, found, strict=True):
        it.found = member
    return tellings


def must_be_somebody(it: Telling) -> Telling:
    if it.found is None:
        raise finding.unknown_member()
    return it


def must_not_be_wrong(it: Telling) -> Telling:
    """Contact data may be nobody's yet; a name that is sure may not."""
    return must_be_somebody(it) if it.named.is_sure else it


def public_ids(
    program: Program, accounts: Iterable[int | None], tellings: Iterable[Telling]
) -> dict[int | None, str | None]:
    """The members behind accounts. Only those that nobody has just looked up are looked up."""
    names: dict[int | None, str | None] = {None: None}
    names |= {it.found.account_id: it.found.public_id for it in tellings if it.found}
    if missing := set(accounts) - names.keys():
        known = program.members.filter(account__in=missing)
        names |= dict(known.values_list("account_id", "public_id"))
    return names
