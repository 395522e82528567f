"""The forms on a page, as a browser would send them."""

from html.parser import HTMLParser
from typing import Any


class Forms(HTMLParser):
    """Reads each form's address and what its fields hold."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, Any]]] = []
        self._select = self._textarea = ""
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        it = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = it.get("method", "get").lower() == "post"
            if self._open:
                self.forms.append((it.get("action", "").split("?")[0], {}))
        if not self._open:
            return
        name = it.get("name", "")
        if tag == "input" and name and it.get("type") not in ("submit", "file", "button"):
            if it.get("type") not in ("radio", "checkbox") or "checked" in it:
                self._add(name, it.get("value", "on" if it.get("type") == "checkbox" else ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            # A browser sends the first where none is chosen.
            if "selected" in it or self._select not in self.forms[-1][1]:
                self.forms[-1][1][self._select] = it.get("value", "")
        elif tag == "textarea":
            self._textarea = name

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._open and self._textarea:
            self._add(self._textarea, data.strip())

    def _add(self, name: str, value: str) -> None:
        fields = self.forms[-1][1]
        fields[name] = value if name not in fields else [*_listed(fields[name]), value]


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def form_on(page: str, address: str) -> dict[str, Any]:
    """What the page's form for an address holds; nothing, if there is none."""
    reader = Forms()
    reader.feed(page)
    fitting = [fields for action, fields in reader.forms if action in ("", address)]
    return fitting[0] if fitting else {}
