from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from loyalty.merchants.models import Program, User
from loyalty.public_ids import new_public_id
from loyalty.purchases.models import Purchase


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def live(self) -> "EndpointQuerySet":
        return self.filter(revoked_at=None)

    def with_news(self) -> "EndpointQuerySet":
        """When each was heard last, and how much of what it told was not taken."""
        theirs = Arrival.objects.filter(endpoint=OuterRef("pk"))
        dead = theirs.dead().order_by().values("endpoint").annotate(rows=Count("pk"))
        return self.annotate(
            heard_at=Subquery(theirs.order_by("-pk").values("arrived_at")[:1]),
            dead=Coalesce(Subquery(dead.values("rows")), 0),
        )


class Endpoint(models.Model):
    """An address at which a shop's own machine tells one program what it sold."""

    program = models.ForeignKey(Program, models.CASCADE, related_name="endpoints")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    dialect = models.CharField(max_length=20)  # How it speaks: see signatures.DIALECTS.
    name = models.CharField(max_length=80)
    # Sealed, not hashed: to check a signature one must know the secret. Empty: not told yet.
    secret = models.CharField(max_length=400, blank=True)
    old_secret = models.CharField(max_length=400, blank=True)  # Still taken for a while.
    old_secret_until = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True)
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)

    objects = EndpointQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class ArrivalQuerySet(models.QuerySet["Arrival"]):
    def of(self, program: Program) -> "ArrivalQuerySet":
        return self.filter(endpoint__program=program)

    def dead(self) -> "ArrivalQuerySet":
        return self.filter(status="dead")


class Arrival(models.Model):
    """What a shop's machine told us, byte for byte as it came. An event is kept once."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        SKIPPED = "skipped"  # Understood, and nothing of ours: ``reason`` says why.
        DEAD = "dead"  # Not understood or refused: somebody should look at it.

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="arrivals", db_index=False)
    event_id = models.CharField(max_length=160)  # By which its sender knows it.
    topic = models.CharField(max_length=80)
    body = models.BinaryField()
    arrived_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    reason = models.CharField(max_length=40, blank=True)  # A code, also of why it still waits.
    detail = models.TextField(blank=True)  # The same as a sentence.
    reference = models.CharField(max_length=80, blank=True)  # The order, once it was read.
    due_at = models.DateTimeField(default=timezone.now)
    lease = models.CharField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)

    objects = ArrivalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event_id"], name="event_is_kept_once")
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="arrivals_due",
                         condition=Q(status="waiting")),
            models.Index(fields=["endpoint", "-id"], name="arrivals_newest_first"),
            models.Index(fields=["settled_at"], name="arrivals_settled"),
            models.Index(fields=["id"], name="arrivals_dead", condition=Q(status="dead")),
        ]  # fmt: skip


class ShopOrder(models.Model):
    """An order of a shop, as far as it was told: what makes its events safe in any order."""

    program = models.ForeignKey(Program, models.CASCADE, db_index=False)
    source = models.CharField(max_length=40)
    reference = models.CharField(max_length=80)
    told_at = models.DateTimeField(null=True)  # Since when the newest state that we know is true.
    is_off = models.BooleanField(default=False)  # In that state.
    purchase = models.ForeignKey(Purchase, models.PROTECT, null=True)
    lines = models.JSONField(default=dict)  # {the shop's number of a line: ours}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "source", "reference"], name="order_is_known_once"
            )
        ]
