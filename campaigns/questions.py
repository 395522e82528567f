"""Questions that a merchant asks: of what kind each is, what may be answered, what was.

They are kept as JSON with what asks them, a survey or a call; here they are plain values. Reading
them and reading answers raises ``BadQuestions`` or ``BadAnswers``, which say what is wrong where.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.localized import Localized
from loyalty.refusal import Refusal

NPS, CSAT, CES = "nps", "csat", "ces"
SCALE, CHOICE, CHOICES, TEXT, LONG, LINK = "scale", "choice", "choices", "text", "long", "link"
# The three whose scale and wording are everybody's, so that scores can be compared.
STANDARD = (NPS, CSAT, CES)
RATED = (*STANDARD, SCALE)
LABELS: Mapping[str, Any] = {
    NPS: gettext_lazy("Recommendation (NPS), 0 to 10"),
    CSAT: gettext_lazy("Satisfaction (CSAT), 1 to 5"),
    CES: gettext_lazy("Effort (CES), 1 to 7"),
    SCALE: gettext_lazy("A scale, 1 to 5"),
    CHOICE: gettext_lazy("One of several"),
    CHOICES: gettext_lazy("Any of several"),
    TEXT: gettext_lazy("A line of text"),
    LONG: gettext_lazy("A longer text"),
    LINK: gettext_lazy("A link"),
}
SCALES: Mapping[str, range] = {
    NPS: range(11), CSAT: range(1, 6), CES: range(1, 8), SCALE: range(1, 6),
}  # fmt: skip
MOST, MOST_OPTIONS = 20, 20
LONGEST = {TEXT: 200, LONG: 4000, LINK: 400}
LONGEST_WORDS, LONGEST_OPTION = 300, 120
KEY = re.compile(r"[a-z][a-z0-9_]{0,19}", re.ASCII)
LINKS = re.compile(r"https?://[^\s<>\"'\\]{3,}", re.ASCII | re.IGNORECASE)
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class BadQuestions(Refusal):
    code = "bad_questions"


class BadAnswers(Refusal):
    """``problems`` in its facts name each question that is answered wrongly."""

    code = "bad_answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question, compiled."""

    key: str
    kind: str
    words: Localized
    options: tuple[Localized, ...] = ()  # Answered by their number, from 1.
    required: bool = False

    @property
    def scale(self) -> range:
        return SCALES[self.kind]

    def asked(self) -> str:
        """The question in the reader's language; a standard one has words of its own."""
        return str(self.words) or str(_STANDARD_WORDS.get(self.kind, ""))

    def ends(self) -> tuple[str, str]:
        """What the lowest and the highest of a scale mean."""
        low, high = _ENDS[self.kind]
        return str(low), str(high)

    def told(self, answer: Any) -> str:
        """An answer in words."""
        if self.kind == CHOICE:
            return str(self.options[answer - 1])
        if self.kind == CHOICES:
            return ", ".join(str(self.options[it - 1]) for it in answer)
        return str(answer)

    def to_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {"key": self.key, "kind": self.kind, "words": dict(self.words)}
        if self.options:
            told["options"] = [dict(it) for it in self.options]
        return told | ({"required": True} if self.required else {})


_STANDARD_WORDS: Mapping[str, Any] = {
    NPS: gettext_lazy("How likely are you to recommend us to a friend or colleague?"),
    CSAT: gettext_lazy("How satisfied were you with us?"),
    CES: gettext_lazy("How much do you agree: it was easy to get what I wanted?"),
}
_ENDS: Mapping[str, tuple[Any, Any]] = {
    NPS: (gettext_lazy("not at all likely"), gettext_lazy("very likely")),
    CSAT: (gettext_lazy("very unsatisfied"), gettext_lazy("very satisfied")),
    CES: (gettext_lazy("strongly disagree"), gettext_lazy("strongly agree")),
    SCALE: (gettext_lazy("low"), gettext_lazy("high")),
}


# --- Questions -----------------------------------------------------------------------------------


def read(data: Any, kinds: Iterable[str]) -> tuple[Question, ...]:
    """Questions from data that anybody may have written; those that were saved once are sound."""
    if not isinstance(data, list) or len(data) > MOST:
        raise BadQuestions(_("Give a list of at most %(most)s questions.") % {"most": MOST})
    asked = tuple(_question(it, set(kinds), number) for number, it in enumerate(data, 1))
    if len({it.key for it in asked}) < len(asked):
        raise BadQuestions(_("Two questions have the same key."))
    return asked


def stored(data: Sequence[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Questions that were read before."""
    return tuple(
        Question(
            key=it["key"], kind=it["kind"], words=Localized(it.get("words", {})),
            options=tuple(Localized(one) for one in it.get("options", ())),
            required=it.get("required", False),
        )
        for it in data
    )  # fmt: skip


def _question(it: Any, kinds: set[str], number: int) -> Question:
    if not isinstance(it, dict) or it.keys() - {"key", "kind", "words", "options", "required"}:
        raise _bad(number, _("it has fields that a question does not have."))
    kind, key = it.get("kind"), it.get("key") or f"q{number}"
    if kind not in kinds:
        raise _bad(number, _("choose of what kind it is."))
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise _bad(number, _("its key has small letters, figures and _ only."))
    words = _words(it.get("words") or {}, LONGEST_WORDS, number)
    if not words and kind not in STANDARD:
        raise _bad(number, _("write what is asked."))
    options = it.get("options") or []
    if kind in (CHOICE, CHOICES):
        if not isinstance(options, list) or not 2 <= len(options) <= MOST_OPTIONS:
            raise _bad(number, _("give 2 to %(most)s answers to choose from.") % {
                "most": MOST_OPTIONS
            })  # fmt: skip
    elif options:
        raise _bad(number, _("only a choice has answers to choose from."))
    if not isinstance(it.get("required", False), bool):
        raise _bad(number, _("say by true or false whether it must be answered."))
    choices = tuple(_words(one, LONGEST_OPTION, number) for one in options)
    if not all(choices):
        raise _bad(number, _("an answer to choose from is empty."))
    return Question(
        key=key, kind=kind, words=words, options=choices, required=it.get("required", False)
    )


def _words(told: Any, longest: int, number: int) -> Localized:
    if not isinstance(told, dict) or not all(
        isinstance(text, str) and len(text) <= longest and not CONTROL.search(text)
        for text in (*told, *told.values())
    ):
        raise _bad(number, _("give each text by language, of at most %(most)s letters.") % {
            "most": longest
        })  # fmt: skip
    return Localized({language: text for language, text in told.items() if text.strip()})


def _bad(number: int, what: str) -> BadQuestions:
    return BadQuestions(_("Question %(number)s: %(what)s") % {"number": number, "what": what})


# --- Answers -------------------------------------------------------------------------------------


def answers(
    questions: Sequence[Question], told: Any, *, is_partial: bool = False
) -> dict[str, Any]:
    """What was answered, by the key of the question; raises BadAnswers.

    Of a partial answer, as a shop's machine gives it, nothing is missing.
    """
    if not isinstance(told, dict):
        raise BadAnswers(_("Give the answers by the keys of the questions."), problems={})
    by_key = {it.key: it for it in questions}
    problems = {str(key)[:40]: _("Nobody asked this.") for key in told.keys() - by_key.keys()}
    given: dict[str, Any] = {}
    for key, question in by_key.items():
        value = told.get(key)
        if value is None or value in ("", []):
            if question.required and not is_partial:
                problems[key] = _("Please answer this.")
            continue
        try:
            given[key] = _READERS[question.kind](question, value)
        except ValueError as wrong:
            problems[key] = str(wrong)
    if problems:
        raise BadAnswers(" ".join(dict.fromkeys(problems.values())), problems=problems)
    return given


def _rating(question: Question, value: Any) -> int:
    if type(value) is not int or value not in question.scale:
        low, high = question.scale[0], question.scale[-1]
        raise ValueError(_("Choose from %(low)s to %(high)s.") % {"low": low, "high": high})
    return value


def _choice(question: Question, value: Any) -> int:
    if type(value) is not int or not 1 <= value <= len(question.options):
        raise ValueError(_("Choose one of the answers."))
    return value


def _choices(question: Question, value: Any) -> list[int]:
    if not isinstance(value, list) or len(value) > MOST_OPTIONS:
        raise ValueError(_("Choose some of the answers."))
    return sorted({_choice(question, it) for it in value})


def _text(question: Question, value: Any) -> str:
    longest = LONGEST[question.kind]
    if not isinstance(value, str) or CONTROL.search(value):
        raise ValueError(_("Write a text."))
    if len(value := value.strip()) > longest:
        raise ValueError(_("This is too long: at most %(most)s letters.") % {"most": longest})
    return value


def _link(question: Question, value: Any) -> str:
    link = _text(question, value)
    if not LINKS.fullmatch(link):
        raise ValueError(_("Give a link that begins with https://."))
    return link


_READERS: Mapping[str, Any] = {
    **dict.fromkeys(RATED, _rating), CHOICE: _choice, CHOICES: _choices, TEXT: _text, LONG: _text,
    LINK: _link,
}  # fmt: skip
