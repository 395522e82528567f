"""The rigs as a Django app: the last one, so that it can break all that stands before it."""

import os

from django.apps import AppConfig

from bench.rig import mutants


class RigConfig(AppConfig):
    name = "bench.rig"
    label = "rig"

    def ready(self) -> None:
        if name := os.environ.get(mutants.VARIABLE):
            mutants.apply(name)
