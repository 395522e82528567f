from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.running import Running
from loyalty.ledger.models import Account
from loyalty.merchants.models import Program
from loyalty.rewards.models import Redemption, Reward


class FollowUp(Running):
    """An offer from behaviour: after so many of one thing, a reward on it, or on its companion."""

    class Of(models.TextChoices):
        PRODUCT = "product", _("A product")
        CATEGORY = "category", _("A category")

    class Count(models.TextChoices):
        UNITS = "units", _("Pieces bought")
        VISITS = "visits", _("Purchases that hold it")

    class On(models.TextChoices):
        SAME = "same", _("On the same again")
        ALONG = "along", _("On what is bought along with it most")

    of = models.CharField(max_length=8, choices=Of, default=Of.PRODUCT)
    codes = models.JSONField(default=list, blank=True)  # The shop's own; none: each one.
    count = models.CharField(max_length=6, choices=Count, default=Count.UNITS)
    every = models.PositiveSmallIntegerField()  # The n-th one issues the offer.
    repeats = models.BooleanField(default=True)  # Each n-th, not only the first.
    on = models.CharField(max_length=5, choices=On, default=On.SAME)
    reward = models.ForeignKey(Reward, models.PROTECT, related_name="followups")


class Followed(models.Model):
    """An offer that a member was given, for what, and on what."""

    followup = models.ForeignKey(FollowUp, models.PROTECT, related_name="given", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="followed")
    thing = models.CharField(max_length=80)  # The product or category that was counted, folded.
    number = models.PositiveIntegerField()  # The how manieth offer for it.
    redemption = models.OneToOneField(Redemption, models.PROTECT, related_name="followed")
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)  # A refund took the count back, unused.

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["followup", "account", "thing", "number"],
                condition=models.Q(withdrawn_at=None),
                name="an_offer_is_followed_up_once",
            )
        ]


class Companion(models.Model):
    """What is bought along with something, as the night counted it: see followups.along."""

    program = models.ForeignKey(Program, models.CASCADE, db_index=False)
    of = models.CharField(max_length=8, choices=FollowUp.Of)
    thing = models.CharField(max_length=80)
    other = models.CharField(max_length=80)
    rank = models.PositiveSmallIntegerField()  # 1: bought along most.
    together = models.PositiveIntegerField()  # Baskets that hold both …
    thing_baskets = models.PositiveIntegerField()  # … and either.
    other_baskets = models.PositiveIntegerField()
    score_millionths = models.PositiveIntegerField()
    counted_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "of", "thing", "rank"], name="companions_have_an_order"
            )
        ]

    @property
    def score(self) -> float:
        return self.score_millionths / 1_000_000
