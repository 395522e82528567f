"""Writing a letter: the words of a template, in one language, as HTML and as plain text.

A template is one file per letter and language, because good Thai is not English with other words.
The subject is the page's title.
"""

import html as entities
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from loyalty.messaging.plain import text_of

_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
# Rules that a style attribute cannot hold (the colours for the dark) stay in the head.
_inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class Written:
    subject: str
    text: str
    html: str


def language_of(wanted: str) -> str:
    """A language that letters are written in: the one that is wanted, if there is such."""
    known = [code for code, _name in settings.LANGUAGES]
    return wanted if wanted in known else known[0]


def write(template: str, *, language: str, told: Mapping[str, Any]) -> Written:
    """A letter as it is read. ``told`` is what its template names."""
    with translation.override(language):
        page = render_to_string(f"messages/{template}/{language}.html", {**told})
    return Written(subject=_subject(page), text=text_of(page), html=_inliner.inline(page))


def _subject(page: str) -> str:
    found = _TITLE.search(page)
    if found is None:
        raise ValueError("A letter has a title.")
    # One line: no header can be smuggled in through a name.
    return " ".join(entities.unescape(found[1]).split())
