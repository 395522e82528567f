from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.ledger.models import Account
from loyalty.localized import LocalizedField
from loyalty.merchants.models import Program, Staff, User
from loyalty.public_ids import new_public_id
from loyalty.purchases.models import Purchase


class ReferralTerms(models.Model):
    """On which terms members of a program bring their friends. A program without has none."""

    class FriendGets(models.TextChoices):
        ON_JOINING = "joining", _("When they join, for their first purchase")
        ON_CLEARING = "clearing", _("Together with the member who invited them")

    program = models.OneToOneField(Program, models.PROTECT, related_name="referral_terms")
    is_on = models.BooleanField(default=False)
    # As ``flows.prizes`` gives them: {"kind": "points", …}; empty: nothing.
    advocate_prize = models.JSONField(default=dict, blank=True)
    friend_prize = models.JSONField(default=dict, blank=True)
    friend_gets = models.CharField(max_length=8, choices=FriendGets, default=FriendGets.ON_JOINING)
    minimum_minor = models.BigIntegerField(
        default=0
    )  # Of the friend's purchase: spend that counts.
    within_days = models.PositiveSmallIntegerField(default=90)  # From joining to that purchase.
    return_days = models.PositiveSmallIntegerField(default=14)  # Until it has cleared.
    month_limit = models.PositiveSmallIntegerField(null=True, blank=True)  # Of one advocate.
    ever_limit = models.PositiveIntegerField(null=True, blank=True)
    title = LocalizedField(blank=True)  # For the friend, on the page that they land on.
    message = LocalizedField(blank=True)  # What the advocate sends, unless they change it.
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(minimum_minor__gte=0), name="referral_minimum_is_no_debt"
            ),
            models.CheckConstraint(
                condition=Q(within_days__gte=1), name="friends_have_a_day_to_buy"
            ),
        ]


class ReferralTermsVersion(models.Model):
    """The terms as they were promised from one change to the next."""

    terms = models.ForeignKey(ReferralTerms, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    told = models.JSONField()
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["terms", "number"], name="referral_terms_are_kept_once")
        ]


class ReferralCode(models.Model):
    """The word by which a member's friends say who invited them. It is no secret."""

    account = models.OneToOneField(
        Account, models.PROTECT, primary_key=True, related_name="referral_code"
    )
    program = models.ForeignKey(Program, models.PROTECT, related_name="referral_codes",
                                db_index=False)  # fmt: skip
    code = models.CharField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "code"], name="referral_code_is_unique")
        ]


class ReferralQuerySet(models.QuerySet["Referral"]):
    def open(self) -> "ReferralQuerySet":
        """Those whose end is not known yet."""
        return self.filter(state__in=(Referral.State.JOINED, Referral.State.BOUGHT))

    def held(self) -> "ReferralQuerySet":
        """Those that wait for somebody to look at them."""
        return self.open().filter(is_held=True)

    def due(self, at: datetime) -> "ReferralQuerySet":
        return self.filter(due_at__lte=at)

    def counting(self) -> "ReferralQuerySet":
        """Friends who have bought enough, and about whom nothing is in doubt.

        A refund or a refusal takes one out of it, a hold for as long as it lasts.
        """
        bought = (Referral.State.BOUGHT, Referral.State.CLEARED)
        return self.filter(state__in=bought, is_held=False)

    def joined_within(self, starts: datetime, ends: datetime) -> "ReferralQuerySet":
        return self.filter(joined_at__gte=starts, joined_at__lt=ends)

    def bought_within(self, starts: datetime, ends: datetime) -> "ReferralQuerySet":
        return self.filter(bought_at__gte=starts, bought_at__lt=ends)


class Referral(models.Model):
    """One member brought another. It names accounts: who is behind them may be forgotten."""

    class State(models.TextChoices):
        JOINED = "joined", pgettext_lazy("a friend", "Joined")
        BOUGHT = "bought", pgettext_lazy("a friend", "Bought")  # Inside the return window.
        CLEARED = "cleared", pgettext_lazy("a friend", "Rewarded")
        REFUSED = "refused", pgettext_lazy("a friend", "Does not count")
        LAPSED = "lapsed", pgettext_lazy("a friend", "Too late")

    class Gift(models.TextChoices):
        """What became of one side's reward."""

        WAITING = "waiting"
        GIVEN = "given"
        NONE = "none"  # Nothing was promised, or nobody may have it: a limit, a member who left.
        TAKEN = "taken"  # Given, and taken back.

    program = models.ForeignKey(Program, models.PROTECT, related_name="referrals", db_index=False)
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    advocate = models.ForeignKey(
        Account, models.PROTECT, related_name="referrals_made", db_index=False
    )
    friend = models.OneToOneField(Account, models.PROTECT, related_name="referral")
    promise = models.JSONField()  # The terms on which the friend joined: see ``terms.Promise``.
    state = models.CharField(max_length=7, choices=State, default=State.JOINED)
    reason = models.CharField(max_length=20, blank=True)  # Why it is refused: see ``reasons``.

    joined_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # By then the friend must have bought.
    network = models.CharField(max_length=32, blank=True)  # Where they joined: a keyed hash.
    purchase = models.ForeignKey(
        Purchase, models.PROTECT, null=True, related_name="referrals"
    )  # The friend's first that is large enough.
    bought_at = models.DateTimeField(null=True)
    clears_at = models.DateTimeField(null=True)  # The end of its return window.
    cleared_at = models.DateTimeField(null=True)

    is_held = models.BooleanField(default=False)
    held_at = models.DateTimeField(null=True)
    signals = models.JSONField(default=list)  # Why: see ``signals.Signal``.
    # Somebody has looked at it and let it pass: no signal holds it again.
    is_released = models.BooleanField(default=False)
    decided_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    friend_gift = models.CharField(max_length=7, choices=Gift, default=Gift.WAITING)
    advocate_gift = models.CharField(max_length=7, choices=Gift, default=Gift.WAITING)
    # Grows when gifts were taken back and may be given anew: it is part of their keys.
    turn = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)  # When the sweep looks at it next.

    objects = ReferralQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-joined_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(advocate=F("friend")), name="nobody_is_their_own_friend"
            ),
            models.CheckConstraint(
                condition=~Q(state="bought") | Q(purchase__isnull=False, clears_at__isnull=False),
                name="who_bought_has_a_purchase",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(reason=""), name="a_refusal_has_its_reason"
            ),
        ]
        indexes = [
            models.Index("advocate", "bought_at", name="referrals_of_advocate"),
            models.Index(F("program"), F("joined_at").desc(), F("id").desc(),
                         name="referrals_newest_first"),
            models.Index("program", "held_at", name="referrals_held", condition=Q(is_held=True)),
            models.Index("due_at", name="referrals_due", condition=Q(due_at__isnull=False)),
        ]  # fmt: skip
