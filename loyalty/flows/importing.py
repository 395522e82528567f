"""How a file of sales becomes purchases, refunds and points, as if it were told day by day.

The program's clock follows the file: before a day's sales, what was due by then matures, expires
and is reviewed. Of one day the sales come first, then its refunds in the order of the file. Each
day is one transaction that also moves the mark, so a file that is cut off goes on where it stopped,
and a file that is read again changes nothing.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.days import local_date, start_of
from loyalty.flows import earn, enroll, night, refund
from loyalty.flows.enroll import Newcomer
from loyalty.flows.import_report import Report
from loyalty.merchants.models import Program
from loyalty.purchases.files import Group, Reading
from loyalty.purchases.mapping import Mapping
from loyalty.purchases.models import ImportRun
from loyalty.purchases.opening import BadFile
from loyalty.purchases.sale import Return, Sale, check
from loyalty.refusal import Refusal
from members.joining import clean_email, clean_phone
from members.models import Member

BATCH = 1_000  # Sales in one statement; a day that has more is several batches.
DAY = timedelta(1)


class ImportIsRunning(Refusal):
    code = "import_is_running"


class NotYet(Refusal):
    code = "not_yet"


class _OnlyLooking(Exception):
    """Rolls a trial back."""


@dataclass
class Import:
    """One file on its way into one program."""

    program: Program
    reading: Reading
    run: ImportRun
    report: Report
    members: dict[str, int]  # Accounts by the merchant's own numbers.
    enroll_new: bool
    now: datetime  # Nothing is told before it happened.

    @property
    def today(self) -> date:
        return local_date(self.now, self.program.time_zone)


def import_file(
    program: Program,
    path: Path,
    mapping: Mapping,
    *,
    now: datetime,
    dry_run: bool = False,
    enroll_new: bool = True,
    until: date | None = None,
    progress: Callable[[Reading], None] = lambda reading: None,
) -> Report:
    """Read a file of sales into a program. With ``dry_run`` all is done, and then undone.

    ``until`` lets the clock go on after the last sale, up to that day.
    """
    if until and until > local_date(now, program.time_zone):
        raise NotYet(_("The clock of a program cannot be put forward beyond today."))
    reading = Reading(path, mapping, program.currency, program.time_zone)
    report = Report(dict(program.wallets.values_list("pk", "code")))
    try:
        with transaction.atomic() if dry_run else nullcontext():
            run = _run_of(program, path, mapping, now)
            report.counts.update(run.counts)  # What was done before the file was cut off.
            report.was_done, report.resumed_after = bool(run.finished_at), run.line
            it = Import(program, reading, run, report, _known_members(program), enroll_new, now)
            _read_all(it, until=until, progress=progress)
            if dry_run:
                raise _OnlyLooking
    except _OnlyLooking:
        pass
    return report


def digest_of(path: Path, mapping: Mapping) -> str:
    digest = hashlib.sha256(repr(mapping).encode())
    try:
        with path.open("rb") as file:
            for chunk in iter(lambda: file.read(1 << 20), b""):
                digest.update(chunk)
    except OSError as error:
        raise BadFile(_("%(path)s cannot be read.") % {"path": path}) from error
    return digest.hexdigest()


def _run_of(program: Program, path: Path, mapping: Mapping, now: datetime) -> ImportRun:
    run, _is_new = ImportRun.objects.get_or_create(
        program=program, digest=digest_of(path, mapping),
        defaults={"name": path.name[:200], "started_at": now},
    )  # fmt: skip
    return run


def _known_members(program: Program) -> dict[str, int]:
    known = Member.objects.filter(program=program).exclude(external_id="")
    return dict(known.values_list("external_id", "account_id"))


def _read_all(it: Import, *, until: date | None, progress: Callable[[Reading], None]) -> None:
    for day, groups in _days(it):
        with transaction.atomic():
            _hold(it)
            _pass_nights(it, _clock(it, day))
            _take_day(it, day, groups)
            it.run.line = max(it.run.line, *(group.first_line for group in groups))
            _mark(it)
        progress(it.reading)
    with transaction.atomic():
        _hold(it)
        if until:
            _pass_nights(it, until)
        it.report.close(it.reading)
        it.run.finished_at = it.run.finished_at or it.now
        _mark(it)


def _hold(it: Import) -> None:
    """Lock the mark. Where it has moved, somebody else reads the same file."""
    run = ImportRun.objects.select_for_update().get(pk=it.run.pk)
    if run.line != it.run.line:
        raise ImportIsRunning(_("Somebody else is importing this file at this moment."))


def _mark(it: Import) -> None:
    """Move the mark in the transaction of what it marks."""
    it.run.counts = dict(it.report.counts)
    it.run.save(update_fields=["line", "day", "counts", "finished_at"])


def _days(it: Import) -> Iterator[tuple[date, list[Group]]]:
    """The file by days. What is written already is passed over."""
    zone = it.program.time_zone
    done = it.run.line
    groups = (group for group in it.reading.groups() if group.first_line > done)
    for day, of_day in groupby(groups, key=lambda group: local_date(group.made_at, zone)):
        yield day, list(of_day)


def _clock(it: Import, day: date) -> date:
    """The day that the program's clock shows while a day is read.

    It does not run ahead of what comes next: a slip of one date must not let years pass, and all
    that was earned expire with them. One slip back among the sales ahead does not hold it up.
    """
    ahead = sorted(it.reading.ahead())
    if ahead:
        day = min(day, local_date(ahead[len(ahead) // 10], it.program.time_zone))
    return min(day, it.today)


def _pass_nights(it: Import, day: date) -> None:
    """Let the nights go by between the last day and this one."""
    last = it.run.day
    on = last + DAY if last else day
    while on <= day:
        night.pass_night(it.program, on, now=start_of(on, it.program.time_zone), letters=False)
        on = night.next_due(it.program, after=on, until=day)
    it.run.day = max(last or day, day)


def _take_day(it: Import, day: date, groups: Sequence[Group]) -> None:
    now = min(start_of(day + DAY, it.program.time_zone), it.now)
    sales = [group for group in groups if not group.is_refund]
    refunds = [group for group in groups if group.is_refund]
    for start in range(0, len(sales), BATCH):
        _sell(it, sales[start : start + BATCH], now=now)
    for start in range(0, len(refunds), BATCH):
        _take_back(it, refunds[start : start + BATCH], now=now)


# --- Sales ---------------------------------------------------------------------------------------


def _sell(it: Import, groups: Sequence[Group], *, now: datetime) -> None:
    told = _told(it, groups, now=now)
    if it.enroll_new:
        _enroll(it, told, now=now)
    sales = []
    for group, sale in told:
        account_id = it.members.get(group.member) if group.member else None
        if account_id or sale.contact_email or sale.contact_phone:
            sales.append((group, replace(sale, account_id=account_id)))
        elif group.member:
            it.report.of_non_member(group)
        else:
            it.report.of_nobody(group)
    outcomes = earn.from_purchases(
        it.program, [sale for _group, sale in sales], now=now, letters=False
    )
    for (group, _sale), outcome in zip(sales, outcomes, strict=True):
        it.report.sold(group, outcome)


def _told(it: Import, groups: Sequence[Group], *, now: datetime) -> list[tuple[Group, Sale]]:
    """The sales that can be: who told of another one does not become a member by it."""
    told = []
    for group in groups:
        try:
            sale = _sale(it, group)
            check(sale, now=now)
        except Refusal as problem:
            it.report.refused(group, problem)
            continue
        told.append((group, sale))
    return told


def _sale(it: Import, group: Group) -> Sale:
    return Sale(
        source=it.reading.mapping.source, reference=group.reference, made_at=group.made_at,
        lines=tuple(group.lines), payment_method=group.payment_method, channel=group.channel,
        contact_email=clean_email(group.email),
        contact_phone=clean_phone(group.phone, it.program.currency),
    )  # fmt: skip


def _enroll(it: Import, told: Sequence[tuple[Group, Sale]], *, now: datetime) -> None:
    """Who is named and no member yet joins with their first sale."""
    newcomers = [
        Newcomer(
            external_id=group.member, joined_at=group.made_at, email=sale.contact_email,
            phone=sale.contact_phone,
        )
        for group, sale in told
        if group.member and group.member not in it.members
    ]  # fmt: skip
    if newcomers:
        joined = enroll.enroll_all(it.program, newcomers, now=now)
        it.members |= joined
        it.report.counts["members"] += len(joined)


# --- Refunds -------------------------------------------------------------------------------------


def _take_back(it: Import, groups: Sequence[Group], *, now: datetime) -> None:
    told = []
    for group in groups:
        if not group.member:
            it.report.of_nobody(group)
        elif group.member not in it.members:
            it.report.of_non_member(group)
        else:
            told.append((group, _return(it, group)))
    outcomes = refund.refund_all(it.program, [ret for _group, ret in told], now=now, letters=False)
    for (group, _ret), outcome in zip(told, outcomes, strict=True):
        it.report.came_back(group, outcome)


def _return(it: Import, group: Group) -> Return:
    return Return(
        source=it.reading.mapping.source, reference=group.reference, made_at=group.made_at,
        account_id=it.members[group.member], lines=tuple(group.lines),
    )  # fmt: skip
