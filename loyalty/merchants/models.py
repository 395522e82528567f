from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.localized import LocalizedField
from loyalty.public_ids import new_public_id


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in: a member of some programs, staff of some merchants, or both."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=5, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)  # May see pages about the installation itself.
    joined_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email


class Merchant(models.Model):
    """A business that runs loyalty programs with us."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    name = models.CharField(max_length=120)
    # From when on the team signs in with a second step, too. Null: who wants to.
    second_step_from = models.DateTimeField(null=True, blank=True)
    idle_minutes = models.PositiveSmallIntegerField(default=120)  # Then the dashboard closes.
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


def default_languages() -> list[str]:
    return ["th", "en"]


def default_adjustment_limits() -> dict[str, int]:
    """Points a month that a role may give or take by hand; who is not named has no limit.

    "key" is what each key of the API may.
    """
    return {"manager": 10_000, "reviewer": 200, "cashier": 0, "analyst": 0, "key": 100_000}


class Program(models.Model):
    """What members join: one merchant's promises, with their currency, zone and languages.

    Saving settings goes through ``flows.settings.change``, which keeps every version.
    """

    class Rounding(models.TextChoices):
        FLOOR = "floor", _("Down, always")
        HALF_UP = "half_up", _("To the nearest")
        CEILING = "ceiling", _("Up, always")

    class Shortfall(models.TextChoices):
        OWE = "owe", _("The member owes them, and the next points repay them")
        ABSORB = "absorb", _("We bear them")

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="programs")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    slug = models.SlugField(max_length=60, unique=True)
    name = LocalizedField()
    currency = models.CharField(max_length=3, default="THB")  # ISO 4217.
    time_zone = models.CharField(max_length=40, default="Asia/Bangkok")  # IANA.
    languages = models.JSONField(default=default_languages)
    brand_color = models.CharField(max_length=7, default="#8a3b12")

    rounding = models.CharField(max_length=8, choices=Rounding, default=Rounding.FLOOR)
    counts_tax = models.BooleanField(default=True)
    counts_shipping = models.BooleanField(default=False)
    counts_gift_cards = models.BooleanField(default=False)
    counts_points_paid = models.BooleanField(default=False)
    pending_days = models.PositiveSmallIntegerField(default=0)
    shortfall = models.CharField(max_length=6, choices=Shortfall, default=Shortfall.OWE)
    claim_days = models.PositiveSmallIntegerField(default=60)
    # So long members cannot spend after their password, e-mail or phone was changed.
    hold_hours = models.PositiveSmallIntegerField(default=24)

    # So many points pay so much at the till: 100 points are worth 1.00 = (100, 100).
    pay_points = models.PositiveIntegerField(default=0)  # 0: members cannot pay with points.
    pay_minor = models.PositiveIntegerField(default=0)

    # Of each 100 that members pay, what is left after the goods; 0: nobody has said.
    margin_percent = models.PositiveSmallIntegerField(default=0)

    letter_hour = models.PositiveSmallIntegerField(default=9)  # Local hour for birthdays and such.
    expiry_notice_days = models.PositiveSmallIntegerField(default=30)
    # How long people's data are kept that nothing needs any more.
    letters_kept_days = models.PositiveSmallIntegerField(default=365)
    left_kept_months = models.PositiveSmallIntegerField(default=24)  # 0: until they ask.
    silent_letters = models.JSONField(default=list)  # Templates that the merchant switched off.
    adjustment_limits = models.JSONField(default=default_adjustment_limits)
    version = models.PositiveIntegerField(default=1)  # Grows with each change of settings or rules.
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(letter_hour__lt=24), name="hour_is_of_a_day"),
            models.CheckConstraint(
                condition=Q(hold_hours__range=(24, 72)), name="hold_is_one_to_three_days"
            ),
            models.CheckConstraint(
                condition=Q(margin_percent__lte=100), name="margin_is_a_share_of_the_price"
            ),
            models.CheckConstraint(
                condition=Q(pay_points=0) | Q(pay_minor__gt=0),
                name="points_that_pay_are_worth_some",
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)


class ProgramVersion(models.Model):
    """The settings of a program as they were from one change to the next."""

    program = models.ForeignKey(Program, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    settings = models.JSONField()
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="version_is_kept_once")
        ]


class FileName(models.Model):
    """What program files call a thing of a program: a readable name, which stays for good."""

    program = models.ForeignKey(Program, models.CASCADE, db_index=False)
    noun = models.CharField(max_length=40)  # "rules"
    key = models.CharField(max_length=40)  # What its kind knows it by: its public id.
    name = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "noun", "name"], name="file_name_is_given_once"
            ),
            models.UniqueConstraint(
                fields=["program", "noun", "key"], name="thing_has_one_file_name"
            ),
        ]


class Location(models.Model):
    """A shop, branch or till group of a merchant."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="locations")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    code = models.CharField(max_length=40)  # What the tills call it.
    name = LocalizedField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="location_code_is_used_once")
        ]

    def __str__(self) -> str:
        return str(self.name) or self.code


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    REVIEWER = "reviewer", _("Reviewer")
    ANALYST = "analyst", _("Analyst")
    CASHIER = "cashier", _("Cashier")


class Staff(models.Model):
    """A person's place in a merchant's team."""

    user = models.ForeignKey(User, models.CASCADE, related_name="posts")
    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="team")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    role = models.CharField(max_length=10, choices=Role)
    location = models.ForeignKey(Location, models.SET_NULL, null=True, blank=True)
    is_active = models.BooleanField(default=True)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "merchant"], name="person_has_one_role_a_merchant"
            )
        ]


class Invitation(models.Model):
    """A place in the team that waits for somebody to take it. The token is kept hashed."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="invitations")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role)
    location = models.ForeignKey(Location, models.SET_NULL, null=True, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.CASCADE)
    invited_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self) -> "ApiKeyQuerySet":
        return self.filter(revoked_at=None)


class ApiKey(models.Model):
    """What a machine signs in with. The secret is shown once; only its hash is kept."""

    program = models.ForeignKey(Program, models.CASCADE, related_name="api_keys")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    name = models.CharField(max_length=80)
    prefix = models.CharField(
        max_length=12, unique=True
    )  # Shown in lists, so that people can tell.
    secret_hash = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ApiKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class AuditEntry(models.Model):
    """Who changed what, from what to what, and why. A trigger keeps it as it was written."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="audit_entries")
    program = models.ForeignKey(Program, models.PROTECT, null=True)
    user = models.ForeignKey(User, models.PROTECT, null=True)
    api_key = models.ForeignKey(ApiKey, models.PROTECT, null=True)
    action = models.CharField(max_length=60)  # "rule.change", "points.adjust"
    subject = models.CharField(max_length=120)  # "rule:3", "member:8k2…"
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(F("merchant"), F("at").desc(), F("id").desc(), name="audit_newest_first")
        ]

    @property
    def told(self) -> "AuditEntry | AuditDetail":
        """Where before, after and the reason are: in the line, or apart from it."""
        return getattr(self, "detail", self)


class AuditDetail(models.Model):
    """What a line of the trail says of a person. It goes with them; the line stays."""

    entry = models.OneToOneField(
        AuditEntry, models.PROTECT, primary_key=True, related_name="detail"
    )
    subject = models.CharField(max_length=120, db_index=True)  # As the line names it.
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)


class KeyedRequest(models.Model):
    """The answer to a write with an idempotency key, so that a retry gets it again."""

    program = models.ForeignKey(Program, models.CASCADE)
    route = models.CharField(max_length=120)
    key = models.CharField(max_length=120)
    about = models.CharField(max_length=16, blank=True)  # The member, where it is about one.
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(null=True)
    asked_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "route", "key"], name="request_is_done_once")
        ]
        indexes = [models.Index("about", name="requests_about", condition=~Q(about=""))]


class JobRunQuerySet(models.QuerySet["JobRun"]):
    def failed(self) -> "JobRunQuerySet":
        """What went wrong when it ran last: given up, or tried again later."""
        return self.filter(error__gt="")

    def late(self, at: datetime) -> "JobRunQuerySet":
        """What should have been done a while ago, and nobody knows why it is not."""
        return self.filter(finished_at=None, due_at__lte=at - JobRun.PATIENCE)


class JobRun(models.Model):
    """A periodic job for one period of one program. However many clocks ask, it is one row."""

    PATIENCE = timedelta(hours=1)  # A day of a million members takes a while.

    job = models.CharField(max_length=40)
    program = models.ForeignKey(Program, models.CASCADE)
    period = models.DateField()
    due_at = models.DateTimeField(default=timezone.now)  # Not before; later after a failure.
    reached = models.BigIntegerField(default=0)  # How far it came: the next worker goes on here.
    started_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    lease = models.CharField(max_length=32, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    objects = JobRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["job", "program", "period"], name="job_runs_once_a_period"
            )
        ]
        indexes = [
            models.Index(F("due_at"), name="job_open", condition=Q(finished_at=None)),
            models.Index(fields=["program", "id"], name="job_failed", condition=Q(error__gt="")),
        ]


class Heartbeat(models.Model):
    """A worker's or a clock's sign of life."""

    name = models.CharField(max_length=80, primary_key=True)
    beaten_at = models.DateTimeField()


def beat(name: str, at: datetime) -> None:
    Heartbeat.objects.update_or_create(name=name, defaults={"beaten_at": at})
