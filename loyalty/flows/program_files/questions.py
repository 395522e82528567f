"""Questions of surveys and calls, as files write them."""

from collections.abc import Sequence

from campaigns.questions import KEY, LONGEST_OPTION, LONGEST_WORDS, MOST, MOST_OPTIONS
from loyalty.flows.program_files.fields import ABSENT, Choice, Flag, Group, InLanguages, Many, Text


def questions(kinds: Sequence[str], *, least: int = 0) -> Many:
    """A list of them, of these kinds."""
    option = InLanguages("One that can be chosen.", most=LONGEST_OPTION)
    question = Group({
        "key": Text("By which its answers are kept; left out: q1, q2 …", most=20,
                    pattern=KEY.pattern, default=ABSENT),
        "kind": Choice("nps, csat and ces have words of their own.", lambda: list(kinds)),
        "words": InLanguages("What is asked.", most=LONGEST_WORDS, default={}),
        "options": Many(option, most=MOST_OPTIONS, default=[]),
        "required": Flag(default=False),
    })  # fmt: skip
    return Many(question, most=MOST, least=least)
