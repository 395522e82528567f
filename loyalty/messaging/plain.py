"""The plain text of a letter, read off its HTML: so both always say the same.

It knows what our letters are made of, and no more: paragraphs, headings, lists, facts and links.
"""

import re
from html.parser import HTMLParser

_BREAKS = {"p", "h1", "h2", "ul", "ol", "table", "div"}
_LINES = {"br", "li", "tr"}
_SILENT = {"head", "style", "title"}
_SPACES = re.compile(r"[ \t\r\n]+")


def text_of(html: str) -> str:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._silent: list[str] = []  # The tags that we are in and whose words are not read.
        self._link = ""
        self._cells = 0

    def text(self) -> str:
        lines = [line.strip() for line in "".join(self._parts).split("\n")]
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
        return text.strip() + "\n"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if self._silent or tag in _SILENT or "data-html-only" in told:
            if tag not in {"br", "img", "meta", "link"}:
                self._silent.append(tag)
            return
        if tag in _BREAKS:
            self._parts.append("\n\n")
        elif tag in _LINES:
            self._parts.append("\n")
            self._cells = 0
        elif tag in {"td", "th"}:
            self._parts.append(": " if self._cells else "")
            self._cells += 1
        elif tag == "a":
            self._link = told.get("href") or ""
        if tag == "li":
            self._parts.append("- ")

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag == self._silent[-1]:
                self._silent.pop()
            return
        if tag == "a" and self._link:
            self._parts.append(f":\n{self._link}")
            self._link = ""
        elif tag in _BREAKS:
            self._parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._parts.append(_SPACES.sub(" ", data))
