from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from loyalty.ledger.models import Account, Wallet
from loyalty.localized import LocalizedField
from loyalty.merchants.models import Program
from loyalty.public_ids import new_public_id


class EarningRuleQuerySet(models.QuerySet["EarningRule"]):
    def live(self) -> "EarningRuleQuerySet":
        return self.filter(is_active=True, archived_at=None)

    def kept(self) -> "EarningRuleQuerySet":
        return self.filter(archived_at=None)


class EarningRule(models.Model):
    """A standing promise: for this trigger, under these conditions, so much into that wallet."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="earning_rules")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    name = LocalizedField()
    trigger = models.CharField(max_length=40, default="purchase")  # See activity.RESERVED_KINDS.
    conditions = models.JSONField(default=list, blank=True)  # [{"kind": "minimum_spend", …}]
    effect = models.JSONField()  # {"kind": "per_spend", "points": 1, "per_minor": 100}
    wallet = models.ForeignKey(Wallet, models.PROTECT)
    caps = models.JSONField(default=list, blank=True)  # [{"period": "week", "limit": 30}]
    multiplied_by_tier = models.BooleanField(default=True)
    is_qualifying = models.BooleanField(default=True)  # Its points count towards a tier.
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)  # A rule that gave points is kept.

    objects = EarningRuleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(trigger=""), name="rule_has_a_trigger"),
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def source(self) -> str:
        return f"rule:{self.pk}"


class CapUsage(models.Model):
    """How much of a cap is used: by one member, or by all together (account null)."""

    program = models.ForeignKey(Program, models.CASCADE)
    source = models.CharField(max_length=60)  # "rule:3"
    account = models.ForeignKey(Account, models.CASCADE, null=True)
    subject = models.CharField(max_length=120, blank=True)
    period = models.CharField(max_length=5)
    starts_on = models.DateField()
    used = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "account", "subject", "period", "starts_on"],
                condition=Q(account__isnull=False),
                name="member_cap_is_counted_once",
            ),
            models.UniqueConstraint(
                fields=["source", "subject", "period", "starts_on"],
                condition=Q(account__isnull=True),
                name="shared_cap_is_counted_once",
            ),
            models.CheckConstraint(condition=Q(used__gte=0), name="cap_is_not_used_backwards"),
        ]


class ActivityRecord(models.Model):
    """Something a member did, told once: a video watched, a birthday, a month of membership."""

    id = models.BigAutoField(primary_key=True)
    program = models.ForeignKey(Program, models.PROTECT)
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    account = models.ForeignKey(Account, models.PROTECT, related_name="activities")
    kind = models.CharField(max_length=40)
    source = models.CharField(max_length=40)
    reference = models.CharField(max_length=120)
    subject = models.CharField(max_length=120, blank=True)
    occurred_at = models.DateTimeField()
    fingerprint = models.CharField(max_length=32)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "source", "reference"], name="activity_is_told_once"
            )
        ]
        indexes = [models.Index("account", "kind", name="activities_by_kind")]
