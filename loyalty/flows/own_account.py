"""Nobody at work does anything for an account of their own."""

from loyalty.merchants.models import Staff
from loyalty.refusal import Refusal
from members.models import Member


class OwnAccount(Refusal):
    code = "own_account"


def refuse_own(member: Member | None, by: object, sentence: str) -> None:
    """Refuse what somebody of the team would do for themselves; machines have no account."""
    if isinstance(by, Staff) and member is not None and member.belongs_to(by.user):
        raise OwnAccount(sentence)
