"""Every race there is, by name."""

from bench.rig.races import climbing, people, selling, setting_up, spending, workers
from bench.rig.races.form import Race

__all__ = ["RACES", "climbing", "people", "selling", "setting_up", "spending", "workers"]

RACES = Race.known
