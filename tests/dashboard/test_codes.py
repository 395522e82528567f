"""Batches of codes at the desk: made, printed, counted and voided."""

import pytest

from campaigns.codes.models import CodeBatch
from loyalty.dashboard import code_sheet
from loyalty.flows import code_batches, codes
from tests.makers import NOON, make_member
from tests.portal.conftest import read

NEW = "/dashboard/cafe/codes/new/"
FORM = {"name_en": "Cold brew", "kind": "single", "count": "3", "gives": "points", "points": "20",
        "once": "k" * 16}  # fmt: skip


@pytest.fixture
def desk(owner, sign_in):
    return sign_in(owner)


def test_codes_are_made_once(desk, cafe):
    for _twice in range(2):
        answer = desk.post(NEW, FORM, follow=True)
    batch = CodeBatch.objects.get()
    assert (batch.count, batch.made, batch.points) == (3, 3, 20)
    assert "Cold brew" in read(answer)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"count": "1000000"}, "A batch has 1 to 100,000 codes."),
        ({"points": ""}, "Say how many a code gives."),
        ({"starts_at": "2030-01-02", "ends_at": "2030-01-01"}, "Codes end after they start."),
        ({"kind": "shared", "word": "ก"}, "A code of your own has 4 to 40 letters"),
    ],
)
def test_what_makes_no_sense_is_told(desk, cafe, wrong, told):
    answer = desk.post(NEW, FORM | wrong)
    assert answer.status_code in (409, 422)
    assert told in read(answer)
    assert not CodeBatch.objects.exists()


def test_the_sheet_and_the_table(desk, cafe):
    desk.post(NEW, FORM)
    batch = CodeBatch.objects.get()
    here = f"/dashboard/cafe/codes/{batch.public_id}/"
    sheet = desk.get(f"{here}sheet/?part=1")
    assert sheet.content.startswith(b"%PDF")
    table = b"".join(desk.get(f"{here}csv/").streaming_content).decode()
    code = code_batches.printed(batch)[0][1]
    assert f"1,{code},http" in table
    assert f"/c/{code.replace('-', '')}" in table
    assert desk.get(f"{here}sheet/?part=2").status_code == 404
    assert desk.get(f"{here}sheet/?part=x").status_code == 404


def test_uses_are_counted_and_one_code_is_voided(desk, cafe):
    desk.post(NEW, FORM)
    batch = CodeBatch.objects.get()
    here = f"/dashboard/cafe/codes/{batch.public_id}/"
    (_one, first), (two, second), _third = code_batches.printed(batch)
    codes.collect(make_member(cafe), first, now=NOON)
    answer = desk.post(f"{here}void-one/", {"code": second}, follow=True)
    assert f"Code no. {two} gives nothing any more." in read(answer)
    assert "1 of 3" in read(answer)
    assert second not in [code for _number, code in code_batches.printed(batch)]
    assert "mistyped" in read(desk.post(f"{here}void-one/", {"code": "NONE"}))


def test_a_voided_batch_is_printed_no_more(desk, cafe):
    desk.post(NEW, FORM)
    here = f"/dashboard/cafe/codes/{CodeBatch.objects.get().public_id}/"
    assert "for good" in read(desk.get(f"{here}void/"))
    assert "All as CSV" not in read(desk.post(f"{here}void/", follow=True))


def test_a_page_holds_forty_labels():
    assert code_sheet.PER_PAGE == 40
    assert code_sheet.pdf([("https://example.org/c/A", "A", "1")]).startswith(b"%PDF")
