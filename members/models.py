from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.ledger.models import Account, Wallet
from loyalty.localized import LocalizedField
from loyalty.merchants.models import Program, Staff, User
from loyalty.public_ids import new_public_id
from loyalty.rewards.models import Reward
from members.birthdays import MonthDay
from members.ordering import ByCodePoint


class TierQuerySet(models.QuerySet["Tier"]):
    def kept(self) -> "TierQuerySet":
        return self.filter(archived_at=None)


class Tier(models.Model):
    """A rank of a program. Rank 0 is the base tier, which everybody has.

    Rules name ranks, so a rank keeps its tier for good, also when that is archived.
    """

    program = models.ForeignKey(Program, models.PROTECT, related_name="tiers")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    rank = models.PositiveSmallIntegerField()
    name = LocalizedField()
    threshold = models.PositiveBigIntegerField()  # Minor units, points or visits: see TierPolicy.
    multiplier_percent = models.PositiveSmallIntegerField(default=100)  # 150: one and a half times.
    benefits = LocalizedField(blank=True)
    entry_points = models.PositiveIntegerField(default=0)
    entry_reward = models.ForeignKey(Reward, models.PROTECT, null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = TierQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["program", "rank"], name="rank_is_held_by_one_tier"),
            models.UniqueConstraint(
                fields=["program", "threshold"],
                condition=Q(archived_at=None),
                name="thresholds_differ",
            ),
            models.CheckConstraint(
                condition=Q(multiplier_percent__gte=100), name="no_tier_earns_less"
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)


class TierPolicy(models.Model):
    """What a program's tiers count, over which window, and how a tier is lost."""

    class Measure(models.TextChoices):
        SPEND = "spend", _("Spend")
        POINTS = "points", _("Points earned")
        VISITS = "visits", _("Days with a purchase")

    class Window(models.TextChoices):
        CALENDAR_YEAR = "calendar_year", _("Calendar year")
        MEMBERSHIP_YEAR = "membership_year", _("Year of membership")
        ROLLING = "rolling", _("Last 12 months")
        SINCE_JOINING = "since_joining", _("Since joining")
        LIFETIME = "lifetime", _("Ever, with what was bought before joining")

    class Downgrade(models.TextChoices):
        FITTING = "fitting", _("To the tier that fits")
        ONE_STEP = "one_step", _("One step at a time")

    program = models.OneToOneField(Program, models.PROTECT, related_name="tier_policy")
    measure = models.CharField(max_length=6, choices=Measure, default=Measure.SPEND)
    window = models.CharField(max_length=15, choices=Window, default=Window.CALENDAR_YEAR)
    # Years that a tier is kept after the one it was reached in (calendar and membership years).
    kept_years = models.PositiveSmallIntegerField(default=1)
    downgrade = models.CharField(max_length=8, choices=Downgrade, default=Downgrade.FITTING)
    grace_days = models.PositiveSmallIntegerField(default=0)
    notice_days = models.PositiveSmallIntegerField(default=30)


class MemberQuerySet(models.QuerySet["Member"]):
    def holding(self, accounts: Iterable[int]) -> "MemberQuerySet":
        """The people behind some accounts."""
        return self.filter(account_id__in=accounts).select_related("account")

    def themselves(self) -> "MemberQuerySet":
        """Each person once: without memberships that became part of another."""
        return self.exclude(state=Member.State.MERGED)

    def to_erase(self, at: datetime) -> "MemberQuerySet":
        """Who asked to be forgotten, and has not come back in time."""
        return self.filter(state=Member.State.LEFT, erase_at__lte=at)

    def reachable(self) -> "MemberQuerySet":
        return self.filter(state=Member.State.ACTIVE).exclude(email="")


class Member(models.Model):
    """A person enrolled in a program. Everything personal is here, and nothing else is."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        BLOCKED = "blocked", _("Blocked")
        LEFT = "left", _("Has left")
        MERGED = "merged", _("Part of another membership")

    program = models.ForeignKey(Program, models.PROTECT, related_name="members", db_index=False)
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    account = models.OneToOneField(Account, models.PROTECT, related_name="member")
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="memberships")
    external_id = models.CharField(max_length=80, blank=True)  # The merchant's own number.
    card_code = models.CharField(max_length=16)  # In the QR code; earns, never spends.
    name = models.CharField(max_length=120, blank=True)
    email = models.CharField(max_length=254, blank=True)  # Lower case.
    phone = models.CharField(max_length=20, blank=True)  # E.164.
    email_verified_at = models.DateTimeField(null=True, blank=True)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    birthday = models.DateField(null=True, blank=True)
    birthday_set_on = models.DateField(null=True, blank=True)
    language = models.CharField(max_length=5, default="th")
    state = models.CharField(max_length=7, choices=State, default=State.ACTIVE)
    left_at = models.DateTimeField(null=True, blank=True)
    erase_at = models.DateTimeField(null=True, blank=True)  # Forgotten from then on, if asked for.
    # Somebody had joined twice: this row stays, so that its card and addresses find the other.
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged"
    )
    note = models.TextField(blank=True)  # Staff write it; the member reads it in their data.
    enrolled_at = models.DateTimeField(default=timezone.now)
    enrolled_on = models.DateField()  # The same, in the program's zone.

    objects = MemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "email"], condition=~Q(email=""), name="email_joins_once"
            ),
            models.UniqueConstraint(
                fields=["program", "phone"], condition=~Q(phone=""), name="phone_joins_once"
            ),
            models.UniqueConstraint(
                fields=["program", "external_id"],
                condition=~Q(external_id=""),
                name="external_id_joins_once",
            ),
            models.UniqueConstraint(fields=["program", "card_code"], name="card_code_is_unique"),
            models.UniqueConstraint(
                fields=["program", "user"], condition=Q(user__isnull=False), name="user_joins_once"
            ),
        ]
        indexes = [
            models.Index("program", ByCodePoint(Lower("name")), name="members_by_name"),
            models.Index("program", ByCodePoint(Lower("email")), name="members_by_email"),
            models.Index("program", "enrolled_on", "id", name="members_newest_first"),
            models.Index(
                F("program"),
                MonthDay("birthday"),
                name="members_by_birthday",
                condition=Q(birthday__isnull=False),
            ),
            models.Index("program", "left_at", name="members_gone", condition=Q(state="left")),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.phone or self.external_id or self.card_code

    @property
    def survivor(self) -> "Member":
        """Who this member is now: themselves, or whom they were merged into."""
        return self.merged_into or self

    def belongs_to(self, user: User) -> bool:
        """Whether somebody is this member: by their sign-in, or by the address that both have."""
        return self.user_id == user.pk or (bool(self.email) and self.email == user.email.lower())


class Merge(models.Model):
    """Two memberships of one person that became one, and what is needed to part them again."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="merges")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    kept = models.ForeignKey(Member, models.CASCADE, related_name="merges")
    merged = models.ForeignKey(Member, models.CASCADE, related_name="+")
    before = models.JSONField(default=dict)  # See flows.merge: what became another by it.
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=Q(undone_at=None), name="member_is_merged_once"
            )
        ]


class Consent(models.Model):
    """A yes or a no to being written to. It is never changed: the newest one holds."""

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="consents", db_index=False)
    # What there is of these, ``consents`` knows: it grows, and rows stay.
    channel = models.CharField(max_length=10)
    purpose = models.CharField(max_length=20)
    is_given = models.BooleanField()
    how = models.CharField(max_length=10)  # By which way they told us.
    by = models.CharField(max_length=60, blank=True)  # Who wrote it down for them: "staff:4".
    wording = models.CharField(max_length=20)  # Of the sentence that they agreed to.
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("member", "channel", "purpose", "id", name="consents_newest_last")]


class TierStatus(models.Model):
    """The tier that a member has now. A member without a row has the base tier."""

    account = models.OneToOneField(
        Account, models.PROTECT, primary_key=True, related_name="tier_status"
    )
    tier = models.ForeignKey(Tier, models.PROTECT)
    since_on = models.DateField()
    # The first day on which it may be lost; null: it cannot be. The nightly job finds these.
    review_on = models.DateField(null=True, db_index=True)
    in_grace = models.BooleanField(default=False)
    # A refund took away what it was reached by: the next review shows no grace.
    is_in_doubt = models.BooleanField(default=False)
    noticed_on = models.DateField(null=True)  # The review that the member was warned of.


class TierChange(models.Model):
    """A step up or down, and when."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="tier_changes")
    before = models.ForeignKey(Tier, models.PROTECT, null=True, related_name="+")
    after = models.ForeignKey(Tier, models.PROTECT, related_name="+")
    on = models.DateField()
    reason = models.CharField(max_length=120)  # "purchase:8412", "review:2029-01-01"
    recorded_at = models.DateTimeField(default=timezone.now)


class QualifyingDay(models.Model):
    """What one day adds towards a tier: spend, qualifying points, and whether it was a visit.

    On PostgreSQL its key holds the figures too (see ``postgres``): a member's year is one or two
    pages, where the rows themselves lie as far apart as the days.
    """

    pk = models.CompositePrimaryKey("account_id", "on")
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="qualifying_days", db_index=False
    )
    on = models.DateField()
    spend_minor = models.BigIntegerField(default=0)
    points = models.BigIntegerField(default=0)
    purchases = models.IntegerField(default=0)  # Less those refunded whole.


class BadgeQuerySet(models.QuerySet["Badge"]):
    def kept(self) -> "BadgeQuerySet":
        return self.filter(archived_at=None)


class Badge(models.Model):
    """An honour that members are given once and keep: it shows what they did."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="badges")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    name = LocalizedField()
    about = LocalizedField(blank=True)
    icon = models.CharField(max_length=40, default="award")  # Of lucide: see badges.ICONS.
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)  # Who holds it keeps it.

    objects = BadgeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return str(self.name)


class BadgeHeldQuerySet(models.QuerySet["BadgeHeld"]):
    def held(self) -> "BadgeHeldQuerySet":
        return self.filter(taken_at=None)


class BadgeHeld(models.Model):
    """A badge that a member was given. What was taken back is known by ``taken_at``."""

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="badges", db_index=False)
    badge = models.ForeignKey(Badge, models.PROTECT, related_name="held", db_index=False)
    given_at = models.DateTimeField()
    key = models.CharField(max_length=140)  # Names the cause: "purchase:8412/campaign:7".
    taken_at = models.DateTimeField(null=True)

    objects = BadgeHeldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "badge"], name="badge_is_held_once")
        ]
        indexes = [
            models.Index("badge", F("given_at").desc(), F("id").desc(), name="holders_newest_first")
        ]


class SegmentQuerySet(models.QuerySet["Segment"]):
    def kept(self) -> "SegmentQuerySet":
        return self.filter(archived_at=None)


class Segment(models.Model):
    """Some of a program's members: whoever meets conditions now, or whoever is on a list."""

    class Kind(models.TextChoices):
        LIVE = "live", _("Whoever meets conditions")
        LIST = "list", _("A list")
        CODE = "code", _("Whoever enters a code")

    program = models.ForeignKey(Program, models.PROTECT, related_name="segments")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    name = LocalizedField()
    kind = models.CharField(max_length=4, choices=Kind, default=Kind.LIVE)
    conditions = models.JSONField(default=list, blank=True)  # See segment_conditions.
    code = models.CharField(max_length=40, blank=True)  # Upper case; members join by it.
    listed_at = models.DateTimeField(null=True, blank=True)  # When a list was last written.
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "code"],
                condition=~Q(code="") & Q(archived_at=None),
                name="segment_code_means_one_thing",
            )
        ]

    def __str__(self) -> str:
        return str(self.name)


class SegmentMember(models.Model):
    """Somebody on a list, or who entered its code."""

    id = models.BigAutoField(primary_key=True)
    segment = models.ForeignKey(Segment, models.CASCADE, related_name="listed", db_index=False)
    member = models.ForeignKey(Member, models.CASCADE, related_name="segments")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "member"], name="member_is_listed_once")
        ]


class ChosenDay(models.Model):
    """A day that a member chose for themselves, of those that a promise lets them choose."""

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="chosen_days", db_index=False)
    source = models.CharField(max_length=60)  # "campaign:7"
    on = models.DateField()
    chosen_at = models.DateTimeField()  # What was bought before, that day, is as on other days.

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "on"], name="day_is_chosen_once")]


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def waiting(self, at: datetime) -> "ProposalQuerySet":
        return self.filter(status=Proposal.Status.WAITING, expires_at__gt=at)


class Proposal(models.Model):
    """An adjustment above the limit of who wants it, until a second person has decided."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")

    program = models.ForeignKey(Program, models.PROTECT, related_name="proposals", db_index=False)
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    account = models.ForeignKey(Account, models.PROTECT, related_name="proposals", db_index=False)
    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="+")
    points = models.BigIntegerField()  # Signed, as the entry will be.
    reason = models.CharField(max_length=300)
    key = models.CharField(max_length=100)  # Of the form: a second click proposes nothing new.
    proposed_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    decided_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="adjustment_is_proposed_once"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="a_second_person_decides",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_by=None)
                | Q(~Q(status="waiting"), decided_by__isnull=False),
                name="a_decision_has_its_person",
            ),
        ]
        indexes = [models.Index("program", "status", F("id").desc(), name="proposals_newest_first")]
