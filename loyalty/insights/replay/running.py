"""One replay, from its first sale to its result. It only reads."""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from campaigns.book import CampaignBook, compile_book
from campaigns.campaign_forms import clean_campaign
from campaigns.effects import effect_from_json
from campaigns.models import Campaign
from campaigns.replays.models import Replay
from loyalty.earning.activity import PURCHASE
from loyalty.earning.rulebook import Rulebook, rulebook_for
from loyalty.insights.periods import Span
from loyalty.insights.replay.happened import History, Sold
from loyalty.insights.replay.judging import Worlds
from loyalty.insights.replay.sums import Sums
from loyalty.ledger.worth import Worth
from loyalty.merchants.models import Program
from members.models import TierPolicy

REPORT_EVERY = 500  # Sales between two signs of life.


@dataclass
class Run:
    """A replay at work. ``bites`` does it, ``result`` tells what it came to."""

    replay: Replay
    campaign: Campaign
    program: Program
    history: History
    worlds: Worlds
    notes: list[str]
    sums: Sums = field(default_factory=Sums)

    @classmethod
    def of(cls, replay: Replay) -> "Run":
        program = Program.objects.get(pk=replay.campaign.program_id)
        campaign = tried(replay, program)
        rulebook = rulebook_for(program.pk, program.version)
        history = History(
            program, rulebook, replay.since, replay.until, own_source=campaign.source,
            wallet_id=campaign.wallet_id,
        )  # fmt: skip
        campaign.starts_at, campaign.ends_at = history.starts_at, history.ends_at
        beside = others(program, campaign, history.starts_at, history.ends_at)
        without = compile_book(beside)
        together = compile_book([campaign, *beside])
        history.look_back(
            counts=_asks_for_counts(rulebook, together), facts=_facts_asked(rulebook, together)
        )
        worlds = Worlds(
            rulebook, without, together, campaign.wallet_id, campaign.source, campaign.budget
        )
        return cls(replay, campaign, program, history, worlds, _notes(campaign, beside))

    def bites(self) -> Iterator[int]:
        """Do it; say now and then how many sales are judged."""
        reported = 0
        for event in self.history.events():
            shares = (
                self.worlds.sold(event) if isinstance(event, Sold) else self.worlds.came_back(event)
            )
            for share in shares:
                self.sums.add(share)
            if self.history.read - reported >= REPORT_EVERY:
                reported = self.history.read
                yield reported
        yield self.history.read

    def result(self) -> dict[str, Any]:
        """What it came to, in whole numbers: points of the campaign's wallet, money in minor."""
        replay = self.replay
        told = self.sums.told(Span(replay.since, replay.until).each())
        worth = Worth(replay.worth_points, replay.worth_minor)
        added = self.sums.whole.added
        spent_on, prize = self.worlds.budget_spent_on, prize_of(self.campaign)
        return told | {
            "cost_minor": None if prize else worth.of(added, replay.spent_basis_points),
            "liability_minor": None if prize else worth.of(added),
            "prize": prize,
            "budget_spent_on": spent_on.isoformat() if spent_on else None,
            "forgotten": self.history.forgotten,
            "notes": self.notes,
        }


def tried(replay: Replay, program: Program) -> Campaign:
    """The campaign as it was tried, under its own number; it is never saved."""
    wallets = {wallet.code: wallet for wallet in program.wallets.all()}
    kept = replay.campaign
    campaign = Campaign(program=program, **clean_campaign(replay.told, wallets=wallets))
    campaign.pk, campaign.public_id = kept.pk, kept.public_id
    return campaign


def prize_of(campaign: Campaign) -> str:
    """What it gives in the place of points: "reward", "badge", or nothing."""
    prize = effect_from_json(campaign.effect).prize
    return prize["kind"] if prize else ""


def others(
    program: Program, campaign: Campaign, since: datetime, until: datetime
) -> list[Campaign]:
    """The campaigns that ran then, as they are written down today, each in its own time."""
    States = Campaign.State  # noqa: N806
    ran = program.campaigns.filter(starts_at__lt=until, ends_at__gt=since).exclude(
        state=States.DRAFT
    )
    found = []
    for it in ran.exclude(pk=campaign.pk).select_related("wallet"):
        beside = copy(it)
        beside.ends_at = min(it.ends_at, it.ended_at or it.ends_at)
        found.append(beside)
    return found


def _asks_for_counts(rulebook: Rulebook, book: CampaignBook) -> bool:
    asked = rulebook.counts_purchases | rulebook.needs_last_purchase
    return PURCHASE in asked | book.counts_purchases | book.needs_last_purchase


def _facts_asked(rulebook: Rulebook, book: CampaignBook) -> frozenset[str]:
    kept = (*book.promises.get(PURCHASE, ()), *book.presents.get(PURCHASE, ()))
    promised = [it.rule for it in kept]
    rules = [*rulebook.rules.get(PURCHASE, ()), *promised]
    return frozenset().union(*(rule.facts for rule in rules))


def _notes(campaign: Campaign, beside: list[Campaign]) -> list[str]:
    """What could not be lived through as it was, by its name; see ``insights.replay.telling``."""
    kinds = {condition["kind"] for condition in campaign.conditions}
    told = []
    if prize := prize_of(campaign):
        told.append(f"gives_{prize}")
    if "dates" in kinds:
        told.append("dates")
    if "segment" in kinds:
        told.append("segments")
    if campaign.is_qualifying and _counts_points(campaign.program_id):
        told.append("tiers_as_they_were")
    if any(it.state == Campaign.State.PAUSED for it in beside):
        told.append("paused_beside")
    if beside:
        told.append("beside")
    return told


def _counts_points(program_id: int) -> bool:
    policies = TierPolicy.objects.filter(program=program_id, measure=TierPolicy.Measure.POINTS)
    return policies.exists()


def last_month(today: date) -> tuple[date, date]:
    """The calendar month before this one, half-open."""
    first = today.replace(day=1)
    return (first - timedelta(1)).replace(day=1), first
