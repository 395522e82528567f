"""What holds for every template: our content policy, icons that exist, names in use."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from loyalty.templatetags.taem import icon

ROOT = Path(settings.BASE_DIR) / "templates"
PAGES = [path for path in sorted(ROOT.rglob("*.html")) if "messages" not in path.parts]
ICON = re.compile(r"""\bicon(?:=|\s+)"([a-z0-9-]+)\"""")
FORBIDDEN = [
    re.compile(r"<[^>{]*\sstyle="),
    re.compile(r"<[^>{]*\son[a-z]+="),
    re.compile(r"<script(?![^>]*(?:\ssrc=|application/json))[^>]*>"),
    re.compile(r"""(?:src|href)=["'](?:https?:)?//"""),
]
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


@every_page
def test_a_page_keeps_to_the_content_policy(page):
    text = page.read_text()
    for forbidden in FORBIDDEN:
        assert not forbidden.search(text)


@every_page
def test_a_page_can_be_read(page):
    get_template(str(page.relative_to(ROOT)))


@every_page
def test_every_icon_exists(page):
    for name in ICON.findall(page.read_text()):
        assert "<svg" in icon(name)
