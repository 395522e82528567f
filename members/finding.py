"""Whose is it? Members by the names that tills, shops and people know them by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from loyalty import bulk
from loyalty.ledger.models import Account
from loyalty.merchants.models import Program
from loyalty.refusal import Refusal
from members.models import Member


class UnknownMember(Refusal):
    code = "unknown_member"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """How a teller names a member: by a name that is sure, or by contact data of maybe nobody."""

    public_id: str = ""
    card_code: str = ""
    external_id: str = ""
    email: str = ""
    phone: str = ""

    @property
    def is_sure(self) -> bool:
        return bool(self.public_id or self.card_code or self.external_id)


@dataclass(frozen=True, slots=True)
class Found:
    """A member, as far as tellers need to know."""

    account_id: int
    public_id: str


_SURE = ("public_id", "card_code", "external_id")  # In this order: the first that is told decides.
_SHOWN = ("email", "phone")  # These name somebody only once they are verified.
_FIELDS = (*_SURE, *_SHOWN)
_FIND = {
    field: f"""
SELECT v.name, COALESCE(now.account_id, member.account_id),
    COALESCE(now.public_id, member.public_id)
FROM {{rows}} JOIN members_member member ON member.{field} = v.name
LEFT JOIN members_member now ON now.id = member.merged_into_id
WHERE member.program_id = %s
"""
    for field in _SURE
}
_FIND |= {
    field: _FIND["public_id"].replace(".public_id =", f".{field} =")
    + f"AND member.{field}_verified_at IS NOT NULL"
    for field in _SHOWN
}


def find(program: Program, named: Sequence[Named]) -> list[Found | None]:
    """Each member, in one query a field. None: there is no such member, or it is nobody's contact.

    An e-mail or phone number names a member only once it is verified: anybody could type it.
    """
    known = {field: _known(program, field, named) for field in _FIELDS}
    return [_match(one, known) for one in named]


def survivors(accounts: Iterable[int]) -> dict[int, int]:
    """The accounts of those that became part of another, with the other's."""
    merged = Member.objects.filter(account__in=list(accounts), merged_into__isnull=False)
    return dict(merged.values_list("account", "merged_into__account"))


def behind(account: Account | None) -> Member | None:
    """The person whose an account is. None: nobody's yet, or they were forgotten."""
    return getattr(account, "member", None)


def locked(member: Member) -> Member:
    """A member as they are now, under a lock; refused if they were forgotten meanwhile."""
    found = Member.objects.select_for_update(no_key=True, of=("self",)).filter(pk=member.pk)
    for now_there in found.select_related("program"):
        return now_there
    raise unknown_member()


def unknown_member() -> UnknownMember:
    return UnknownMember(_("There is no such member."))


def _match(one: Named, known: dict[str, dict[str, Found]]) -> Found | None:
    for field in _FIELDS:
        if name := getattr(one, field):
            found = known[field].get(name)
            if found or field in _SURE:
                return found
    return None


def _known(program: Program, field: str, named: Sequence[Named]) -> dict[str, Found]:
    """The members that some of these names are, by the name."""
    names = {getattr(one, field) for one in named} - {""}
    if not names:
        return {}
    rows = bulk.fetch(
        _FIND[field], {"name": "text"}, [(name,) for name in sorted(names)], after=[program.pk]
    )
    return {name: Found(account_id, public_id) for name, account_id, public_id in rows}
