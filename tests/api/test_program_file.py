"""The program as a file, over the API."""

import pytest

from loyalty.merchants.models import AuditEntry
from tests.api.conftest import make_caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(cafe):
    return make_caller(cafe)


def test_its_own_file_changes_nothing(till) -> None:
    file = till.get("program/file").json()["file"]
    told = till.post("program/file", {"file": file, "apply": True}).json()
    assert (told["changes"], told["applied"]) == ([], True)
    assert told["unchanged"] == 3


def test_a_file_is_only_asked_about_unless_told(till, cafe) -> None:
    file = "taem: 1\nprogram: {pending_days: 14}\n"
    asked = till.post("program/file", {"file": file}).json()
    assert asked["changes"] == [
        {
            "what": "changed", "part": "program", "name": "",
            "fields_changed": [{"path": "pending_days", "before": 0, "after": 14}],
        }
    ]  # fmt: skip
    cafe.refresh_from_db()
    assert cafe.pending_days == 0
    till.post("program/file", {"file": file, "apply": True})
    cafe.refresh_from_db()
    assert cafe.pending_days == 14
    assert AuditEntry.objects.get(action="program.load").api_key is not None


def test_each_wrong_line_is_named(till) -> None:
    answer = till.post("program/file", {"file": "taem: 1\nprogram:\n  pendig_days: 14\n"})
    assert answer.status_code == 422
    (problem,) = answer.json()["facts"]["problems"]
    assert (problem["line"], problem["path"]) == (3, "program.pendig_days")


def test_a_machine_does_not_change_the_limits_by_hand(till) -> None:
    file = "taem: 1\nprogram: {adjustment_limits: {key: 1000000}}\n"
    answer = till.post("program/file", {"file": file, "apply": True})
    assert "Only the owner" in answer.json()["facts"]["problems"][0]["sentence"]


def test_a_key_without_the_scope_is_refused(cafe) -> None:
    till = make_caller(cafe, scopes=["program:read"])
    assert till.get("program/file").status_code == 403
    assert till.post("program/file", {"file": "taem: 1\n"}).status_code == 403


def test_everybody_may_read_the_schema(client) -> None:
    answer = client.get("/api/program-file.schema.json")
    assert answer.status_code == 200
    assert answer.json()["title"] == "A program of Taem"
