from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.ledger.models import Account, Entry, Wallet
from loyalty.localized import LocalizedField
from loyalty.merchants.models import Location, Program, User
from loyalty.public_ids import new_public_id


class RewardQuerySet(models.QuerySet["Reward"]):
    def kept(self) -> "RewardQuerySet":
        return self.filter(archived_at=None)

    def on_offer(self, at: datetime) -> "RewardQuerySet":
        """What members can see in the catalog at an instant."""
        begun = Q(starts_at=None) | Q(starts_at__lte=at)
        open_still = Q(ends_at=None) | Q(ends_at__gt=at)
        return self.kept().filter(begun, open_still, is_active=True, is_automatic=False)


class Reward(models.Model):
    """Something that points, stamps or cashback buy."""

    class Kind(models.TextChoices):
        AMOUNT_OFF = "amount_off", _("Amount off")
        PERCENT_OFF = "percent_off", _("Percent off")
        FREE_PRODUCT = "free_product", _("Free product")
        FREE_SHIPPING = "free_shipping", _("Free shipping")
        STORE_CREDIT = "store_credit", _("Store credit")
        CUSTOM = "custom", _("Something else")

    program = models.ForeignKey(Program, models.PROTECT, related_name="rewards")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    name = LocalizedField()
    description = LocalizedField(blank=True)
    kind = models.CharField(max_length=13, choices=Kind, default=Kind.CUSTOM)
    amount_minor = models.BigIntegerField(null=True, blank=True)  # amount_off, store_credit
    percent = models.PositiveSmallIntegerField(null=True, blank=True)  # percent_off
    product = models.CharField(max_length=80, blank=True)  # free_product: the shop's code

    wallet = models.ForeignKey(Wallet, models.PROTECT)
    price = models.PositiveIntegerField()  # In the wallet's own unit.
    # Given by itself when the wallet holds the price, as a full stamp card is.
    is_automatic = models.BooleanField(default=False)
    stock = models.PositiveIntegerField(null=True, blank=True)  # What is left; null: no limit.
    member_limit = models.PositiveSmallIntegerField(null=True, blank=True)
    member_limit_period = models.CharField(max_length=5, default="ever")
    from_rank = models.PositiveSmallIntegerField(default=0)  # The lowest tier that may have it.
    voucher_days = models.PositiveSmallIntegerField(null=True, blank=True, default=30)
    uses_pool = models.BooleanField(default=False)  # Codes come from a partner's uploaded list.
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = RewardQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position", "price", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent=None) | Q(percent__gte=1, percent__lte=100),
                name="percent_off_is_a_percentage",
            )
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def source(self) -> str:
        return f"reward:{self.pk}"

    @property
    def worth_minor(self) -> int | None:
        """What it takes off a bill, where that does not depend on the bill."""
        fixed = self.kind in (self.Kind.AMOUNT_OFF, self.Kind.STORE_CREDIT)
        return self.amount_minor if fixed else None

    def is_on_offer(self, at: datetime) -> bool:
        """The same as the queryset's ``on_offer``, of one reward."""
        begun = self.starts_at is None or self.starts_at <= at
        open_still = self.ends_at is None or self.ends_at > at
        kept = self.is_active and self.archived_at is None
        return kept and begun and open_still and not self.is_automatic


class Redemption(models.Model):
    """Points that were spent: on a reward, or as money at the till."""

    class Status(models.TextChoices):
        DONE = "done"
        CANCELLED = "cancelled"

    program = models.ForeignKey(Program, models.PROTECT)
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    account = models.ForeignKey(Account, models.PROTECT, related_name="redemptions")
    reward = models.ForeignKey(Reward, models.PROTECT, null=True, related_name="redemptions")
    # Null: a gift, as a tier's welcome present is.
    entry = models.OneToOneField(Entry, models.PROTECT, null=True, related_name="redemption")
    key = models.CharField(max_length=140)  # How it came about, and the caller's key: "pay:71f…".
    worth_minor = models.BigIntegerField(null=True)  # What it takes off the bill, where fixed.
    status = models.CharField(max_length=9, choices=Status, default=Status.DONE)
    made_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="redemption_is_made_once")
        ]


class VoucherQuerySet(models.QuerySet["Voucher"]):
    def usable(self, at: datetime) -> "VoucherQuerySet":
        in_time = Q(expires_at=None) | Q(expires_at__gt=at)
        return self.filter(in_time, status=Voucher.Status.READY)

    def overdue(self, at: datetime) -> "VoucherQuerySet":
        """Not used in time, and not marked as expired yet."""
        return self.filter(status=Voucher.Status.READY, expires_at__lte=at)


class Voucher(models.Model):
    """The code that a member shows at the till. It is used once.

    The code is a bearer's: it is kept sealed for its owner's eyes and hashed for looking it up.
    """

    class Status(models.TextChoices):
        READY = "ready", _("Ready to use")
        USED = "used", _("Used")
        EXPIRED = "expired", _("Expired")  # Until the sweep after expires_at it says ready.
        CANCELLED = "cancelled", _("Cancelled")

    program = models.ForeignKey(Program, models.PROTECT, db_index=False)
    redemption = models.OneToOneField(Redemption, models.PROTECT, related_name="voucher")
    code_hash = models.CharField(max_length=64)
    code_sealed = models.TextField()
    status = models.CharField(max_length=9, choices=Status, default=Status.READY)
    expires_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    used_at_location = models.ForeignKey(Location, models.PROTECT, null=True)
    used_by = models.ForeignKey(User, models.PROTECT, null=True)
    used_reference = models.CharField(max_length=80, blank=True)  # The sale it was used on.
    # The one thing it is good for, where the reward leaves it open: "product:HOUSE-250".
    good_for = models.CharField(max_length=90, blank=True)
    good_for_name = models.CharField(max_length=160, blank=True)  # As people call it.

    objects = VoucherQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "code_hash"], name="voucher_code_is_unique")
        ]
        indexes = [
            models.Index(F("expires_at"), name="vouchers_due", condition=Q(status="ready")),
        ]

    @property
    def good_for_code(self) -> str:
        """The product or category that it is good for alone, by the shop's own code."""
        return self.good_for.partition(":")[2]

    def state(self, at: datetime) -> str:
        """The status at an instant: a voucher expires on time, whenever the sweep comes."""
        overdue = self.expires_at is not None and self.expires_at <= at
        if self.status == self.Status.READY and overdue:
            return self.Status.EXPIRED
        return self.status


class PoolCode(models.Model):
    """A partner's code that waits to be handed out."""

    reward = models.ForeignKey(Reward, models.CASCADE, related_name="pool")
    code_hash = models.CharField(max_length=64)
    code_sealed = models.TextField()
    taken_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reward", "code_hash"], name="pool_code_is_kept_once")
        ]
        indexes = [models.Index("reward", "id", name="pool_left", condition=Q(taken_at=None))]
