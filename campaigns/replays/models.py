from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from loyalty import leases
from loyalty.merchants.models import User
from loyalty.public_ids import new_public_id


class ReplayQuerySet(models.QuerySet["Replay"]):
    def open(self) -> "ReplayQuerySet":
        return self.filter(state=Replay.State.OPEN)

    def claimable(self, at: datetime) -> "ReplayQuerySet":
        """Those that are owed and that nobody works on."""
        return self.open().filter(leases.free(at))


class Replay(models.Model):
    """A campaign run over sales of the past: what was asked, how far it is, what it came to.

    Nobody is given anything by it. It is kept with its campaign, to be held against what happened.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Being worked out")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="replays")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    told = models.JSONField()  # The campaign as it was tried: see campaign_forms.campaign_data.
    since = models.DateField()  # Of the program's own days …
    until = models.DateField()  # … up to, not with, this one.
    # So much of what is given is expected to be spent, in hundredths of a percent.
    spent_basis_points = models.PositiveIntegerField()
    worth_points = models.PositiveBigIntegerField(default=0)  # So many points are worth …
    worth_minor = models.PositiveBigIntegerField(default=0)  # … so much. 0: nobody has said.
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    total = models.PositiveIntegerField()  # Sales to be judged …
    done = models.PositiveIntegerField(default=0)  # … and those that are.
    result = models.JSONField(null=True)
    error = models.CharField(max_length=300, blank=True)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True)
    asked_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease = models.CharField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = ReplayQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("since")), name="replay_holds_some_days"
            ),
            models.CheckConstraint(
                condition=Q(spent_basis_points__lte=10_000), name="no_more_is_spent_than_given"
            ),
            models.CheckConstraint(
                condition=Q(worth_points=0) | Q(worth_minor__gt=0),
                name="points_of_a_replay_are_worth_some",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(result__isnull=False),
                name="what_is_done_has_a_result",
            ),
            models.UniqueConstraint(
                fields=["campaign"], condition=Q(state="open"),
                name="campaign_is_replayed_one_at_a_time",
            ),
        ]  # fmt: skip

    @property
    def percent(self) -> int:
        """How far it is. A replay of no sales is through at once."""
        return 100 if self.state == self.State.DONE else self.done * 100 // max(self.total, 1)
