"""The settings of a measured server: the tests', without the limits that would answer 429."""

from tests.settings import *  # noqa: F403

RATE_LIMITS_ARE_OFF = True
