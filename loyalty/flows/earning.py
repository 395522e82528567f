"""One batch of causes under the lock of its accounts: read once, judged in order, written once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns.book import book_for
from campaigns.challenges.book import book_for as challenges_for
from campaigns.followups.book import book_for as followups_for
from campaigns.rules import bonuses_for
from loyalty import bulk
from loyalty.bulk import Answer, Statement
from loyalty.days import local_date
from loyalty.earning import cap_usage, caps, rules
from loyalty.earning import history as activity_history
from loyalty.earning.activity import Activity, Award, Who
from loyalty.earning.caps import CapKey
from loyalty.earning.conditions import Counted as Basket
from loyalty.earning.rulebook import Rule, Rulebook
from loyalty.flows import automatic, presents, redeem
from loyalty.flows.announcing import Announcements
from loyalty.flows.causes import Cause
from loyalty.flows.following import Following
from loyalty.flows.playing import Playing
from loyalty.ledger import figures, posting
from loyalty.ledger.book import Book, Line
from loyalty.ledger.figures import Counted
from loyalty.purchases import history as purchase_history
from loyalty.rewards import supply
from loyalty.rewards.issuing import Issue
from loyalty.rewards.models import Reward
from loyalty.rewards.shelf import shelf_for
from members import audience, people
from members.ladder import Ladder, Rung, ladder_for
from members.models import Member
from members.standing import Promotion, Standings

_AWARDS = {
    "balance_id": "bigint", "seq": "bigint", "purchase_id": "bigint", "value_minor": "bigint",
    "basis": "jsonb", "whole_above_minor": "bigint", "qualifying_points": "bigint",
}  # fmt: skip
_INSERT_AWARDS = """
INSERT INTO purchases_purchaseaward (entry_id, purchase_id, value_minor, basis, whole_above_minor,
    qualifying_points)
SELECT posted.id, v.purchase_id, v.value_minor, v.basis, v.whole_above_minor, v.qualifying_points
FROM {rows} JOIN {posted} ON posted.balance_id = v.balance_id AND posted.seq = v.seq
"""
_NOBODY = Who(enrolled_on=date.min)


@dataclass(slots=True)
class Past:
    """What a member had done before the batch, and has by now."""

    purchases: int = 0
    last_purchase_on: date | None = None


class AccountMoved(Exception):
    """While a sale was on its way, its member became part of another: it is to be told again."""


class Earning:
    """The state of a batch. ``open`` reads it, ``judge`` changes it, ``write`` writes it."""

    def __init__(
        self,
        rulebook: Rulebook,
        book: Book,
        standings: Standings,
        announcements: Announcements | None,
    ) -> None:
        self.rulebook = rulebook
        self.campaigns = book_for(rulebook.program_id, rulebook.version)
        self.book = book
        self.standings = standings
        self.announcements = announcements
        self.lines: dict[str, list[Line]] = {}
        self.past: dict[int, Past] = {}
        self.activities_before: Counter[tuple[int, str]] = Counter()
        self.facts: dict[audience.Moment, frozenset[str]] = {}
        self.used: dict[CapKey, int] = {}
        self.used_now: Counter[CapKey] = Counter()
        self.presents: list[tuple[int, Rung, str]] = []
        self.owed: list[presents.Promised] = []
        self.playing = Playing(challenges_for(rulebook.program_id, rulebook.version))
        self.following = Following(followups_for(rulebook.program_id, rulebook.version))
        self._awards: list[tuple[Line, int, Award]] = []

    @classmethod
    def open(
        cls,
        rulebook: Rulebook,
        causes: Sequence[Cause],
        asked: "Asked",
        *,
        now: datetime,
        letters: bool,
    ) -> "Earning":
        """Wait for the lock of the accounts, and read what the judgement of a batch needs."""
        book = posting.book_of(
            rulebook.program_id, rulebook.time_zone, asked.balances, now=now
        )  # fmt: skip
        ladder = ladder_for(rulebook.program_id, rulebook.version)
        today = local_date(now, rulebook.time_zone)
        standings = Standings.of(ladder, asked.people, today=today)
        announcements = Announcements(rulebook, standings, now=now) if letters else None
        earning = cls(rulebook, book, standings, announcements)
        earning.playing = Playing.open(earning.playing.book, causes)
        earning._look_back(causes, ladder)
        earning._ask_who(causes)
        earning._read_caps(causes)
        return earning

    def judge(self, cause: Cause) -> None:
        """Judge one cause, post what is owed for it, and see whether a tier is reached."""
        if cause.account_id not in self.standings:
            return  # The person was forgotten while the sale was on its way.
        person = self.standings.person(cause.account_id)
        if person.state == Member.State.MERGED:
            raise AccountMoved
        if not person.is_active:
            return
        activity = activity_of(cause, self._who(cause), self.rulebook.zone)
        posted = [
            (self._post(award, activity), award)
            for award in (*cause.owed, *self._within_caps(activity))
            if award.points
        ]
        self.lines[cause.key] = [line for line, _award in posted]
        if cause.is_purchase:
            self._awards += [(line, cause.record_id, award) for line, award in posted]
        self._earn_presents(cause, activity)
        self.playing.see(activity)
        self.following.see(cause)
        self._remember(cause, activity)
        if self.announcements and posted:
            self.announcements.earned(cause, self.lines[cause.key])
        self._qualify(cause, activity, [award for _line, award in posted])

    def write(self) -> None:
        self.playing.settle(now=self.book.now)
        if self.presents or self.owed or self.playing.won or self.following.seen:
            self._hold_rewards()
        issues = self._full_cards()
        also = self._award_statements() + self.standings.take_statements(self.book.now)
        if self.announcements:
            also += self.announcements.take_statements()
        posting.write(self.book, also=also)
        automatic.finish(self.book, issues, letters=self.announcements is not None)
        letters = self.announcements is not None
        for missed in presents.give(self.book, self.owed, letters=letters) if self.owed else ():
            self._uncount(missed)
        if self.used_now:
            cap_usage.add(self.used_now, program_id=self.rulebook.program_id)
        self._give_presents()
        self.playing.give(now=self.book.now, letters=letters)
        self.following.give(now=self.book.now, letters=letters)

    def _hold_rewards(self) -> None:
        """Presents come after full cards: all that may be taken is locked first, in one order."""
        shelf = shelf_for(self.rulebook.program_id, self.rulebook.version)
        entries = {rung.entry_reward_id or 0 for _account, rung, _period in self.presents}
        also = self.playing.rewards() | self.following.rewards() | presents.rewards_of(self.owed)
        supply.hold({*entries, *also, *(reward.id for reward in shelf)})

    def _give_presents(self) -> None:
        """The reward of a tier, once a qualification period."""
        for account_id, rung, period in self.presents:
            member = Member.objects.select_related("program").get(account=account_id)
            assert rung.entry_reward_id is not None
            reward = Reward.objects.get(pk=rung.entry_reward_id)
            redeem.present(
                member, reward, key=f"tier:{rung.id}/{period}", now=self.book.now,
                letters=self.announcements is not None,
            )  # fmt: skip

    # --- Judging ------------------------------------------------------------------------------

    def _within_caps(self, activity: Activity) -> list[Award]:
        awards = rules.awards_for(activity, self.rulebook)
        awards += bonuses_for(activity, awards, self.rulebook, self.campaigns)
        if not self.used:
            return awards
        by_source = {rule.source: rule for rule in self._promised(activity)}
        return [self._capped(award, by_source[award.source], activity) for award in awards]

    def _capped(self, award: Award, rule: Rule, activity: Activity) -> Award:
        limits = caps.limits_for(award, rule, activity)
        award = caps.limit(award, limits, self.used)
        for key, points in caps.usage(award, limits).items():
            self.used[key] += points
            self.used_now[key] += points
        return award

    def _promised(self, it: Activity | Cause) -> Iterator[Rule]:
        """The standing rules that something is judged by, and the campaigns it falls into."""
        yield from self.rulebook.rules.get(it.kind, ())
        for promise in self.campaigns.holding(it.kind, it.occurred_at):
            yield promise.rule
        yield from self._promised_presents(it)

    def _promised_presents(self, it: Activity | Cause) -> Iterator[Rule]:
        yield from self.rulebook.presents.get(it.kind, ())
        for promise in self.campaigns.presents_at(it.kind, it.occurred_at):
            if not promise.leaves_out(it.account_id):
                yield promise.rule

    def _earn_presents(self, cause: Cause, activity: Activity) -> None:
        """Rewards and badges: within their limits like points, and given once those are written."""
        basket = Basket(activity.items, activity.counted_minor)
        for rule in self._promised_presents(activity):
            award = rules.judge(rule, activity, basket, self.rulebook.rounding)
            award = award and self._capped(award, rule, activity)
            if award and award.points:
                promised = presents.promised(self.rulebook.program_id, cause, rule, award)
                self.owed += [promised] if promised else []

    def _uncount(self, missed: presents.Promised) -> None:
        """What could not be given uses up no limit."""
        activity = activity_of(missed.cause, _NOBODY, self.rulebook.zone)
        limits = caps.limits_for(missed.award, missed.rule, activity)
        for key, points in caps.usage(missed.award, limits).items():
            self.used_now[key] -= points

    def _who(self, cause: Cause) -> Who:
        past = self.past.get(cause.account_id)
        return self.standings.who(
            cause.account_id,
            purchases_before=past.purchases if past else 0,
            last_purchase_on=past.last_purchase_on if past else None,
            activities_before=self.activities_before[cause.account_id, cause.kind],
            facts=self.facts.get((cause.account_id, cause.occurred_at), frozenset()),
        )

    def _remember(self, cause: Cause, activity: Activity) -> None:
        self.activities_before[cause.account_id, cause.kind] += 1
        if cause.is_purchase and (past := self.past.get(cause.account_id)):
            past.purchases += 1
            past.last_purchase_on = max(past.last_purchase_on or activity.on, activity.on)

    def _post(self, award: Award, activity: Activity) -> Line:
        wallet = self.rulebook.wallets[award.wallet_id]
        if measure := figures.campaign(award.source):
            program_id = self.rulebook.program_id
            self.book.counted.append(Counted(program_id, activity.on, measure, 1, award.points))
        return posting.accrue(
            self.book, posting.held(self.book, activity.account_id, award.wallet_id), award.points,
            key=f"{activity.key}/{award.key or award.source}", source=award.source,
            at=activity.occurred_at, available_at=self._available_at(activity),
            expires_on=wallet.expires_on(activity.on), explanation=award.steps, cause_is_new=True,
        )  # fmt: skip

    def _available_at(self, activity: Activity) -> datetime:
        """Points of a sale wait until its return window is over: whole days of the program."""
        if not self.rulebook.pending_days or not activity.items:
            return activity.occurred_at
        over = activity.on + timedelta(days=self.rulebook.pending_days)
        return datetime.combine(over, time(), tzinfo=self.rulebook.zone)

    # --- Tiers --------------------------------------------------------------------------------

    def _qualify(self, cause: Cause, activity: Activity, awards: Sequence[Award]) -> None:
        promotion = self.standings.qualify(
            cause.account_id,
            activity.on,
            spend_minor=cause.counted_minor,
            points=sum(award.points for award in awards if award.is_qualifying),
            purchases=int(cause.is_purchase),
            reason=cause.key,
        )
        if promotion:
            self._welcome(cause, activity, promotion)

    def _welcome(self, cause: Cause, activity: Activity, promotion: Promotion) -> None:
        """A new tier: its present of points, once a qualification period, and the letter."""
        rung = promotion.after
        if rung.entry_points and (wallet := self.rulebook.main_wallet):
            held = posting.held(self.book, cause.account_id, wallet.id)
            # It was given in this period already, perhaps when the tier gave more or less.
            with suppress(posting.KeyReused):
                line = posting.accrue(
                    self.book, held, rung.entry_points,
                    key=f"tier:{rung.id}/{promotion.period}", source=f"tier:{rung.id}",
                    at=cause.occurred_at, available_at=cause.occurred_at,
                    expires_on=wallet.expires_on(activity.on), explanation=[
                        {"step": "tier_entry", "name": rung.name, "gives": rung.entry_points}
                    ],
                )  # fmt: skip
                if line.is_new:
                    self.lines[cause.key].append(line)
        if rung.entry_reward_id:
            self.presents.append((cause.account_id, rung, promotion.period))
        if self.announcements:
            self.announcements.promoted(cause.account_id, promotion, key=cause.key)

    def _full_cards(self) -> list[Issue]:
        """Rewards that give themselves, as a full stamp card does."""
        shelf = shelf_for(self.rulebook.program_id, self.rulebook.version)
        if not shelf:
            return []
        ranks = {
            account_id: person.rung.rank if person.rung else 0
            for account_id in {account_id for account_id, _wallet in self.book.balances}
            if account_id in self.standings
            and (person := self.standings.person(account_id)).is_active
        }
        return automatic.due(self.book, shelf, ranks=ranks)

    # --- Reading and writing ------------------------------------------------------------------

    def _look_back(self, causes: Sequence[Cause], ladder: Ladder) -> None:
        kinds = {cause.kind for cause in causes}
        books = (self.rulebook, self.campaigns, self.playing.book)
        if any(kinds & (it.counts_purchases | it.needs_last_purchase) for it in books):
            accounts = {cause.account_id for cause in causes}
            new = [cause.record_id for cause in causes if cause.is_purchase]
            counts = purchase_history.counts(accounts, without=new)
            self.past = {account: Past(*counts.get(account, (0, None))) for account in accounts}
        counted = kinds & frozenset().union(*(it.counts_activities for it in books))
        if counted:
            self.activities_before.update(activity_history.counts(
                {cause.account_id for cause in causes}, counted,
                without=[cause.record_id for cause in causes if not cause.is_purchase],
            ))  # fmt: skip

    def _ask_who(self, causes: Sequence[Cause]) -> None:
        """Segments and badges of the members, in one question, where some rule asks for any."""
        wanted = {fact for it in causes for rule in self._promised(it) for fact in rule.facts}
        if wanted:
            book = self.rulebook
            self.facts = audience.facts_of(
                book.program_id, book.version, book.zone, wanted,
                [(it.account_id, it.occurred_at) for it in causes],
            )  # fmt: skip

    def _read_caps(self, causes: Sequence[Cause]) -> None:
        keys = [
            limit.key
            for cause in causes
            for rule in self._promised(cause)
            if rule.caps
            for limit in caps.limits_for(
                rule, rule, activity_of(cause, _NOBODY, self.rulebook.zone)
            )
        ]
        if keys:
            self.used = cap_usage.load(keys, program_id=self.rulebook.program_id)

    def _award_statements(self) -> list[Statement]:
        rows = [
            (
                line.held.id, line.seq, purchase_id, award.value_minor,
                None if award.basis is None else bulk.text(award.basis),
                award.whole_above_minor, award.points if award.is_qualifying else 0,
            )
            for line, purchase_id, award in self._awards
        ]  # fmt: skip
        return [Statement(_INSERT_AWARDS, _AWARDS, rows)] if rows else []


def activity_of(cause: Cause, who: Who, zone: ZoneInfo) -> Activity:
    return Activity(
        kind=cause.kind, account_id=cause.account_id, key=cause.key, occurred_at=cause.occurred_at,
        local=cause.occurred_at.astimezone(zone), who=who, items=cause.items,
        counted_minor=cause.counted_minor, payment_method=cause.payment_method,
        channel=cause.channel, location=cause.location, subject=cause.subject,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """Accounts that were asked for: first their lock, then their members as they are under it."""

    balances: Answer
    people: Answer


def ask(rulebook: Rulebook, happened: Iterable[tuple[int, datetime]]) -> Asked:
    """Ask for the accounts to which something happened, and when."""
    when: dict[int, list[date]] = {}
    for account_id, at in happened:
        when.setdefault(account_id, []).append(at.astimezone(rulebook.zone).date())
    ladder = ladder_for(rulebook.program_id, rulebook.version)
    return Asked(posting.ask_for_lock(when), people.ask(ladder, rulebook.program_id, when))
