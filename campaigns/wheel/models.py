from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaigns.running import Running
from loyalty.ledger.models import Account, Entry, Wallet
from loyalty.localized import LocalizedField


class Wheel(Running):
    """A wheel of fortune with stated odds, drawn by the server in a way that can be checked."""

    wallet = models.ForeignKey(Wallet, models.PROTECT, null=True, blank=True)
    price = models.PositiveIntegerField(default=0)  # Of a spin, in the wallet; 0: none is sold.
    free_daily = models.BooleanField(default=False)  # One spin a day costs nothing.
    most_daily = models.PositiveSmallIntegerField(null=True, blank=True)  # Spins, of a member.
    secret_sealed = models.TextField()  # See drawing; opened when the wheel is over.
    secret_seal = models.CharField(max_length=64)

    class Meta(Running.Meta):
        constraints = [
            *Running.Meta.constraints,
            models.CheckConstraint(
                condition=Q(price=0) | Q(wallet__isnull=False), name="a_spin_is_paid_from_a_wallet"
            ),
        ]


class Segment(models.Model):
    """A part of a wheel: so likely, with that prize or none, so many times."""

    wheel = models.ForeignKey(Wheel, models.CASCADE, related_name="segments", db_index=False)
    position = models.PositiveSmallIntegerField()
    name = LocalizedField()
    share = models.PositiveSmallIntegerField()  # In hundredths of a percent.
    prize = models.JSONField(null=True, blank=True)  # See flows.prizes; null: nothing.
    stock = models.PositiveIntegerField(null=True, blank=True)  # In all; null: no limit.
    given = models.PositiveIntegerField(default=0)
    # What who lands on a prize that has run out has instead. One of a wheel's segments is it.
    is_consolation = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["wheel", "position"]
        constraints = [
            models.UniqueConstraint(fields=["wheel", "position"], name="segment_has_its_place"),
            models.UniqueConstraint(
                fields=["wheel"], condition=Q(is_consolation=True), name="one_consolation_a_wheel"
            ),
            models.CheckConstraint(
                condition=Q(stock=None) | Q(given__lte=F("stock")),
                name="a_wheel_gives_no_more_than_there_is",
            ),
            models.CheckConstraint(
                condition=Q(share__gte=1, share__lte=10_000), name="share_is_a_part_of_the_wheel"
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def left(self) -> int | None:
        return None if self.stock is None else self.stock - self.given


class Spin(models.Model):
    """One turn of a wheel: what was sealed before, what came of it, and how to check it."""

    class Fate(models.TextChoices):
        GIVEN = "given", _("Won")
        NOTHING = "nothing", _("Nothing this time")
        RAN_OUT = "ran_out", _("That prize had run out")  # ``segment`` is what came instead.

    id = models.BigAutoField(primary_key=True)
    wheel = models.ForeignKey(Wheel, models.PROTECT, related_name="spins", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="spins")
    number = models.PositiveIntegerField()  # The how manieth of this member on this wheel.
    key = models.CharField(max_length=40)  # Of the form: a double click spins once.
    card = models.CharField(max_length=16)  # What the seed was made of: the member's public id.
    seal = models.CharField(max_length=64)
    seed = models.CharField(max_length=64)
    word = models.CharField(max_length=40, blank=True)
    roll = models.PositiveSmallIntegerField()
    landed = models.ForeignKey(Segment, models.PROTECT, related_name="+", db_index=False)
    segment = models.ForeignKey(Segment, models.PROTECT, related_name="spins")
    fate = models.CharField(max_length=7, choices=Fate)
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="+")  # What it cost.
    spun_at = models.DateTimeField()
    spun_on = models.DateField()
    free_on = models.DateField(null=True)  # The day whose free spin it was.

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["wheel", "account", "number"], name="spin_has_its_number"
            ),
            models.UniqueConstraint(fields=["wheel", "account", "key"], name="spin_is_made_once"),
            models.UniqueConstraint(
                fields=["wheel", "account", "free_on"], name="one_free_spin_a_day"
            ),
        ]
        indexes = [models.Index("wheel", F("id").desc(), name="spins_newest_first")]
