from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.ledger.models import Wallet
from loyalty.localized import LocalizedField
from loyalty.merchants.models import Program, User
from loyalty.public_ids import new_public_id


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def kept(self) -> "CampaignQuerySet":
        return self.filter(archived_at=None)

    def promised(self) -> "CampaignQuerySet":
        """Those that members can count on: live now, or about to be."""
        return self.kept().filter(state=Campaign.State.SCHEDULED)

    def live(self, at: datetime) -> "CampaignQuerySet":
        return self.promised().filter(starts_at__lte=at, ends_at__gt=at)


class Campaign(models.Model):
    """A promise with a start and an end. It reads as an earning rule does, and gives beside it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Scheduled")  # From its start to its end it is live.
        PAUSED = "paused", _("Paused")
        ENDED = "ended", _("Ended")

    class Stacking(models.TextChoices):
        MULTIPLY = "multiply", _("Multiplies what all others give")
        ADD = "add", _("Adds to what the others give")
        BEST = "best", _("Counts alone, if it gives more than the others together")

    program = models.ForeignKey(Program, models.PROTECT, related_name="campaigns")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    name = LocalizedField()
    about = LocalizedField(blank=True)  # What members read.
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()  # The first moment at which it is over.

    trigger = models.CharField(max_length=40, default="purchase")
    conditions = models.JSONField(default=list, blank=True)
    effect = models.JSONField()  # An earning rule's, or {"kind": "times", "percent": 200}.
    wallet = models.ForeignKey(Wallet, models.PROTECT)
    caps = models.JSONField(default=list, blank=True)
    multiplied_by_tier = models.BooleanField(default=False)
    is_qualifying = models.BooleanField(default=False)
    stacking = models.CharField(max_length=8, choices=Stacking, default=Stacking.MULTIPLY)
    priority = models.PositiveSmallIntegerField(default=0)  # The lowest comes first.
    budget = models.BigIntegerField(null=True, blank=True)  # What it gives at most, in all.
    # So many of a hundred members get nothing, so that one can see what it changes: ``holdout``.
    held_out_percent = models.PositiveSmallIntegerField(default=0)

    version = models.PositiveIntegerField(default=0)  # Grows with each change that members feel.
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)  # Before its time.
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["priority", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="campaign_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(budget=None) | Q(budget__gt=0), name="budget_is_some_points"
            ),
            models.CheckConstraint(
                condition=Q(held_out_percent__lte=50), name="at_most_half_are_held_out"
            ),
        ]
        indexes = [models.Index(fields=["program", "starts_at"], name="campaigns_by_start")]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def source(self) -> str:
        return f"campaign:{self.pk}"

    def is_promised(self, at: datetime) -> bool:
        """Whether members can count on it: it is live, or will be."""
        return self.stage(at) in ("scheduled", "live") and self.archived_at is None

    def stage(self, at: datetime) -> str:
        """Where it is: "draft", "scheduled", "live", "paused" or "ended"."""
        if self.state in (self.State.DRAFT, self.State.ENDED):
            return str(self.state)
        if at >= self.ends_at:
            return "ended"
        if self.state == self.State.PAUSED:
            return "paused"
        return "live" if at >= self.starts_at else "scheduled"


class CampaignVersion(models.Model):
    """A campaign as it was promised from one change to the next."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    told = models.JSONField()
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "number"], name="campaign_version_is_kept_once"
            )
        ]
