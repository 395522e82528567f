"""Why somebody moved points, in their own words: kept beside the entry, which is for ever.

What people write may name people. An entry never changes, so nothing of the kind may be in it:
``apart`` takes it out before an entry is made, and ``together`` puts it back for whoever reads.
"""

from collections.abc import Iterable
from typing import Any

Steps = list[dict[str, Any]]
LONGEST = 500


def apart(explanation: Iterable[dict[str, Any]]) -> tuple[Steps, str]:
    """The steps of an explanation, and the reason that one of them gave."""
    steps, remark = [], ""
    for step in explanation:
        remark = str(step.get("reason") or remark)
        steps.append({name: value for name, value in step.items() if name != "reason"})
    return steps, remark[:LONGEST]


def together(explanation: Steps, remark: str) -> Steps:
    """An explanation as people read it."""
    if not remark or not explanation:
        return explanation
    return [{**explanation[0], "reason": remark}, *explanation[1:]]
