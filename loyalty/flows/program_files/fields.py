"""What stands in a program file. Each field reads itself, writes itself and tells its JSON Schema.

Here are texts, numbers, choices, lists and groups; ``values`` has money, moments and references.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from loyalty.flows.program_files.context import Context, Missing, Wrong, did_you_mean
from loyalty.flows.program_files.tree import Bare, Node, Problem

ID = r"[a-z0-9][a-z0-9_-]{0,39}"
_BREAKS = re.compile(r"[\n\t]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()  # Not told, and without a default: it is left as it is.
REQUIRED = _Absent()


class Field:
    """One value. ``default`` is what it is where a file leaves it out."""

    is_nullable = False

    def __init__(self, about: str = "", *, default: Any = REQUIRED) -> None:
        self.about = about
        self.default = default

    def read(self, node: Node, path: str, at: Context) -> Any:
        """The value, or Wrong."""
        raise NotImplementedError

    def write(self, value: Any, at: Context) -> Any:
        """What the file says of a value."""
        return value

    def schema(self) -> dict[str, Any]:
        raise NotImplementedError

    def told_schema(self) -> dict[str, Any]:
        about = {"description": self.about} if self.about else {}
        shape = self.schema()
        if self.is_nullable:
            shape = {"anyOf": [shape, {"type": "null"}]}
        return {**about, **shape}


class Text(Field):
    def __init__(
        self, about: str = "", *, most: int = 120, long: bool = False, pattern: str = "",
        hint: str = "", **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(about, **kwargs)
        self.most, self.long, self.pattern, self.hint = most, long, pattern, hint

    def read(self, node: Node, path: str, at: Context) -> str:
        text = plain_text(node)
        if len(text) > self.most:
            raise Wrong(_("Give a text of at most %(most)s letters.") % {"most": self.most})
        if _CONTROLS.search(_BREAKS.sub("", text) if self.long else text):
            raise Wrong(_("Give a text of letters that can be printed."))
        if self.pattern and not re.fullmatch(self.pattern, text, re.ASCII):
            raise Wrong(self.hint or _("Give a text like %(like)s.") % {"like": self.pattern})
        return text

    def schema(self) -> dict[str, Any]:
        pattern = {"pattern": f"^{self.pattern}$"} if self.pattern else {}
        return {"type": "string", "maxLength": self.most, **pattern}


def plain_text(node: Node) -> str:
    if isinstance(node.value, Bare) or type(node.value) is int:
        raise Wrong(_("Put this in quotes, so that it stays a text."))
    if not isinstance(node.value, str):
        raise Wrong(_("Give a text."))
    return node.value


class InLanguages(Field):
    """A text by language."""

    def __init__(
        self, about: str = "", *, most: int = 120, long: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(about, **kwargs)
        self.text = Text(most=most, long=long)

    def read(self, node: Node, path: str, at: Context) -> dict[str, str]:
        languages = [code for code, _name in settings.LANGUAGES]
        if not isinstance(node.value, dict) or not node.value:
            raise Wrong(_("Give it by language, like {en: Coffee, th: กาแฟ}."))
        texts: dict[str, str] = {}
        for language, child in node.value.items():
            if language not in languages:
                known = {"known": ", ".join(languages), "hint": did_you_mean(language, languages)}
                sentence = _("Languages are %(known)s.%(hint)s") % known
                at.wrong(node.keys[language], f"{path}.{language}", sentence)
            elif (text := attempt(self.text, child, f"{path}.{language}", at)) is not ABSENT:
                texts[language] = text
        kept = {language: texts[language] for language in languages if texts.get(language)}
        if not kept and texts.keys() == node.value.keys() and self.default is REQUIRED:
            raise Wrong(_("Give it in one language at least."))
        return kept

    def write(self, value: Any, at: Context) -> Any:
        languages = [code for code, _name in settings.LANGUAGES]
        return {language: value[language] for language in languages if value.get(language)}

    def schema(self) -> dict[str, Any]:
        return {"$ref": "#/$defs/" + ("texts" if self.text.long else "names")}


class Whole(Field):
    def __init__(self, about: str = "", *, least: int = 0, most: int = 10**9, **kwargs: Any):
        super().__init__(about, **kwargs)
        self.least, self.most = least, most

    def read(self, node: Node, path: str, at: Context) -> int:
        if type(node.value) is not int or not self.least <= node.value <= self.most:
            limits = {"least": self.least, "most": self.most}
            raise Wrong(_("Give a whole number from %(least)s to %(most)s.") % limits)
        return node.value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class OrNone(Field):
    """A value, or null for none."""

    is_nullable = True

    def __init__(self, inner: Field, *, default: Any = None) -> None:
        super().__init__(inner.about, default=default)
        self.inner = inner

    def read(self, node: Node, path: str, at: Context) -> Any:
        return None if node.value is None else self.inner.read(node, path, at)

    def write(self, value: Any, at: Context) -> Any:
        return None if value is None else self.inner.write(value, at)

    def schema(self) -> dict[str, Any]:
        return self.inner.schema()


class Flag(Field):
    def read(self, node: Node, path: str, at: Context) -> bool:
        if not isinstance(node.value, bool):
            raise Wrong(_("Give true or false."))
        return node.value

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


class Choice(Field):
    def __init__(self, about: str, words: Callable[[], Sequence[str]], **kwargs: Any) -> None:
        super().__init__(about, **kwargs)
        self.words = words

    def read(self, node: Node, path: str, at: Context) -> str:
        words = list(self.words())
        if node.value not in words:
            hint = did_you_mean(node.value, words) if isinstance(node.value, str) else ""
            told = {"words": ", ".join(words), "hint": hint}
            raise Wrong(_("Give one of these words: %(words)s.%(hint)s") % told)
        return str(node.value)

    def write(self, value: Any, at: Context) -> Any:
        return str(value)

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.words())}


class Many(Field):
    """A list."""

    def __init__(self, of: Field, *, most: int = 200, least: int = 0, **kwargs: Any) -> None:
        kwargs.setdefault("default", [])
        super().__init__(of.about, **kwargs)
        self.of, self.most, self.least = of, most, least

    def read(self, node: Node, path: str, at: Context) -> list[Any]:
        if not isinstance(node.value, list) or not self.least <= len(node.value) <= self.most:
            told = {"least": self.least, "most": self.most}
            raise Wrong(_("Give a list of %(least)s to %(most)s, each on a line.") % told)
        found = [
            attempt(self.of, each, f"{path}.{place}", at) for place, each in enumerate(node.value)
        ]
        return [each for each in found if each is not ABSENT]

    def write(self, value: Sequence[Any], at: Context) -> Any:
        return [self.of.write(each, at) for each in value]

    def schema(self) -> dict[str, Any]:
        bounds = {"minItems": self.least} if self.least else {}
        return {"type": "array", "items": self.of.schema(), "maxItems": self.most, **bounds}


class Group(Field):
    """Fields by name. What is read has all of them but those that are left as they are."""

    def __init__(self, fields: Mapping[str, Field], about: str = "", **kwargs: Any) -> None:
        super().__init__(about, **kwargs)
        self.fields = dict(fields)

    def read(self, node: Node, path: str, at: Context) -> dict[str, Any]:
        if not isinstance(node.value, dict):
            raise Wrong(_("Give its fields, each on a line of its own."))
        refuse_unknown(node, self.fields, path, at)
        return self.read_some(node, self.fields, path, at)

    def read_some(
        self, node: Node, fields: Mapping[str, Field], path: str, at: Context
    ) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for name, each in fields.items():
            child = node.value.get(name)
            if child is None or (child.value is None and not each.is_nullable):
                if each.default is REQUIRED:
                    sentence = _("“%(name)s” is missing here.") % {"name": name}
                    at.wrong(node.line, under(path, name), sentence)
                elif each.default is not ABSENT:
                    told[name] = each.default
                continue
            value = attempt(each, child, under(path, name), at)
            if value is not ABSENT:
                told[name] = value
        return told

    def write(self, value: Mapping[str, Any], at: Context) -> dict[str, Any]:
        """What is as it would be without a word is left out."""
        return {
            name: each.write(value[name], at)
            for name, each in self.fields.items()
            if name in value and (each.default is ABSENT or value[name] != each.default)
        }

    def schema(self) -> dict[str, Any]:
        required = [name for name, each in self.fields.items() if each.default is REQUIRED]
        return {
            "type": "object",
            "properties": {name: each.told_schema() for name, each in self.fields.items()},
            "additionalProperties": False,
            **({"required": required} if required else {}),
        }


def refuse_unknown(node: Node, known: Mapping[str, Any], path: str, at: Context) -> None:
    for name in node.value.keys() - known.keys():
        hint = did_you_mean(name, list(known))
        sentence = _("There is no “%(name)s” here.%(hint)s") % {"name": name[:60], "hint": hint}
        at.wrong(node.keys[name], under(path, name[:60]), sentence)


def attempt(reader: Field, node: Node, path: str, at: Context) -> Any:
    """The value, or ABSENT and a problem more."""
    try:
        return reader.read(node, path, at)
    except Missing:
        sentence = _("What this names has a problem itself.")
        at.waiting.append(Problem(node.line, path, sentence))
    except Wrong as wrong:
        at.wrong(node.line, path, str(wrong))
    return ABSENT


def under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
