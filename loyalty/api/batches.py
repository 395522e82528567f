"""Things told together, of which each is taken or refused by itself.

A batch of a till is one transaction; what is wrong with one sale does not hold up the others.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from loyalty.api import problems
from loyalty.api.bodies import Answer
from loyalty.api.problems import Problem
from loyalty.api.schema import ProblemSerializer

MOST = 1_000
# What there is to tell of an item that could not even be read.
NOTHING = {
    "status": "refused", "id": None, "source": None, "reference": None, "member": None,
    "entries": (), "matched": 0, "unmatched": (),
}  # fmt: skip


class Each(serializers.ListSerializer[Any]):
    """A list of bodies. One that cannot be read becomes the Problem that it is."""

    def run_validation(self, data: Any = serializers.empty) -> list[Any]:
        if data is serializers.empty:
            self.fail("required")
        if type(data) is not list:
            raise _wrong("not_a_list", _("Give a list."))
        if not 0 < len(data) <= MOST:
            raise _wrong("too_many", _("Give 1 to %(most)s at a time.") % {"most": MOST})
        return [_attempt(self.child.run_validation, item) for item in data]


class ItemAnswer(Answer):
    """What became of one of them."""

    index = serializers.IntegerField(help_text=gettext_lazy("Its place in the batch, from 0."))
    problem = ProblemSerializer(allow_null=True, help_text=gettext_lazy("Where it was refused."))


class Batch:
    """Items on their way from what was told to what came of it; or to the Problem they ran into."""

    def __init__(self, items: Sequence[Any]) -> None:
        self.items = list(items)

    def each(self, step: Callable[[Any], Any]) -> None:
        """Take every item a step further by itself."""
        self.items = [
            item if isinstance(item, Problem) else _attempt(step, item) for item in self.items
        ]

    def together(self, step: Callable[[list[Any]], Sequence[Any]]) -> None:
        """Take all of them a step further at once."""
        places = [at for at, item in enumerate(self.items) if not isinstance(item, Problem)]
        for at, came in zip(places, step([self.items[at] for at in places]), strict=True):
            self.items[at] = came

    @property
    def good(self) -> list[Any]:
        return [item for item in self.items if not isinstance(item, Problem)]

    def facts(self, tell: Callable[[Any], dict[str, Any]], currency: str) -> dict[str, Any]:
        """The answer: each outcome in its place, and how many became what."""
        items = [
            {"index": index, **_item(item, tell, currency)} for index, item in enumerate(self.items)
        ]
        return {"counts": Counter(item["status"] for item in items), "items": items}

    def only(self) -> Any:
        """What came of the only item, if it did not run into anything."""
        (item,) = self.items
        if isinstance(item, Problem):
            raise item
        return item


def _item(item: Any, tell: Callable[[Any], dict[str, Any]], currency: str) -> dict[str, Any]:
    if isinstance(item, Problem):
        return {**NOTHING, "problem": problems.document(item, currency)}
    problem = problems.problem_of(item.problem) if item.problem else None
    return {**tell(item), "problem": problem and problems.document(problem, currency)}


def _attempt(step: Callable[[Any], Any], item: Any) -> Any:
    try:
        return step(item)
    except Exception as error:
        problem = problems.problem_of(error)
        if problem is None:
            raise
        return problem


def _wrong(code: str, sentence: str) -> serializers.ValidationError:
    return serializers.ValidationError({"": serializers.ErrorDetail(sentence, code)})
