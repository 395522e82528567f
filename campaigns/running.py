"""What a merchant lets run for a time, whatever it is: drafted, opened, paused, ended."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.localized import LocalizedField
from loyalty.merchants.models import Program
from loyalty.public_ids import new_public_id


class RunningQuerySet(models.QuerySet["Running"]):
    def open(self) -> Self:
        return self.filter(state=Running.State.OPEN)

    def live(self, at: datetime) -> Self:
        return self.open().filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at)


class Running(models.Model):
    """From its start to its end it is live, once somebody has opened it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        PAUSED = "paused", _("Paused")
        ENDED = "ended", _("Ended")

    program = models.ForeignKey(Program, models.PROTECT, related_name="%(class)ss")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    name = LocalizedField()
    about = LocalizedField(blank=True)  # What members read.
    state = models.CharField(max_length=6, choices=State, default=State.DRAFT)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)  # The first moment at which it is over.
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)  # By hand.

    objects = RunningQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="%(class)s_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def source(self) -> str:
        return f"{self._meta.model_name}:{self.pk}"

    def stage(self, at: datetime) -> str:
        """Where it is: "draft", "scheduled", "live", "paused" or "ended"."""
        if self.state in (self.State.DRAFT, self.State.ENDED):
            return str(self.state)
        if self.ends_at is not None and at >= self.ends_at:
            return "ended"
        if self.state == self.State.PAUSED:
            return "paused"
        return "live" if at >= self.starts_at else "scheduled"
