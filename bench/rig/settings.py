"""The settings of the product under test: the tests', and the mutant that TAEM_MUTANT names."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "bench.rig"]

patience = os.environ.get("TAEM_SQLITE_PATIENCE")
if patience and "transaction_mode" in DATABASES["default"]["OPTIONS"]:
    DATABASES["default"]["OPTIONS"]["timeout"] = float(patience)

# Where tests that are run again and again find the tables that were made for the first of them.
if kept := os.environ.get("TAEM_TEST_DATABASE"):
    DATABASES["default"]["TEST"] = {"NAME": kept}
