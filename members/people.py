"""Members as a batch knows them: who they are, their tier, and the days that count towards it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from loyalty import bulk
from loyalty.bulk import Answer
from loyalty.days import add_months, period_start
from members.counting import COLUMNS, Days
from members.judging import Held
from members.ladder import FOREVER, Ladder, Measure, Rung, Window
from members.models import Member

# What members are assumed to want, and may decline: letters about their account.
_WANTS_LETTERS = """COALESCE((
        SELECT consent.is_given FROM members_consent consent
        WHERE consent.member_id = member.id AND consent.channel = 'mail'
            AND consent.purpose = 'account'
        ORDER BY consent.id DESC LIMIT 1
    ), true)"""
_PEOPLE = f"""
SELECT member.account_id, member.id, member.public_id, member.name, member.email,
    member.language, member.birthday, {_WANTS_LETTERS}, member.state, member.enrolled_on,
    member.birthday_set_on
    {{more}}
FROM {{rows}} JOIN members_member member ON member.account_id = v.account_id
{{join}}
WHERE member.program_id = %s
"""
_STATUS = """
    , status.tier_id, status.since_on, status.review_on, status.in_grace, status.is_in_doubt,
    (
        SELECT {listed} FROM members_qualifyingday day
        WHERE day.account_id = v.account_id AND day."on" >= v.since_on AND day."on" < v.until_on
    ),
    {earlier}
"""
_EARLIER = """(
    SELECT SUM({worth}) FROM members_qualifyingday day
    WHERE day.account_id = v.account_id AND day."on" < v.since_on {joined}
)"""
_JOIN = "LEFT JOIN members_tierstatus status ON status.account_id = v.account_id"
_SPANS = {"account_id": "bigint", "since_on": "date", "until_on": "date"}


@dataclass(slots=True, kw_only=True)
class Person:
    """A member as a batch knows them, with the tier they have at that moment of it."""

    account_id: int
    member_id: int
    public_id: str
    name: str
    email: str
    language: str
    birthday: date | None
    birthday_set_on: date | None
    wants_letters: bool
    state: str
    enrolled_on: date
    rung: Rung | None = None
    since_on: date | None = None
    review_on: date | None = None
    in_grace: bool = False
    is_in_doubt: bool = False

    @property
    def is_active(self) -> bool:
        return self.state == Member.State.ACTIVE

    @property
    def held(self) -> Held:
        """The tier that they have, in a program that has tiers."""
        assert self.rung is not None
        return Held(
            rung=self.rung,
            review_on=self.review_on,
            in_grace=self.in_grace,
            is_in_doubt=self.is_in_doubt,
        )


def read(
    ladder: Ladder, program_id: int, when: Mapping[int, Iterable[date]]
) -> Iterator[tuple[Person, Days]]:
    """Read members with the days around those on which something happened, in one statement."""
    return told(ladder, ask(ladder, program_id, when))


def ask(ladder: Ladder, program_id: int, when: Mapping[int, Iterable[date]]) -> Answer:
    """The first half of ``read``: what must be done while it is waited for can be asked."""
    spans = [(account_id, *_span(ladder, days)) for account_id, days in when.items()]
    return bulk.ask(_people_sql(ladder), _SPANS, spans, after=[program_id])


def told(ladder: Ladder, asked: Answer) -> Iterator[tuple[Person, Days]]:
    """The second half of ``read``."""
    for row in asked():
        person = _person(row)
        if ladder.rungs:
            listed, earlier = _take_status(person, ladder, row[11:])
            days = Days(ladder, person.enrolled_on, read_days(listed), int(earlier or 0))
        else:
            days = Days(ladder, person.enrolled_on)
        yield person, days


def days_to_judge(ladder: Ladder, today: date) -> tuple[date, date]:
    """The first and last of the days around which everything must be known to judge a tier."""
    if ladder.is_for_ever or ladder.is_rolling:
        return today, today
    return add_months(today, -12 * ladder.kept_years), today


def _span(ladder: Ladder, days: Iterable[date]) -> tuple[date, date]:
    """The days that must be known one by one to judge what happened on some days."""
    days = list(days)
    first, last = min(days), max(days)
    if ladder.is_for_ever:
        return first, FOREVER
    first -= timedelta(ladder.grace_days)
    if ladder.window == Window.CALENDAR_YEAR:
        return period_start("year", first), date(last.year + 1, 1, 1)
    first = add_months(first, -12)
    return first, FOREVER if ladder.is_rolling else add_months(last, 12)


def _person(row: Sequence[Any]) -> Person:
    keys = ("account_id", "member_id", "public_id", "name", "email", "language")
    enrolled_on = _day(row[9])
    assert enrolled_on is not None
    return Person(
        **dict(zip(keys, row[:6], strict=True)),
        birthday=_day(row[6]),
        birthday_set_on=_day(row[10]),
        wants_letters=bool(row[7]),
        state=row[8],
        enrolled_on=enrolled_on,
    )


def _take_status(person: Person, ladder: Ladder, row: Sequence[Any]) -> tuple[str | None, Any]:
    tier_id, since_on, review_on, in_grace, is_in_doubt, listed, earlier = row
    person.rung = ladder.rung(tier_id)
    person.since_on, person.review_on = _day(since_on), _day(review_on)
    person.in_grace, person.is_in_doubt = bool(in_grace), bool(is_in_doubt)
    return listed, earlier


def _people_sql(ladder: Ladder) -> str:
    if not ladder.rungs:
        return _PEOPLE.replace("{more}", "").replace("{join}", "")
    earlier = "0"
    if ladder.is_for_ever:
        joined = 'AND day."on" >= member.enrolled_on'
        earlier = _EARLIER.replace("{worth}", worth_of(ladder))
        earlier = earlier.replace(
            "{joined}", joined if ladder.window == Window.SINCE_JOINING else ""
        )
    more = _STATUS.replace("{listed}", _list_of(ladder)).replace("{earlier}", earlier)
    return _PEOPLE.replace("{more}", more).replace("{join}", _JOIN)


def _list_of(ladder: Ladder) -> str:
    """SQL that lists days with their figure in one text: "2027-03-02=35000,2027-03-05=…"."""
    gather = "string_agg" if connection.vendor == "postgresql" else "group_concat"
    return f"{gather}(day.\"on\" || '=' || day.{COLUMNS[ladder.measure]}, ',')"


def worth_of(ladder: Ladder) -> str:
    """SQL for what one day counts for in the ladder's measure."""
    if ladder.measure == Measure.VISITS:
        return "CASE WHEN day.purchases > 0 THEN 1 ELSE 0 END"
    return f"day.{COLUMNS[ladder.measure]}"


def read_days(listed: str | None) -> dict[date, int]:
    pairs = (pair.split("=") for pair in (listed or "").split(",") if pair)
    return {date.fromisoformat(on): int(figure) for on, figure in pairs}


def _day(value: date | str | None) -> date | None:
    """A date as either database gives it."""
    return date.fromisoformat(value) if isinstance(value, str) else value
