"""Nobody at work does anything for an account of their own."""

from django.db.models import Q

from loyalty.merchants.models import Program, Staff
from loyalty.refusal import Refusal
from members.models import Member


class OwnAccount(Refusal):
    code = "own_account"


def refuse_own(member: Member | None, by: object, sentence: str) -> None:
    """Refuse what somebody of the team would do for themselves; machines have no account."""
    if isinstance(by, Staff) and member is not None and member.belongs_to(by.user):
        raise OwnAccount(sentence)


def linked_accounts(program: Program) -> set[int]:
    """The accounts of those who work here: they win nothing that their house gives away."""
    team = Staff.objects.filter(merchant=program.merchant_id, is_active=True)
    addresses = {email.lower() for email in team.values_list("user__email", flat=True) if email}
    theirs = Q(user__in=team.values("user")) | Q(email__in=addresses)
    return set(Member.objects.filter(theirs, program=program).values_list("account", flat=True))
