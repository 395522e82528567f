from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from loyalty.ledger.models import Account, Entry
from loyalty.merchants.models import Location, Program
from loyalty.public_ids import new_public_id


class PurchaseQuerySet(models.QuerySet["Purchase"]):
    def unclaimed(self, program: Program) -> "PurchaseQuerySet":
        """Sales to somebody who had not joined, and left an e-mail or a phone number."""
        return self.filter(program=program, account=None)


class Purchase(models.Model):
    """A sale that we were told of by a till, a shop or a receipt. It is told once, for ever."""

    id = models.BigAutoField(primary_key=True)
    program = models.ForeignKey(Program, models.PROTECT, db_index=False)
    public_id = models.CharField(max_length=16, default=new_public_id)
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="purchases")
    source = models.CharField(max_length=40)  # Who told us: "pos", "shopify", "import".
    reference = models.CharField(max_length=80)  # Their own number for the sale.
    made_at = models.DateTimeField()
    made_on = models.DateField()  # The same, in the program's zone.
    total_minor = models.BigIntegerField()
    counted_minor = models.BigIntegerField()  # Spend: what the program's switches let count.
    points_paid_minor = models.BigIntegerField(default=0)  # The part that points paid.
    refunded_minor = models.BigIntegerField(default=0)
    payment_method = models.CharField(max_length=40, blank=True)
    channel = models.CharField(max_length=40, blank=True)
    location = models.ForeignKey(Location, models.PROTECT, null=True, db_index=False)
    contact_email = models.CharField(max_length=254, blank=True)  # Until somebody claims it.
    contact_phone = models.CharField(max_length=20, blank=True)
    fingerprint = models.CharField(
        max_length=32
    )  # Of the body: a retry is the same, a mistake not.
    program_version = models.PositiveIntegerField()  # The settings that it was counted under.
    recorded_at = models.DateTimeField(default=timezone.now)

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "source", "reference"], name="purchase_is_told_once"
            ),
            # A constraint, not unique=True: that would add an index for LIKE to each sale.
            models.UniqueConstraint(fields=["public_id"], name="purchase_public_id_is_unique"),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=F("total_minor")),
                name="refunds_stay_within_the_sale",
            ),
            models.CheckConstraint(
                condition=Q(counted_minor__gte=0, counted_minor__lte=F("total_minor")),
                name="spend_is_part_of_the_sale",
            ),
        ]
        indexes = [
            models.Index("program", "made_at", "id", name="purchases_newest_first"),
            models.Index("program", "contact_email", name="unclaimed_by_email",
                         condition=Q(account=None) & ~Q(contact_email="")),
            models.Index("program", "contact_phone", name="unclaimed_by_phone",
                         condition=Q(account=None) & ~Q(contact_phone="")),
        ]  # fmt: skip


class PurchaseTrace(models.Model):
    """What two sales may have in common: the card that paid, the door they went to.

    Keyed hashes: they say that it is the same, and not which. Kept where a teller told of it.
    """

    purchase = models.OneToOneField(
        Purchase, models.CASCADE, primary_key=True, related_name="trace"
    )
    program = models.ForeignKey(Program, models.PROTECT, db_index=False, related_name="+")
    payment = models.CharField(max_length=32, blank=True)
    address = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [
            models.Index("program", "payment", name="traces_by_payment",
                         condition=~Q(payment="")),
            models.Index("program", "address", name="traces_by_address",
                         condition=~Q(address="")),
        ]  # fmt: skip


class LineKind(models.TextChoices):
    ITEM = "item"
    SHIPPING = "shipping"
    GIFT_CARD = "gift_card"


class PurchaseLine(models.Model):
    """One item of a sale, and what is left of it after refunds."""

    id = models.BigAutoField(primary_key=True)
    purchase = models.ForeignKey(Purchase, models.CASCADE, related_name="lines", db_index=False)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=9, choices=LineKind, default=LineKind.ITEM)
    product = models.CharField(max_length=80, blank=True)  # The shop's own code.
    name = models.CharField(max_length=160, blank=True)
    category = models.CharField(max_length=80, blank=True)
    tags = models.JSONField(default=list)
    quantity = models.DecimalField(max_digits=12, decimal_places=3, default=1)
    amount_minor = models.BigIntegerField()  # Paid for the line, tax in, discounts out.
    tax_minor = models.BigIntegerField(default=0)
    counted_minor = models.BigIntegerField()
    refunded_quantity = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    refunded_minor = models.BigIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["purchase", "number"]
        constraints = [
            models.UniqueConstraint(fields=["purchase", "number"], name="line_number_is_used_once"),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=F("amount_minor")),
                name="refunds_stay_within_the_line",
            ),
            models.CheckConstraint(
                condition=Q(refunded_quantity__gte=0, refunded_quantity__lte=F("quantity")),
                name="no_more_comes_back_than_was_sold",
            ),
        ]


class PurchaseAward(models.Model):
    """What one rule gave for one sale, and on which value: what a refund takes back from."""

    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="award")
    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="awards")
    value_minor = models.BigIntegerField()  # The spend that the rule counted.
    # The lines it counted, {line number: minor units}; null: all of them, with all that counts.
    basis = models.JSONField(null=True)
    # A fixed award stays whole while at least so much of its value is kept; null: pro rata.
    whole_above_minor = models.BigIntegerField(null=True)
    qualifying_points = models.BigIntegerField(default=0)  # Counted towards a tier.

    @property
    def points(self) -> int:
        return self.entry.points


class PurchasePrize(models.Model):
    """What else than points one rule gave for one sale, and what a refund looks at: see awards."""

    id = models.BigAutoField(primary_key=True)
    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="prizes", db_index=False)
    source = models.CharField(max_length=60)  # "campaign:7"
    key = models.CharField(max_length=120)  # Under which it was given.
    prize = models.JSONField()
    value_minor = models.BigIntegerField()
    basis = models.JSONField(null=True)
    whole_above_minor = models.BigIntegerField(null=True)
    taken_at = models.DateTimeField(null=True)  # When it was lost by a refund.

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purchase", "source"], name="prize_of_a_sale_is_given_once"
            )
        ]


class Refund(models.Model):
    """Money given back for a sale, or for things of which the sale is not named. Told once."""

    id = models.BigAutoField(primary_key=True)
    program = models.ForeignKey(Program, models.PROTECT, db_index=False)
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="refunds")
    purchase = models.ForeignKey(Purchase, models.PROTECT, null=True, related_name="refunds")
    source = models.CharField(max_length=40)
    reference = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    made_on = models.DateField()
    asked_minor = models.BigIntegerField(null=True)  # As told; null where only lines were named.
    matched_minor = models.BigIntegerField(default=0)  # Value of what was found among the sales.
    fingerprint = models.CharField(max_length=32)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "source", "reference"], name="refund_is_told_once"
            )
        ]
        indexes = [models.Index("program", "made_at", "id", name="refunds_newest_first")]


class RefundLine(models.Model):
    """One thing that came back: from which line of which sale, or from none that we know."""

    id = models.BigAutoField(primary_key=True)
    refund = models.ForeignKey(Refund, models.CASCADE, related_name="lines")
    line = models.ForeignKey(PurchaseLine, models.PROTECT, null=True, related_name="refunds")
    product = models.CharField(max_length=80, blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    amount_minor = models.BigIntegerField(default=0)  # Taken from the line's value.
    problem = models.CharField(max_length=40, blank=True)  # Why nothing was taken: a code.


class ImportRun(models.Model):
    """One file of sales, and how far it is read. The same file goes on where it stopped."""

    program = models.ForeignKey(Program, models.CASCADE)
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)  # SHA-256 of the file and its mapping.
    line = models.PositiveIntegerField(default=0)  # Up to here everything is written.
    day = models.DateField(null=True)  # The day of the file that was written last.
    counts = models.JSONField(default=dict)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "digest"], name="file_is_read_once")
        ]
