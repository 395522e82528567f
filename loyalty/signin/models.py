from django.db import models
from django.utils import timezone

from loyalty.merchants.models import User
from loyalty.public_ids import new_public_id


class DeviceQuerySet(models.QuerySet["Device"]):
    def open(self) -> "DeviceQuerySet":
        return self.filter(ended_at=None)


class Device(models.Model):
    """A browser in which somebody signed in. It keeps a token in a cookie; here is its hash."""

    user = models.ForeignKey(User, models.CASCADE, related_name="devices")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    token_hash = models.CharField(max_length=64)
    session_key = models.CharField(max_length=40, blank=True)
    browser = models.CharField(max_length=200, blank=True)  # As it calls itself.
    address = models.CharField(max_length=45, blank=True)
    first_seen_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    # When its holder showed that it is them, by more than a password. Until then it spends nothing.
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "token_hash"], name="device_is_known_once_a_person"
            )
        ]
        indexes = [models.Index("token_hash", name="devices_by_token")]

    def is_confirmed(self) -> bool:
        return self.ended_at is None and self.confirmed_at is not None


class Credentials(models.Model):
    """When somebody's way in was last changed. Who never changed theirs has no row."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="credentials")
    changed_at = models.DateTimeField()
    what = models.CharField(max_length=20)  # See changes.CHANGES.


class Tries(models.Model):
    """How often something was tried in the present window: a sign-in, a code, a search."""

    name = models.CharField(max_length=64, primary_key=True)  # The hash of what is counted.
    used = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)


class CacheEntry(models.Model):
    """Django's cache as rows: see ``cache``. It is read by Django's own statements only."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "signin_cache"
