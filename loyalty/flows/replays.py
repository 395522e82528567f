"""A campaign tried on the past: asked for, worked out apart from the request, kept, or called off.

What is owed is a row. Whoever works on it holds it by a lease and says how far it is; when a worker
is lost, another begins it anew, which costs a minute and leaves nothing half done. The work itself
only reads, and comes from above: ``insights.replay`` judges, this writes down what came of it.
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any, Protocol

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from campaigns.campaign_forms import campaign_data, clean_campaign
from campaigns.models import Campaign
from campaigns.replays.models import Replay
from loyalty import leases, outside
from loyalty.days import local_date, start_of
from loyalty.earning.activity import PURCHASE
from loyalty.earning.parts import BadRule
from loyalty.flows.campaigns import CampaignRefused
from loyalty.leases import LEASE
from loyalty.ledger.worth import ALL, Worth, spent_of, worth_of
from loyalty.merchants import trail
from loyalty.merchants.models import Program
from loyalty.merchants.trail import By
from loyalty.messaging import waking
from loyalty.public_ids import new_public_id
from loyalty.purchases.models import Purchase
from loyalty.refusal import Refusal

MOST_DAYS = 366
MOST_SALES = 400_000  # What one worker judges within its time, on a slow machine.
MOST_KEPT = 50  # Of one campaign; the oldest go.
MOST_ATTEMPTS = 3
LONGEST = 240.0  # Seconds. Below the limits of tasks.
LOST, BROKEN, TOO_LONG = "lost", "broken", "too_long"

logger = logging.getLogger(__name__)
_one_at_a_time = Lock()  # Of a process: sweeps and letters need its other threads.


class ReplayRefused(Refusal):
    """What was asked cannot be tried; ``problems`` in its facts name each wrong field."""

    code = "bad_replay"


class ReplayRuns(Refusal):
    code = "replay_runs"


class Work(Protocol):
    """A replay at work: see ``insights.replay.running.Run``."""

    def bites(self) -> Iterator[int]: ...
    def result(self) -> dict[str, Any]: ...


def ask(
    campaign: Campaign,
    *,
    since: date,
    until: date,
    by: By,
    now: datetime,
    changes: dict[str, Any] | None = None,
    spent_basis_points: int | None = None,
    worth: Worth | None = None,
    public_id: str = "",
) -> Replay:
    """Owe a replay of a campaign over days up to ``until``, with ``changes`` that are not made.

    How much of it will be spent, and what it is worth, are the program's own figures unless told.
    ``public_id`` asks once: a second click finds the first one's.
    """
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        program = campaign.program
        if public_id and (made := campaign.replays.filter(public_id=public_id).first()):
            return made
        told, promised = _told(campaign, program, changes)
        problems = _problems(promised, since, until, local_date(now, program.time_zone))
        total = 0 if problems else _sales(program, since, until)
        if total > MOST_SALES:
            problems["since"] = _(
                "These days hold more than %(most)s sales. Choose fewer days."
            ) % {"most": f"{MOST_SALES:,}"}
        if problems:
            raise ReplayRefused(" ".join(problems.values()), problems=problems)
        if campaign.replays.open().exists():
            raise ReplayRuns(
                _("This campaign is tried at this moment. Wait for it, or call it off.")
            )
        wallet = program.wallets.get(pk=promised["wallet"].pk)
        worth = worth or worth_of(program, wallet)
        if spent_basis_points is None:
            measured = spent_of(wallet, today=local_date(now, program.time_zone))
            spent_basis_points = ALL if measured is None else measured
        made = campaign.replays.create(
            public_id=public_id or new_public_id(), told=told, since=since, until=until,
            spent_basis_points=spent_basis_points, worth_points=worth.points,
            worth_minor=worth.minor, total=total, asked_by=trail.person(by), asked_at=now,
        )  # fmt: skip
        _forget_oldest(campaign)
        days = {"since": since.isoformat(), "until": until.isoformat()}
        _tell("campaign.replay", campaign, by=by, now=now, after=days)
        transaction.on_commit(partial(waking.wake, waking.REPLAYS, at_once=True))
    return made


@transaction.atomic
def cancel(replay: Replay, *, by: By, now: datetime) -> None:
    """Call a replay off. Who works on it notices at the next bite."""
    told = {"state": Replay.State.CANCELLED, "finished_at": now, "lease": "", "leased_until": None}
    if Replay.objects.open().filter(pk=replay.pk).update(**told):
        _tell("campaign.replay_off", replay.campaign, by=by, now=now)


def has_open(*, now: datetime) -> bool:
    return Replay.objects.claimable(now).exists()


def run_open(
    begin: Callable[[Replay], Work], *, clock: Callable[[], datetime], seconds: float = LONGEST
) -> int:
    """Work out the replays that are owed, the oldest first; say how many are done."""
    outside.refuse_in_transaction()
    if not _one_at_a_time.acquire(blocking=False):
        return 0
    try:
        ends, done = time.monotonic() + seconds, 0
        while time.monotonic() < ends and (replay := claim(now=clock())):
            done += _run(replay, begin, clock, ends)
        return done
    finally:
        _one_at_a_time.release()


def claim(*, now: datetime) -> Replay | None:
    """Take the oldest replay that nobody works on, to begin it."""
    for replay in Replay.objects.claimable(now).select_related("campaign").order_by("pk")[:20]:
        replay.lease, replay.attempts = leases.new_token(), replay.attempts + 1
        free = Replay.objects.claimable(now).filter(pk=replay.pk)
        if free.update(
            lease=replay.lease, leased_until=now + LEASE, attempts=replay.attempts, done=0,
            started_at=now,
        ):  # fmt: skip
            return replay
    return None


def _run(
    replay: Replay, begin: Callable[[Replay], Work], clock: Callable[[], datetime], ends: float
) -> bool:
    if replay.attempts > MOST_ATTEMPTS:
        return _end(replay, clock(), state=Replay.State.FAILED, error=LOST)
    try:
        with leases.renewed(_ours(replay), clock):
            work = begin(replay)
            for done in work.bites():
                if not _ours(replay).update(done=done, leased_until=clock() + LEASE):
                    return False  # Called off, or somebody else's by now.
                if time.monotonic() >= ends:
                    return _end(replay, clock(), state=Replay.State.FAILED, error=TOO_LONG)
            result = work.result()
        return _end(replay, clock(), state=Replay.State.DONE, result=result)
    except Exception:  # One that fails must not stop the others.
        logger.exception("Replay %s failed.", replay.public_id)
        if replay.attempts >= MOST_ATTEMPTS:
            return _end(replay, clock(), state=Replay.State.FAILED, error=BROKEN)
        again = clock() + timedelta(seconds=5)
        _ours(replay).update(lease="", leased_until=again)
        return False


def _end(replay: Replay, now: datetime, **told: Any) -> bool:
    return bool(_ours(replay).update(lease="", leased_until=None, finished_at=now, **told))


def _ours(replay: Replay) -> QuerySet[Replay]:
    return Replay.objects.open().filter(pk=replay.pk, lease=replay.lease)


def _tell(
    action: str,
    campaign: Campaign,
    *,
    by: By,
    now: datetime,
    after: dict[str, Any] | None = None,
) -> None:
    subject = f"campaign:{campaign.public_id}"
    trail.record(action, subject, program=campaign.program, now=now, by=by, after=after)


def _told(
    campaign: Campaign, program: Program, changes: dict[str, Any] | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The campaign to be tried: as data to keep, and read."""
    told = {**campaign_data(campaign), **(changes or {})}
    wallets = {wallet.code: wallet for wallet in program.wallets.all()}
    try:
        promised = clean_campaign(told, wallets=wallets)
    except BadRule as bad:
        raise CampaignRefused(str(bad), problems=bad.problems) from bad
    return campaign_data(Campaign(program=program, **promised)), promised


def _problems(promised: dict[str, Any], since: date, until: date, today: date) -> dict[str, str]:
    problems: dict[str, str] = {}
    if promised["trigger"] != PURCHASE:
        problems["campaign"] = _("Only what is given for purchases can be tried on past ones.")
    if until <= since:
        problems["until"] = _("The last day comes after the first.")
    elif until > today + timedelta(1):
        problems["until"] = _("These days are not over yet.")
    elif (until - since).days > MOST_DAYS:
        problems["since"] = _("Choose at most %(days)s days.") % {"days": MOST_DAYS}
    return problems


def _sales(program: Program, since: date, until: date) -> int:
    zone = program.time_zone
    return Purchase.objects.filter(
        program=program, made_at__gte=start_of(since, zone), made_at__lt=start_of(until, zone),
        account__isnull=False,
    ).count()  # fmt: skip


def _forget_oldest(campaign: Campaign) -> None:
    old = campaign.replays.order_by("-pk").values_list("pk", flat=True)[MOST_KEPT:]
    campaign.replays.filter(pk__in=list(old)).delete()
