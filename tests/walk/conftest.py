"""One walk: at noon, on a day with room for many requests, through a world that is made once."""

import logging
from collections.abc import Iterator

import pytest
import time_machine
from django.db import transaction
from django.test import override_settings

from tests.makers import NOON
from tests.walk.world import World

NO_LIMITS = dict.fromkeys(
    ("API_BAD_KEYS_A_MINUTE", "API_REQUESTS_A_MINUTE", "API_VOUCHERS_A_MINUTE"), 10**9
)


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker) -> Iterator[World]:
    """Each request is undone after it was looked at, so that all may share it."""
    logging.disable(logging.CRITICAL)  # Thousands of refusals are what we came for.
    with (
        django_db_blocker.unblock(),
        override_settings(REDIS_URL="", **NO_LIMITS),  # Redis refuses to count in a transaction.
        time_machine.travel(NOON, tick=False),
        transaction.atomic(),
    ):
        yield World()
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)
