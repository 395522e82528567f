from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns import questions
from campaigns.questions import Question
from loyalty.ledger.models import Account
from loyalty.localized import LocalizedField
from loyalty.merchants.models import Program, User
from loyalty.public_ids import new_public_id
from members.models import Badge


class CallQuerySet(models.QuerySet["Call"]):
    def kept(self) -> "CallQuerySet":
        return self.filter(archived_at=None)

    def open(self, at: datetime) -> "CallQuerySet":
        begun = Q(opens_at=None) | Q(opens_at__lte=at)
        going = Q(closes_at=None) | Q(closes_at__gt=at)
        return self.kept().filter(begun, going, is_open=True)


class Call(models.Model):
    """What a merchant asks members to hand in, and what they get once it is approved."""

    class Kind(models.TextChoices):
        CONTRIBUTION = "contribution", _("An application or a contribution")
        REVIEW = "review", _("Reviews of products")

    program = models.ForeignKey(Program, models.PROTECT, related_name="calls")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.CONTRIBUTION)
    name = LocalizedField()
    about = LocalizedField(blank=True)
    questions = models.JSONField(default=list, blank=True)  # See campaigns.questions.
    least_pictures = models.PositiveSmallIntegerField(default=0)
    most_pictures = models.PositiveSmallIntegerField(default=0)
    is_repeatable = models.BooleanField(default=False)  # Else once a member; a review, a product.
    only_bought = models.BooleanField(default=False)  # A review is of what they bought.
    from_rank = models.PositiveSmallIntegerField(default=0)  # The lowest tier that may take part.
    badge = models.ForeignKey(Badge, models.PROTECT, null=True, blank=True)  # Only who holds it.
    prizes = models.JSONField(default=list, blank=True)  # See flows.prizes.
    picture_prizes = models.JSONField(default=list, blank=True)  # On top, where there is a picture.
    keep_days = models.PositiveSmallIntegerField(default=180)  # Pictures, after the decision.
    is_open = models.BooleanField(default=False)
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(most_pictures__gte=F("least_pictures")),
                name="call_takes_as_many_pictures_as_it_asks",
            ),
            models.CheckConstraint(
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(closes_at__gt=F("opens_at")),
                name="call_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def source(self) -> str:
        return f"call:{self.pk}"

    @property
    def asked(self) -> tuple[Question, ...]:
        return questions.stored(self.questions)

    @property
    def is_review(self) -> bool:
        return self.kind == self.Kind.REVIEW

    def is_open_at(self, at: datetime) -> bool:
        return bool(
            self.is_open
            and self.archived_at is None
            and (self.opens_at is None or self.opens_at <= at)
            and (self.closes_at is None or at < self.closes_at)
        )


class ContributionQuerySet(models.QuerySet["Contribution"]):
    def waiting(self) -> "ContributionQuerySet":
        return self.filter(state=Contribution.State.WAITING)


class Contribution(models.Model):
    """What a member handed in, and what staff decided on it: once, until they undo it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Not taken")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    id = models.BigAutoField(primary_key=True)
    program = models.ForeignKey(Program, models.CASCADE, related_name="contributions")
    call = models.ForeignKey(Call, models.PROTECT, related_name="contributions", db_index=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="contributions")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    # What there is one of: nothing, the product, or for repeatable calls the public id.
    slot = models.CharField(max_length=80, blank=True)
    product = models.CharField(max_length=80, blank=True)
    product_name = models.CharField(max_length=160, blank=True)
    rating = models.PositiveSmallIntegerField(null=True)
    answers = models.JSONField(default=dict)
    picture_link = models.CharField(max_length=400, blank=True)  # Of a shop's own page.
    source = models.CharField(max_length=40, blank=True)  # Empty: the member, in the portal.
    reference = models.CharField(max_length=120, blank=True)  # Under which the source knows it.
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    submitted_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True)
    reason = models.CharField(max_length=500, blank=True)  # What the member reads.
    given = models.JSONField(default=list)  # The prizes of the approval, as they were then.
    decisions = models.PositiveSmallIntegerField(default=0)  # Undone ones too: part of the key.

    objects = ContributionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call", "account", "slot"],
                condition=Q(state__in=["waiting", "approved"]),
                name="contribution_counts_once",
            ),
            models.UniqueConstraint(
                fields=["program", "source", "reference"],
                condition=~Q(reference=""),
                name="contribution_is_told_once",
            ),
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__gte=1, rating__lte=5),
                name="rating_has_one_to_five_stars",
            ),
        ]
        indexes = [
            models.Index(fields=["program", "state", "id"], name="contributions_by_state"),
        ]

    @property
    def cause(self) -> str:
        return f"contribution:{self.pk}"

    @property
    def key(self) -> str:
        """Of the prizes of the present decision: another approval after an undo gives again."""
        return f"{self.cause}/{self.decisions}"
