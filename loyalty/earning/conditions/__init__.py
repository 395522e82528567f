"""The conditions of rules, in one registry. To add one, write one class in the fitting module."""

from loyalty.earning.conditions import basket, place, when, who
from loyalty.earning.conditions.base import CONDITIONS, Condition, Counted, LineCondition
from loyalty.earning.parts import read_part

__all__ = ["CONDITIONS", "Condition", "Counted", "LineCondition", "condition_from_json"]
_MODULES = (basket, place, when, who)  # Importing them fills the registry.


def condition_from_json(data: object) -> Condition:
    return read_part(data, CONDITIONS)
