"""manage.py program: a program as a file, on the command line."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from loyalty.merchants.models import AuditEntry
from tests.makers import make_staff

pytestmark = pytest.mark.django_db


def say(*words: str) -> str:
    out = StringIO()
    call_command("program", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path, cafe):
    path = tmp_path / "cafe.yaml"
    path.write_text(say("export", "cafe"))
    return path


def test_what_is_exported_loads_and_changes_nothing(file) -> None:
    assert say("check", "cafe", str(file)) == "3 unchanged.\n"
    assert say("load", "cafe", str(file), "--apply") == "3 unchanged.\n"


def test_loading_is_a_dry_run_unless_told(file, cafe) -> None:
    file.write_text(file.read_text().replace("pending_days: 0", "pending_days: 14"))
    asked = say("load", "cafe", str(file))
    assert "~ program (changed)\n    pending_days: 0 → 14" in asked
    assert "Say --apply" in asked
    cafe.refresh_from_db()
    assert cafe.pending_days == 0
    owner = make_staff(cafe)
    say("load", "cafe", str(file), "--apply", "--by", owner.user.email)
    cafe.refresh_from_db()
    assert cafe.pending_days == 14
    assert AuditEntry.objects.get(action="program.load").user == owner.user


def test_what_is_wrong_is_told_by_line(file) -> None:
    file.write_text("taem: 1\nprogram:\n  pendig_days: 14\n")
    with pytest.raises(CommandError, match=r"Line 3, program.pendig_days: .*Did you mean"):
        say("check", "cafe", str(file))


@pytest.mark.parametrize(
    "words",
    [
        ("check", "nowhere", "x.yaml"),
        ("check", "cafe", "nowhere.yaml"),
        ("load", "cafe", "{file}", "--by", "nobody@example.org"),
    ],
)
def test_what_is_not_there_is_told(file, words) -> None:
    with pytest.raises(CommandError):
        say(*(word.format(file=file) for word in words))
