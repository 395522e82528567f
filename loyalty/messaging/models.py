from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from loyalty import leases
from loyalty.merchants.models import Program


class MessageQuerySet(models.QuerySet["Message"]):
    def dead(self) -> "MessageQuerySet":
        """What a merchant should look at: not sent, and not tried again by itself."""
        return self.filter(status__in=["dead", "unknown"])

    def in_doubt(self, at: datetime) -> "MessageQuerySet":
        """Letters that must not repeat, whose worker was lost while it was sending them."""
        return self.filter(leases.over(at), status="sending", must_arrive=False)


class Message(models.Model):
    """A letter owed to somebody's inbox. A key is owed once.

    Of no program are those about signing in: one signs in to the installation.
    """

    class Status(models.TextChoices):
        OWED = "owed"
        SENDING = "sending"  # Handed to the mail server; its answer is not written down yet.
        SENT = "sent"
        UNKNOWN = "unknown"  # The worker was lost while sending: perhaps sent, so not sent again.
        DEAD = "dead"  # Tried often enough; the reason is in ``error``.
        DROPPED = "dropped"  # Not wanted any more when its turn came.

    id = models.BigAutoField(primary_key=True)
    program = models.ForeignKey(Program, models.CASCADE, null=True, db_index=False)
    key = models.CharField(max_length=120)  # Names the cause: "purchase:8412/earned".
    account_id = models.BigIntegerField(null=True, db_index=True)  # Whose, while they are with us.
    to = models.CharField(max_length=254)
    template = models.CharField(max_length=40)  # See catalog.KINDS.
    language = models.CharField(max_length=5)
    context = models.JSONField(default=dict)
    must_arrive = models.BooleanField(default=False)  # Else: must not repeat.
    status = models.CharField(max_length=8, choices=Status, default=Status.OWED)
    owed_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    lease = models.CharField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "key"], name="letter_is_owed_once"),
            models.UniqueConstraint(
                fields=["key"], name="letter_of_the_house_is_owed_once", condition=Q(program=None)
            ),
        ]
        indexes = [
            # What must arrive goes first: a code is not kept waiting by a thousand greetings.
            models.Index(
                fields=["-must_arrive", "due_at", "id"],
                name="letters_due",
                condition=Q(status__in=["owed", "sending"]),
            ),
            models.Index(
                fields=["program", "id"],
                name="letters_given_up",
                condition=Q(status__in=["dead", "unknown"]),
            ),
            models.Index(
                fields=["owed_at"], name="letters_of_the_house", condition=Q(program=None)
            ),
        ]
