from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.ledger.models import Account, Wallet
from loyalty.localized import LocalizedField
from loyalty.merchants.models import Program
from loyalty.public_ids import new_public_id
from loyalty.rewards.models import Reward


class CodeBatchQuerySet(models.QuerySet["CodeBatch"]):
    def unmade(self) -> "CodeBatchQuerySet":
        """Those whose codes are not all written down yet."""
        return self.filter(made__lt=F("count"), voided_at=None)


class CodeBatch(models.Model):
    """Codes that are printed on products together, and what each of them gives."""

    class Kind(models.TextChoices):
        SHARED = "shared", _("One code for everybody")  # Once a member.
        SINGLE = "single", _("A code for each thing")  # The first who tells it has it.

    program = models.ForeignKey(Program, models.PROTECT, related_name="code_batches")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    name = LocalizedField()  # Members read it beside what they got.
    kind = models.CharField(max_length=6, choices=Kind)
    count = models.PositiveIntegerField()
    made = models.PositiveIntegerField(default=0)  # So many are written down by now.
    # What single-use codes are worked out from, and the one shared code: sealed (see ``secrets``).
    secret = models.TextField()
    wallet = models.ForeignKey(Wallet, models.PROTECT, null=True, blank=True)
    points = models.PositiveBigIntegerField(null=True, blank=True)
    reward = models.ForeignKey(Reward, models.PROTECT, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)  # The first moment at which it is over.
    member_limit = models.PositiveIntegerField(null=True, blank=True)  # Of its codes, ever.
    member_daily_limit = models.PositiveIntegerField(null=True, blank=True)
    total_limit = models.PositiveIntegerField(null=True, blank=True)
    used = models.PositiveIntegerField(default=0)  # Counted only where there is a total limit.
    created_at = models.DateTimeField(default=timezone.now)
    voided_at = models.DateTimeField(null=True, blank=True)

    objects = CodeBatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(wallet__isnull=False, points__gt=0, reward=None)
                | Q(wallet=None, points=None, reward__isnull=False),
                name="codes_give_points_or_a_prize",
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="codes_end_after_they_start",
            ),
            models.CheckConstraint(condition=Q(made__lte=F("count")), name="no_code_too_many"),
            models.CheckConstraint(
                condition=Q(total_limit=None) | Q(used__lte=F("total_limit")),
                name="codes_keep_their_total",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], name="codes_to_make",
                condition=Q(made__lt=F("count"), voided_at=None),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.name)

    @property
    def source(self) -> str:
        return f"codes:{self.pk}"

    @property
    def is_shared(self) -> bool:
        return self.kind == self.Kind.SHARED

    def holds(self, at: datetime) -> bool:
        """Whether its codes give something at a moment."""
        has_begun = self.starts_at is None or self.starts_at <= at
        is_over = self.ends_at is not None and self.ends_at <= at
        return has_begun and not is_over and self.voided_at is None


class ProductCode(models.Model):
    """One code, as a hash: who reads the rows can tell none."""

    id = models.BigAutoField(primary_key=True)
    program = models.ForeignKey(Program, models.PROTECT, related_name="+", db_index=False)
    batch = models.ForeignKey(CodeBatch, models.CASCADE, related_name="codes", db_index=False)
    number = models.PositiveIntegerField()  # From 1, as on the sheet.
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)  # Of single-use ones.
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code_hash", "program"], name="code_is_of_one_batch"),
            models.UniqueConstraint(fields=["batch", "number"], name="code_has_a_number"),
        ]


class CodeUse(models.Model):
    """A member told a code, and got what it gives."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(CodeBatch, models.PROTECT, related_name="uses", db_index=False)
    code = models.ForeignKey(ProductCode, models.PROTECT, related_name="uses", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="code_uses")
    used_on = models.DateField()  # Of the program's days.
    used_at = models.DateTimeField()
    how = models.CharField(max_length=6)  # "portal", "api"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "account"], name="code_gives_once_a_member"),
        ]
        indexes = [models.Index(fields=["batch", "used_on"], name="code_uses_by_day")]
