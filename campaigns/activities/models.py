from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.ledger.models import Account
from loyalty.localized import LocalizedField
from loyalty.merchants.models import Program
from loyalty.public_ids import new_public_id


class NamedActivityQuerySet(models.QuerySet["NamedActivity"]):
    def kept(self) -> "NamedActivityQuerySet":
        return self.filter(archived_at=None)


class NamedActivity(models.Model):
    """Something that members can do besides buying: a video, a network to follow, a session.

    What it gives, earning rules say: those that name its kind, and its subject if they ask for one.
    """

    class Proof(models.TextChoices):
        WORD = "word", _("The member's word")
        HANDLE = "handle", _("The member's name there")
        API = "api", _("Our own systems tell it")

    program = models.ForeignKey(Program, models.PROTECT, related_name="named_activities")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    kind = models.CharField(max_length=40)  # As rules and machines name it: "follow".
    subject = models.CharField(max_length=40, blank=True)  # Which one of them: "facebook".
    name = LocalizedField()
    about = LocalizedField(blank=True)  # What members read.
    link = models.URLField(max_length=500, blank=True)
    proof = models.CharField(max_length=6, choices=Proof)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = NamedActivityQuerySet.as_manager()

    class Meta:
        ordering = ("position", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["program", "kind", "subject"],
                condition=Q(archived_at=None),
                name="activity_is_named_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def is_claimed(self) -> bool:
        """Whether members tell of it themselves, in the portal."""
        return self.proof != self.Proof.API


class ActivityClaim(models.Model):
    """A member said that they did it. Once each, and a name elsewhere is one member's."""

    activity = models.ForeignKey(NamedActivity, models.PROTECT, related_name="claims")
    account = models.ForeignKey(Account, models.PROTECT, related_name="activity_claims")
    handle = models.CharField(max_length=80, blank=True)
    claimed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "account"], name="activity_is_claimed_once_a_member"
            ),
            models.UniqueConstraint(
                fields=["activity", "handle"],
                condition=~Q(handle=""),
                name="name_elsewhere_is_one_members",
            ),
        ]
