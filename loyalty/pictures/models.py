from django.db import models
from django.utils import timezone

from loyalty.ledger.models import Account
from loyalty.merchants.models import Program
from loyalty.public_ids import new_public_id


class Picture(models.Model):
    """A picture that a member handed in, as we drew it anew. Its file is for nobody else's eyes."""

    program = models.ForeignKey(Program, models.CASCADE, related_name="pictures")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    account = models.ForeignKey(Account, models.CASCADE, related_name="pictures")
    cause = models.CharField(max_length=60, db_index=True)  # What it belongs to: "contribution:12".
    file = models.CharField(max_length=80, unique=True)  # Below the folder of all pictures.
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()  # In bytes.
    drop_on = models.DateField(null=True, db_index=True)  # The day on which it is not kept longer.
    taken_at = models.DateTimeField(default=timezone.now)
