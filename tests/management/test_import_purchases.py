"""The command that reads a merchant's file: what it says, and what it refuses."""

import csv
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from loyalty.purchases.models import Purchase

DATA = Path(__file__).parents[1] / "data"
TILL = {"program": "cafe", "mapping": DATA / "till.toml"}


def run(capsys, *files, **options) -> str:
    call_command("import_purchases", *(files or [DATA / "till.csv"]), **TILL | options)
    return capsys.readouterr().out


def test_the_figures_are_told_with_the_bad_lines(cafe, capsys):
    said = run(capsys)
    assert said.startswith("Done.\n")
    for figure in (
        "lines read                                             13\n",
        "members enrolled                                        3\n",
        "sales of members                                        4\n",
        "issued points                                       2,715\n",
        "taken back points                                   1,550\n",
        "line 8: “แปดสิบห้า” is not a number.\n",
    ):
        assert figure in said


def test_it_says_what_it_would_do(cafe, capsys):
    assert run(capsys, dry_run=True).startswith("It would do this:\n")
    assert not Purchase.objects.exists()


def test_it_says_that_nothing_was_left_to_do(cafe, capsys):
    first = run(capsys)
    again = run(capsys)
    assert again.startswith("This file was imported before, and nothing was done again.")
    assert again.splitlines()[1:] == first.splitlines()[1:]


def test_bad_lines_are_written_to_a_sheet_that_cannot_trick_anybody(cafe, capsys, tmp_path):
    sales, sheet = tmp_path / "sales.csv", tmp_path / "bad.csv"
    sales.write_text(
        "reference,made_at,member,amount\n=1+1,2026-01-05,A,5\n=1+1,2026-01-05,A,?\n"
        "@SUM(A1),2062-01-05,A,5\n"
    )
    run(capsys, sales, mapping=None, errors=sheet)
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["line", "reason"]
    assert [row[0] for row in rows[1:]] == ["2", "3", "4"]
    assert [row[1][0] for row in rows[1:]] == ["'", "“", "'"]


def test_many_bad_lines_are_told_in_part(cafe, capsys, tmp_path):
    sales = tmp_path / "sales.csv"
    bad = "".join(f"{number},yesterday,A,5\n" for number in range(30))
    sales.write_text(f"reference,made_at,member,amount\n{bad}")
    said = run(capsys, sales, mapping=None)
    assert said.count("  line ") == 20
    assert "… and 10 more" in said


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"program": "none"}, "There is no program “none”."),
        ({"mapping": DATA / "none.toml"}, "none.toml"),
        ({"mapping": DATA / "till.csv"}, "not TOML"),
        ({"mapping": None}, "no column reference, made_at"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(cafe, capsys, options, says):
    with pytest.raises(CommandError, match=says):
        run(capsys, **options)


def test_a_file_that_is_not_there_is_refused(cafe, capsys, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        run(capsys, tmp_path / "none.csv")


def test_a_mapping_of_another_encoding_is_refused(cafe, capsys, tmp_path):
    wrong = tmp_path / "wrong.toml"
    wrong.write_bytes('source = "ร้าน"'.encode("cp874"))
    with pytest.raises(CommandError, match="UTF-8"):
        run(capsys, mapping=wrong)
