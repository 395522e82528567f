"""The letters that come of a batch: collected while it is judged, owed when it is written."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Protocol

from loyalty.bulk import Statement
from loyalty.days import local_date
from loyalty.earning.activity import SIGN_UP
from loyalty.flows.causes import Cause
from loyalty.ledger.book import Line
from loyalty.messaging import outbox
from loyalty.messaging.outbox import Letter
from members import consents
from members.models import Member
from members.standing import Promotion, Standings

# As the desk says it of letters that are not wanted when they are to leave.
NO_ADDRESS = "The member is blocked, has left, or has no address."
NO_CONSENT = "The member asked for no letters."


class ProgramFacts(Protocol):
    @property
    def program_id(self) -> int: ...
    @property
    def time_zone(self) -> str: ...


class Announcements:
    """Letters to the members of a batch. Whether one is wanted is looked at when it is sent."""

    def __init__(self, program: ProgramFacts, standings: Standings, *, now: datetime) -> None:
        self.program = program
        self.standings = standings
        self.now = now
        self.letters: list[Letter] = []

    def earned(self, cause: Cause, lines: Sequence[Line]) -> None:
        if cause.kind == SIGN_UP:
            return  # The letter of welcome tells of them.
        waits = self._waits(lines)
        self._write(
            cause.account_id, "points_earned", f"{cause.key}/earned",
            awards=_awards(lines), reason=cause.kind,
            amount_minor=cause.amount_minor if cause.is_purchase else None,
            occurred_at=cause.occurred_at.isoformat(),
            available_on=waits.isoformat() if waits else None,
        )  # fmt: skip

    def promoted(self, account_id: int, promotion: Promotion, *, key: str) -> None:
        rung = promotion.after
        until = promotion.last_day
        self._write(
            account_id, "tier_reached", f"{key}/tier:{rung.id}", tier=dict(rung.name),
            benefits=dict(rung.benefits), until=until.isoformat() if until else None,
        )  # fmt: skip

    def taken_back(
        self,
        account_id: int,
        lines: Sequence[Line],
        *,
        key: str,
        amount_minor: int | None,
        at: datetime,
    ) -> None:
        owed = {line.held.wallet_id: line.held.owed for line in lines if line.held.owed}
        self._write(
            account_id, "points_taken_back", f"{key}/taken", awards=_awards(lines),
            owed=[{"wallet_id": wallet, "points": points} for wallet, points in owed.items()],
            amount_minor=amount_minor, occurred_at=at.isoformat(),
        )  # fmt: skip

    def owe(self) -> None:
        outbox.owe(self.letters, now=self.now)
        self.letters = []

    def take_statements(self) -> list[Statement]:
        """What ``owe`` would do, for somebody who does it together with something else."""
        letters, self.letters = self.letters, []
        return outbox.owing(letters, now=self.now)

    def _write(self, account_id: int, template: str, key: str, **context: Any) -> None:
        person = self.standings.person(account_id)
        if person.email and person.wants_letters:
            self.letters.append(
                Letter(
                    program_id=self.program.program_id,
                    key=key,
                    account_id=account_id,
                    to=person.email,
                    template=template,
                    language=person.language,
                    context=context,
                )  # fmt: skip
            )

    def _waits(self, lines: Sequence[Line]) -> date | None:
        """The day on which points become available that cannot be spent yet."""
        available_at = max((line.available_at for line in lines if line.available_at), default=None)
        if available_at is None or available_at <= self.now:
            return None
        return local_date(available_at, self.program.time_zone)


def _awards(lines: Sequence[Line]) -> list[dict[str, int]]:
    points: dict[int, int] = {}
    for line in lines:
        points[line.held.wallet_id] = points.get(line.held.wallet_id, 0) + abs(line.points)
    return [{"wallet_id": wallet, "points": sum_} for wallet, sum_ in points.items()]


def letter_to(
    member: Member,
    template: str,
    *,
    key: str,
    to: str = "",
    due_at: datetime | None = None,
    **told: Any,
) -> Letter:
    """A letter to a member, in their language. ``to`` names another address than theirs."""
    return Letter(
        program_id=member.program_id, key=key, account_id=member.account_id,
        to=to or member.email, template=template, language=member.language, context=told,
        due_at=due_at,
    )  # fmt: skip


def owe_or_say_why(
    letters: Sequence[Letter], members: Sequence[Member], purpose: str, *, now: datetime
) -> None:
    """Owe letters, one to each member, to those who may be written to; write down why not else."""
    chosen = consents.choices_of(members)
    owed: list[Letter] = []
    refused: dict[str, list[Letter]] = {NO_ADDRESS: [], NO_CONSENT: []}
    for letter, member in zip(letters, members, strict=True):
        if not member.email:
            refused[NO_ADDRESS].append(letter)
        elif not chosen[member.pk][consents.MAIL, purpose]:
            refused[NO_CONSENT].append(letter)
        else:
            owed.append(letter)
    outbox.owe(owed, now=now)
    for reason, some in refused.items():
        outbox.write_down_unwanted(some, reason, now=now)
