"""A word that stands in every text of the bakery, and the watch over its rows."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection, models

from loyalty.ledger import triggers
from loyalty.localized import LocalizedField

SECRET = "kanari7"
PUBLIC = "lerche7"  # In what a program tells to anybody who opens its page.
CANARIES = re.compile(rb"kanari7|lerche7", re.IGNORECASE)
WRITES = re.compile(r"(?:INTO|UPDATE|DELETE FROM)\s+\"?([a-z_]+)\"?", re.IGNORECASE)
SECRETS = re.compile(rb"kanari7", re.IGNORECASE)

OURS = [
    model
    for app in apps.get_app_configs()
    if app.name.startswith(("loyalty", "members", "campaigns"))
    for model in app.get_models()
]
WATCHED = [*OURS, EmailAddress, Authenticator]
TOLD_TO_ALL = {
    "Merchant", "Program", "Wallet", "Reward", "Tier", "Campaign", "EarningRule", "Contest",
    "ReferralTerms", "Call", "Challenge", "NamedActivity", "Survey", "Wheel", "Segment",
}  # fmt: skip

# Columns in which a word of ours would break what it stands for: ids, hashes, and words with a
# meaning to the machine. Every other text column gets it, those of tomorrow too.
MEANINGFUL = {
    "public_id", "slug", "currency", "time_zone", "language", "languages", "brand_color",
    "silent_letters", "adjustment_limits", "password", "token_hash", "secret_hash", "prefix",
    "scopes", "code_hash", "code_sealed", "secret", "old_secret", "dialect", "session_key",
    "lease", "hash", "fingerprint", "digest", "body_hash", "about", "route", "key", "card_code",
    "phone", "contact_phone", "kind", "expiry", "status", "role", "trigger", "conditions",
    "effect", "caps", "template", "measure", "period", "job", "basis", "source", "channel",
    "member_limit_period", "problem", "window", "downgrade", "state", "rounding", "shortfall",
    "stacking",
    "type", "what", "action", "subject", "counts", "tags", "cache_key", "purpose",
}  # fmt: skip
BY_MODEL = {
    "Wheel": {"secret_sealed", "secret_seal"},
    "Wallet": {"code"}, "Arrival": {"body", "topic"}, "ActivityRecord": {"kind"},
    "TierChange": {"reason"}, "Tally": {"measure"}, "Message": {"context"}, "Tries": {"name"},
    "CacheEntry": {"value"}, "Heartbeat": {"name"}, "Authenticator": {"data"},
    "ShopOrder": {"lines"}, "Audit": {"breaches"},
    "Survey": {"questions", "asks", "prizes"}, "Asking": {"answers"}, "Picture": {"file"},
    "Call": {"questions", "prizes", "picture_prizes"}, "Contribution": {"answers", "given", "slot"},
}  # fmt: skip
MEANT_KEYS = {"step", "kind", "wallet", "trigger"}

Pks = dict[type[models.Model], set[Any]]
Rows = dict[type[models.Model], dict[Any, tuple[Any, ...]]]


def rows(of: Iterable[type[models.Model]] = WATCHED) -> Rows:
    """Everything, as it stands."""
    return {
        model: {row[0]: row[1:] for row in model._base_manager.values_list("pk", *_names(model))}
        for model in of
    }


def plant(theirs: Pks, *, sparing: Pks) -> None:
    """Write the word into every text of these rows, but for those of people who walk."""
    triggers.remove(connection)
    for model, pks in theirs.items():
        texts = _texts(model)
        for row in model._base_manager.filter(pk__in=list(pks - sparing[model])):
            for field in texts:
                setattr(row, field.name, _worded(model, field, row))
            if texts:
                row.save(update_fields=[field.name for field in texts])
    triggers.install(connection)


class Trespass:
    """Notices that a row of theirs was changed, or that a new one hangs on one of theirs."""

    def __init__(self, theirs: Pks, known: Rows) -> None:
        self.theirs = theirs
        self.known = known

    def found(self, written: list[type[models.Model]]) -> list[str]:
        found = []
        for model, now in rows(written).items():
            before = self.known[model]
            for pk in self.theirs.get(model, ()):
                if now.get(pk) != before.get(pk):
                    found.append(f"{model.__name__} {pk} was changed")
            for pk in now.keys() - before.keys():
                found += self._hanging_on_theirs(model, pk)
        return found

    def _hanging_on_theirs(self, model: type[models.Model], pk: Any) -> Iterator[str]:
        row = model._base_manager.get(pk=pk)
        for field in model._meta.concrete_fields:
            theirs = self.theirs.get(field.related_model, ()) if field.is_relation else ()
            if getattr(row, field.attname) in theirs:
                yield f"{model.__name__} {pk} was made for {field.name} of theirs"


def _texts(model: type[models.Model]) -> list[Any]:
    kept = MEANINGFUL | BY_MODEL.get(model.__name__, set())
    if model.__name__ in BY_MODEL and "name" in BY_MODEL[model.__name__]:
        kept = kept | {"name"}
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField | models.JSONField)
        and not field.choices
        and field.name not in kept
    ]


def _worded(model: type[models.Model], field: Any, row: models.Model) -> Any:
    word = PUBLIC if model.__name__ in TOLD_TO_ALL else SECRET
    value = getattr(row, field.name)
    if "email" in field.name or field.name == "to":
        return f"{word}-{row.pk}@example.org" if value else value
    if isinstance(field, LocalizedField):
        return dict.fromkeys(["en", "th"], f"{word} {row.pk}")
    if isinstance(field, models.JSONField):
        return _sown(value, word)
    return f"{word}-{row.pk}"[: field.max_length]


def _sown(value: Any, word: str) -> Any:
    if isinstance(value, dict):
        return {
            name: inner if name in MEANT_KEYS else _sown(inner, word)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_sown(inner, word) for inner in value]
    return word if isinstance(value, str) else value


def _names(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def added(before: Rows, after: Rows) -> Pks:
    """The rows that came in between."""
    return {model: after[model].keys() - before[model].keys() for model in WATCHED}


@contextmanager
def writes_noted() -> Iterator[Callable[[], list[type[models.Model]]]]:
    """Which of the watched tables were written to, so that not every row is read each time.

    PostgreSQL is asked, for statements that go past Django there.
    """
    tables: set[str] = set()
    begun = _moved()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        tables.update(WRITES.findall(sql))
        return execute(sql, params, many, context)

    def written() -> list[type[models.Model]]:
        if _moved() != begun:
            return WATCHED
        return [model for model in WATCHED if model._meta.db_table in tables]

    with connection.execute_wrapper(note):
        yield written


def _moved() -> int:
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables "
            "WHERE relname NOT LIKE 'django_session%' AND relname NOT LIKE 'signin%'"
        )
        return int(cursor.fetchone()[0] or 0)
