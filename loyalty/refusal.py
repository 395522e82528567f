"""Saying no. Every rule of the house that can refuse a person raises a Refusal."""

from typing import Any


class Refusal(Exception):
    """A sentence for people and a code for machines. Every door knows how to show one.

    ``facts`` is what a machine needs beside the sentence (the purchase that is there already, the
    points that are missing); a door may add it to its answer.
    """

    code = "refused"

    def __init__(self, sentence: str, **facts: Any) -> None:
        super().__init__(sentence)
        self.facts = facts
