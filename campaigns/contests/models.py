from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.ledger.models import Account, Wallet
from loyalty.localized import LocalizedField
from loyalty.merchants.models import Program, Staff, User
from loyalty.public_ids import new_public_id
from members.models import Member


class ContestQuerySet(models.QuerySet["Contest"]):
    def kept(self) -> "ContestQuerySet":
        return self.filter(archived_at=None)

    def promised(self) -> "ContestQuerySet":
        """Those that members see: from when they were promised on, also when they are over."""
        return self.kept().exclude(state=Contest.State.DRAFT)

    def running(self) -> "ContestQuerySet":
        """Whose board still moves."""
        return self.kept().filter(state=Contest.State.OPEN)


class Contest(models.Model):
    """A promise to those who are first: what is counted, from when to when, and what they win."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Promised")  # Until its board is frozen; ``stage`` says where it is.
        FROZEN = "frozen", _("Frozen")  # The board is final; prizes are on their way.
        DONE = "done", _("Done")

    class Measure(models.TextChoices):
        REFERRALS = "referrals", _("Friends brought who bought something")
        SPEND = "spend", _("Spend")
        POINTS = "points", _("Points earned")
        VISITS = "visits", _("Days with a purchase")
        VOTES = "votes", _("Entries: the most votes")
        MARKS = "marks", _("Entries: the best marks of a jury")
        DRAW = "draw", _("Entries: drawn by lot")

    program = models.ForeignKey(Program, models.PROTECT, related_name="contests")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    name = LocalizedField()
    about = LocalizedField(blank=True)  # How to take part, as members read it.
    state = models.CharField(max_length=6, choices=State, default=State.DRAFT)
    measure = models.CharField(max_length=9, choices=Measure, default=Measure.REFERRALS)
    wallet = models.ForeignKey(Wallet, models.PROTECT, null=True, blank=True)  # Points of which.

    time_zone = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()  # The first moment at which nothing counts any more.
    # When friends must buy; null: within the window itself.
    buys_from = models.DateTimeField(null=True, blank=True)
    buys_until = models.DateTimeField(null=True, blank=True)
    freezes_at = models.DateTimeField()  # Until then refunds and holds move the board.

    raised_to = models.BigIntegerField(null=True, blank=True)  # For an advocate, in place of usual.
    prizes = models.JSONField(default=list)  # [{"first": 1, "last": 5, "gives": [prize, …]}]
    takes_links = models.BooleanField(default=True)
    takes_pictures = models.BooleanField(default=True)

    after_entry = models.BigIntegerField(default=0)  # Of the ledger: nothing before it can count.
    last_number = models.PositiveIntegerField(default=0)  # Of its entries.
    seed = models.CharField(max_length=200, blank=True)  # Sealed until the board is frozen.
    commitment = models.CharField(max_length=64, blank=True)  # SHA-256 of the seed, told at once.

    counted_at = models.DateTimeField(null=True)
    count_due_at = models.DateTimeField(null=True)
    counts = models.PositiveIntegerField(default=0)  # How often: a count that is late is dropped.
    frozen_at = models.DateTimeField(null=True)
    board_hash = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ContestQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="contest_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(buys_from=None, buys_until=None)
                | Q(buys_from__gte=F("starts_at"), buys_until__gt=F("buys_from")),
                name="contest_buys_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(freezes_at__gte=F("ends_at"))
                & (Q(buys_until=None) | Q(freezes_at__gte=F("buys_until"))),
                name="contest_freezes_when_all_is_counted",
            ),
        ]
        indexes = [
            models.Index(
                fields=["freezes_at"], name="contests_to_freeze", condition=Q(state="open")
            )
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def source(self) -> str:
        return f"contest:{self.pk}"

    @property
    def has_entries(self) -> bool:
        """Whether it is about what people send in, not about what they buy."""
        return self.measure in (self.Measure.VOTES, self.Measure.MARKS, self.Measure.DRAW)

    @property
    def is_drawn(self) -> bool:
        return self.measure == self.Measure.DRAW

    @property
    def is_final(self) -> bool:
        return self.state in (self.State.FROZEN, self.State.DONE)

    @property
    def counts_from(self) -> datetime:
        return self.buys_from or self.starts_at

    @property
    def counts_until(self) -> datetime:
        """The first moment from which nothing new counts: refunds and holds only."""
        return max(self.ends_at, self.buys_until) if self.buys_until else self.ends_at

    def stage(self, at: datetime) -> str:
        """ "draft", "scheduled", "open", "counting", "frozen" or "done"."""
        if self.state != self.State.OPEN:
            return str(self.state)
        if at < self.starts_at:
            return "scheduled"
        return "open" if at < self.ends_at else "counting"


class ContestPicture(models.Model):
    """A contest's picture for the readers of one language."""

    contest = models.ForeignKey(Contest, models.CASCADE, related_name="pictures")
    language = models.CharField(max_length=5)
    body = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "language"], name="contest_has_one_picture_a_language"
            )
        ]


class Standing(models.Model):
    """Where a member stands in a contest. Counted from what happened, never added up here.

    The code is all that the published rows tell of a person.
    """

    id = models.BigAutoField(primary_key=True)
    contest = models.ForeignKey(Contest, models.CASCADE, related_name="standings", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="standings")
    code = models.CharField(max_length=16, default=new_public_id)
    score = models.BigIntegerField()
    reached_at = models.DateTimeField()  # When they had reached this score: it decides a tie.
    place = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "account"], name="member_stands_once_in_a_contest"
            ),
        ]
        indexes = [models.Index(fields=["contest", "place"], name="standings_by_place")]


class ShownName(models.Model):
    """A member's yes to having their name on a contest's board."""

    contest = models.ForeignKey(Contest, models.CASCADE, related_name="shown_names")
    member = models.ForeignKey(Member, models.CASCADE, related_name="shown_names")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "member"], name="name_is_shown_once")
        ]


class EntryQuerySet(models.QuerySet["ContestEntry"]):
    def live(self) -> "EntryQuerySet":
        return self.filter(state__in=[ContestEntry.State.WAITING, ContestEntry.State.APPROVED])

    def approved(self) -> "EntryQuerySet":
        return self.filter(state=ContestEntry.State.APPROVED)


class ContestEntry(models.Model):
    """What a member sent in: a link or a picture, and a few words."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    id = models.BigAutoField(primary_key=True)
    contest = models.ForeignKey(Contest, models.CASCADE, related_name="entries")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    number = models.PositiveIntegerField()  # In the order in which they came: its ticket.
    account = models.ForeignKey(Account, models.PROTECT, related_name="contest_entries")
    words = models.CharField(max_length=280, blank=True)
    link = models.URLField(max_length=500, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=200, blank=True)  # Why it was rejected, for the member.
    votes = models.PositiveIntegerField(default=0)
    entered_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    objects = EntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "number"], name="entry_has_its_number"),
            models.UniqueConstraint(
                fields=["contest", "account"],
                condition=Q(state__in=["waiting", "approved"]),
                name="member_has_one_entry_in_a_contest",
            ),
        ]
        indexes = [models.Index(fields=["contest", "state", "number"], name="entries_by_state")]


class EntryPicture(models.Model):
    """The picture of an entry, as it was drawn anew. It goes when the entry's owner does."""

    entry = models.OneToOneField(
        ContestEntry, models.CASCADE, primary_key=True, related_name="picture"
    )
    body = models.BinaryField()


class Vote(models.Model):
    """One member's vote in a contest. There is one of each member, whatever they do at once."""

    id = models.BigAutoField(primary_key=True)
    contest = models.ForeignKey(Contest, models.CASCADE, related_name="votes", db_index=False)
    entry = models.ForeignKey(ContestEntry, models.CASCADE, related_name="cast")
    account = models.ForeignKey(Account, models.PROTECT, related_name="votes")
    cast_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "account"], name="member_votes_once")
        ]


class Mark(models.Model):
    """What one judge thinks of an entry, from 0 to 10."""

    entry = models.ForeignKey(ContestEntry, models.CASCADE, related_name="marks")
    judge = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    points = models.PositiveSmallIntegerField()
    marked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "judge"], name="judge_marks_an_entry_once"),
            models.CheckConstraint(condition=Q(points__lte=10), name="mark_is_at_most_ten"),
        ]


class Winning(models.Model):
    """One prize that a place has won. It is owed from the freeze on, and given once."""

    class State(models.TextChoices):
        OWED = "owed", _("On its way")
        GIVEN = "given", _("Given")
        VOID = "void", _("Cannot be given")

    contest = models.ForeignKey(Contest, models.CASCADE, related_name="winnings")
    standing = models.ForeignKey(Standing, models.CASCADE, related_name="winnings")
    number = models.PositiveSmallIntegerField()  # Among the prizes of its place.
    prize = models.JSONField()
    state = models.CharField(max_length=5, choices=State, default=State.OWED)
    due_at = models.DateTimeField()
    problem = models.CharField(max_length=300, blank=True)  # Why not yet, or never.
    given_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["standing__place", "number"]
        constraints = [
            models.UniqueConstraint(fields=["standing", "number"], name="prize_is_won_once")
        ]
        indexes = [models.Index(fields=["due_at"], name="winnings_owed", condition=Q(state="owed"))]
