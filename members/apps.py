from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from members import postgres


class MembersConfig(AppConfig):
    name = "members"

    def ready(self) -> None:
        post_migrate.connect(_install, sender=self, dispatch_uid="members on PostgreSQL")


def _install(*, using: str, **_kwargs: Any) -> None:
    postgres.install(connections[using])
