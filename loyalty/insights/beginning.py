"""How far the setting up of a program has come: asked in one statement."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef

from loyalty.earning.models import EarningRule
from loyalty.ledger.models import Audit
from loyalty.merchants.models import Invitation, Program, Staff
from loyalty.messaging.models import Message
from loyalty.rewards.models import Reward
from members.models import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What is there already, and whether letters or the books need a look."""

    rule: bool
    reward: bool
    member: bool
    team: bool
    letters_given_up: bool
    books_are_broken: bool

    @property
    def is_done(self) -> bool:
        return self.rule and self.reward and self.member and self.team


def beginning_of(program: Program) -> Beginning:
    here = {"program": OuterRef("pk")}
    at_merchant: dict[str, Any] = {"merchant": OuterRef("merchant")}
    colleagues = Staff.objects.filter(is_active=True, **at_merchant)
    asked = {
        "rule": Exists(EarningRule.objects.live().filter(**here)),
        "reward": Exists(Reward.objects.kept().filter(**here)),
        "member": Exists(Member.objects.filter(**here)),
        "invited": Exists(Invitation.objects.filter(**at_merchant)),
        "colleague": Exists(colleagues.order_by("pk")[1:2]),
        "letters_given_up": Exists(Message.objects.dead().filter(**here)),
        "books_are_broken": Exists(Audit.objects.broken().filter(**here)),
    }
    found: dict[str, bool] = dict(Program.objects.filter(pk=program.pk).values(**asked).get())  # type: ignore[arg-type]
    invited, colleague = found.pop("invited"), found.pop("colleague")
    return Beginning(team=invited or colleague, **found)
