from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.localized import LocalizedField
from loyalty.merchants.models import Program
from loyalty.public_ids import new_public_id


class PlannedLetterQuerySet(models.QuerySet["PlannedLetter"]):
    def kept(self) -> "PlannedLetterQuerySet":
        return self.filter(archived_at=None)

    def live(self) -> "PlannedLetterQuerySet":
        return self.kept().filter(is_active=True)


class PlannedLetter(models.Model):
    """A letter that the merchant wants written when something comes about: a holiday, say.

    Birthdays, points that expire and tiers at risk have letters of their own, in the settings.
    """

    class Event(models.TextChoices):
        MEMBERSHIP_DAY = "membership_day", _("Day of joining, each year")
        HOLIDAY = "holiday", _("Holiday")
        WIN_BACK = "win_back", _("Quiet for a while")
        CAMPAIGN_START = "campaign_start", _("A campaign begins")
        CAMPAIGN_END = "campaign_end", _("A campaign is about to end")

    program = models.ForeignKey(Program, models.PROTECT, related_name="planned_letters")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    event = models.CharField(max_length=16, choices=Event)
    is_active = models.BooleanField(default=True)
    hour = models.PositiveSmallIntegerField(null=True, blank=True)  # None: the program's.
    # Quiet days, or days before a campaign begins or ends.
    days = models.PositiveSmallIntegerField(default=0)
    on = models.DateField(null=True, blank=True)  # Of a holiday.
    is_yearly = models.BooleanField(default=True)
    # The merchant's own words; where there are none, ours.
    subject = LocalizedField(blank=True)
    words = LocalizedField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = PlannedLetterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(hour=None) | Q(hour__lt=24), name="planned_hour_is_of_a_day"
            ),
            models.CheckConstraint(
                condition=~Q(event="holiday") | Q(on__isnull=False), name="holiday_has_a_day"
            ),
            models.CheckConstraint(
                condition=~Q(event="win_back") | Q(days__gt=0), name="quiet_is_some_days"
            ),
        ]

    def __str__(self) -> str:
        return str(self.subject) or str(self.get_event_display())
