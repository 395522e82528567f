from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from loyalty.ledger import triggers


class LedgerConfig(AppConfig):
    name = "loyalty.ledger"

    def ready(self) -> None:
        post_migrate.connect(_install_triggers, dispatch_uid="ledger triggers")


def _install_triggers(*, using: str, **_kwargs: Any) -> None:
    triggers.install(connections[using])
