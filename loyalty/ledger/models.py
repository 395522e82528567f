"""The nouns of the ledger. ``posting`` is their only writer; ``triggers`` keeps even it honest."""

from datetime import date, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.days import add_months
from loyalty.ledger import remarks
from loyalty.localized import LocalizedField
from loyalty.merchants.models import Program


class Wallet(models.Model):
    """A kind of value that a program keeps: points, stamps, cashback in minor units, status."""

    class Kind(models.TextChoices):
        POINTS = "points", _("Points")
        STAMPS = "stamps", _("Stamps")
        CASHBACK = "cashback", _("Cashback")
        STATUS = "status", _("Status points")

    class Expiry(models.TextChoices):
        NEVER = "never", _("Never")
        MONTHS = "months", _("So many months after they were earned")
        YEAR_END = "year_end", _("At the end of a calendar year")

    program = models.ForeignKey(Program, models.PROTECT, related_name="wallets")
    code = models.SlugField(max_length=20)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.POINTS)
    exponent = models.PositiveSmallIntegerField(default=0)  # Cashback in THB: 2.
    unit_one = LocalizedField()  # "point"
    unit_many = LocalizedField()  # "points"
    expiry = models.CharField(max_length=8, choices=Expiry, default=Expiry.MONTHS)
    # Months after the day earned, or how many year ends after the year earned (0: this year's).
    expiry_count = models.PositiveSmallIntegerField(default=12)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["program", "code"], name="wallet_code_is_used_once")
        ]

    def __str__(self) -> str:
        return str(self.unit_many)

    @property
    def is_spendable(self) -> bool:
        return self.kind != self.Kind.STATUS

    def expires_on(self, earned_on: date) -> date | None:
        """The first day on which value earned on a day can no longer be spent."""
        if self.expiry == self.Expiry.MONTHS:
            return add_months(earned_on, self.expiry_count)
        if self.expiry == self.Expiry.YEAR_END:
            return date(earned_on.year + self.expiry_count + 1, 1, 1)
        return None


class Account(models.Model):
    """One enrolment's holding. It knows no name: the person is a Member."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="accounts")
    opened_at = models.DateTimeField(default=timezone.now)


class Balance(models.Model):
    """What one account has of one wallet. Always: entries' sum = points + pending − owed."""

    # Found by the constraint's index.
    account = models.ForeignKey(Account, models.PROTECT, related_name="balances", db_index=False)
    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="balances")
    points = models.BigIntegerField(default=0)  # Can be spent.
    pending = models.BigIntegerField(default=0)  # Inside the return window.
    owed = models.BigIntegerField(default=0)  # Spent, then taken back: the next accrual repays it.
    lifetime = models.BigIntegerField(default=0)  # Ever accrued, less what was taken back.
    seq = models.BigIntegerField(default=0)  # Of the newest entry.
    # Two accounts became one: what this balance has is in another. See ``moving``.
    carried_to = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="carried", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "wallet"], name="account_has_one_balance"),
            models.CheckConstraint(
                condition=Q(points__gte=0, pending__gte=0, owed__gte=0),
                name="balance_is_never_negative",
            ),
            models.CheckConstraint(
                condition=Q(owed=0) | Q(points=0, pending=0), name="who_owes_has_nothing"
            ),
        ]

    @property
    def net(self) -> int:
        return self.points + self.pending - self.owed


class Entry(models.Model):
    """One immutable line: so many points, to one balance, for one reason, once."""

    class Kind(models.TextChoices):
        ACCRUAL = "accrual", _("Earned")
        REDEMPTION = "redemption", _("Spent")
        EXPIRY = "expiry", _("Expired")
        ADJUSTMENT = "adjustment", _("Adjusted")
        REVERSAL = "reversal", _("Reversed")

    id = models.BigAutoField(primary_key=True)
    balance = models.ForeignKey(Balance, models.PROTECT, related_name="entries", db_index=False)
    seq = models.BigIntegerField()  # 1, 2, 3 … within its balance, without a gap.
    kind = models.CharField(max_length=10, choices=Kind)
    points = models.BigIntegerField()  # Signed: an accrual adds, a redemption takes.
    balance_after = models.BigIntegerField()  # Sum of the entries so far; below 0 while in debt.
    key = models.CharField(max_length=120)  # Names the cause: "purchase:8412/rule:3".
    source = models.CharField(max_length=60)  # Who said so: "rule:3", "reward:9", "staff:4".
    occurred_at = models.DateTimeField()
    posted_at = models.DateTimeField()
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="reversals", db_index=False
    )
    explanation = models.JSONField(default=list)  # The steps that led to the figure.

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["balance", "key"], name="entry_is_posted_once"),
            models.UniqueConstraint(fields=["balance", "seq"], name="entries_are_counted"),
            models.CheckConstraint(condition=~Q(points=0), name="entry_moves_points"),
            models.CheckConstraint(
                condition=Q(balance_after__gte=0) | ~Q(kind="redemption"),
                name="no_redemption_below_zero",
            ),
        ]
        indexes = [
            models.Index(F("reverses"), name="entry_reversals", condition=Q(reverses__isnull=False))
        ]

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The explanation, with what somebody wrote beside it."""
        remark = getattr(self, "remark", None)
        return remarks.together(self.explanation, remark.text if remark else "")


class Remark(models.Model):
    """What somebody wrote beside an entry. It goes with the person; the entry stays."""

    entry = models.OneToOneField(
        Entry, models.PROTECT, primary_key=True, related_name="remark", db_index=False
    )
    text = models.CharField(max_length=remarks.LONGEST)


class LotQuerySet(models.QuerySet["Lot"]):
    def open(self) -> "LotQuerySet":
        """Lots with something left, soonest to expire first."""
        return self.filter(remaining__gt=0).order_by(F("expires_on").asc(nulls_last=True), "pk")

    def expired(self, today: date) -> "LotQuerySet":
        return self.open().filter(expires_on__lte=today)

    def expiring(self, today: date, days: int) -> "LotQuerySet":
        """Open lots whose last day is within so many days."""
        return self.open().filter(expires_on__gt=today, expires_on__lte=today + timedelta(days))


class Lot(models.Model):
    """The points of one accrual, which expire together."""

    entry = models.OneToOneField(Entry, models.PROTECT, related_name="lot")
    balance = models.ForeignKey(Balance, models.PROTECT, related_name="lots", db_index=False)
    granted = models.BigIntegerField()
    remaining = models.BigIntegerField()
    available_at = models.DateTimeField()
    is_pending = models.BooleanField(default=False)  # Until the sweep after available_at.
    expires_on = models.DateField(null=True)  # The first day on which it is gone.
    # The lot of another account that it was moved from.
    origin = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="moved", db_index=False
    )

    objects = LotQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(remaining__gte=0, remaining__lte=F("granted")),
                name="lot_holds_its_rest",
            ),
        ]
        indexes = [
            models.Index(
                "balance", "expires_on", "id", name="lot_open", condition=Q(remaining__gt=0)
            ),
            models.Index("expires_on", name="lot_due", condition=Q(remaining__gt=0)),
            models.Index("available_at", name="lot_pending", condition=Q(is_pending=True)),
            models.Index("origin", name="lot_moved", condition=Q(origin__isnull=False)),
        ]

    @property
    def last_day(self) -> date | None:
        return self.expires_on - timedelta(days=1) if self.expires_on else None


class Draw(models.Model):
    """Points that one entry took from one lot, or (negative) gave back to it."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="draws")
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="draws")
    points = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(points=0), name="draw_moves_points")]


class Debt(models.Model):
    """What a reversal could not take because it was spent already."""

    entry = models.OneToOneField(Entry, models.PROTECT, related_name="debt")
    balance = models.ForeignKey(Balance, models.PROTECT, related_name="debts")
    granted = models.BigIntegerField()
    remaining = models.BigIntegerField()
    absorbed = models.BigIntegerField(default=0)  # Of what is settled, what the merchant bore.

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(remaining__gte=0, absorbed__gte=0, granted__gt=0)
                & Q(remaining__lte=F("granted") - F("absorbed")),
                name="debt_holds_its_rest",
            )
        ]


class Tally(models.Model):
    """A posting's share in a day's figures, waiting to be added up. See ``figures``."""

    program = models.ForeignKey(Program, models.CASCADE, db_index=False)
    on = models.DateField()
    measure = models.CharField(max_length=40)  # "points.accrual", "sales", "refunds", "enrolments"
    count = models.IntegerField()
    amount = models.BigIntegerField()


class DayFigure(models.Model):
    """What happened on one day of a program, added up: how often, and how much."""

    program = models.ForeignKey(Program, models.CASCADE, db_index=False)
    on = models.DateField()
    measure = models.CharField(max_length=40)
    count = models.BigIntegerField(default=0)
    amount = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "measure", "on"], name="day_is_added_up_once"
            )
        ]


class Seal(models.Model):
    """A program's entries since the seal before, added up and hashed. A trigger keeps it."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="seals", db_index=False)
    number = models.PositiveIntegerField()  # 1, 2, 3 … within its program.
    last_entry = models.BigIntegerField()  # Id of the newest entry under it.
    count = models.BigIntegerField()
    points = models.BigIntegerField()
    hash = models.CharField(max_length=64)  # Of the hash before and the entries. See ``seals``.
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="seals_are_counted")
        ]


class AuditQuerySet(models.QuerySet["Audit"]):
    def broken(self) -> "AuditQuerySet":
        """What did not add up, and no later night has found mended."""
        mended = Audit.objects.filter(
            program=OuterRef("program"), on__gt=OuterRef("on"), breaches=[]
        ).exclude(finished_at=None)
        return self.exclude(breaches=[]).filter(~Exists(mended))


class Audit(models.Model):
    """One night's look at the books of a program, and what did not hold."""

    program = models.ForeignKey(
        Program, models.CASCADE, related_name="ledger_audits", db_index=False
    )
    on = models.DateField()
    breaches = models.JSONField(default=list)  # Sentences; the right number is none.
    finished_at = models.DateTimeField(null=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "on"], name="books_are_audited_once_a_day")
        ]
