"""The program as a file: for owners and managers, looked at before it is loaded."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from loyalty.merchants.models import AuditEntry, Role
from tests.makers import make_program, make_staff

TEXT = "taem: 1\nprogram:\n  pending_days: 14\n"


@pytest.fixture
def page(client, cafe):
    client.force_login(
        make_staff(cafe, Role.MANAGER).user, "django.contrib.auth.backends.ModelBackend"
    )
    return f"/dashboard/{cafe.slug}/file/"


def test_what_a_file_would_change_is_shown_first(client, page, cafe) -> None:
    answer = client.post(page, {"text": TEXT, "act": "check"})
    body = answer.content.decode()
    assert answer.status_code == 200
    assert "This would change 1 thing" in body
    assert "pending_days" in body
    cafe.refresh_from_db()
    assert cafe.pending_days == 0


def test_it_is_loaded_once_somebody_says_so(client, page, cafe) -> None:
    checked = client.post(page, {"text": TEXT}).context["form"]
    told = {"text": TEXT, "act": "apply", "seen": checked.initial["seen"]}
    assert client.post(page, told).status_code == 302
    cafe.refresh_from_db()
    assert cafe.pending_days == 14
    line = AuditEntry.objects.get(action="program.load")
    assert (line.user is not None, line.after["changed"]) == (True, ["program"])
    again = client.post(page, told | {"seen": ""}).content.decode()
    assert "is as this file says already" in again


def test_what_changed_meanwhile_is_shown_anew(client, page, cafe) -> None:
    answer = client.post(page, {"text": TEXT, "act": "apply", "seen": "something else"})
    assert "Something changed meanwhile" in answer.content.decode()
    cafe.refresh_from_db()
    assert cafe.pending_days == 0


def test_a_file_can_be_uploaded_as_it_was_downloaded(client, page) -> None:
    downloaded = client.get(f"{page}download/")
    assert downloaded["Content-Type"].startswith("application/yaml")
    assert ".yaml" in downloaded["Content-Disposition"]
    file = SimpleUploadedFile("cafe.yaml", downloaded.content)
    assert "Nothing would change" in client.post(page, {"file": file}).content.decode()


def test_what_is_wrong_is_shown_by_line(client, page) -> None:
    answer = client.post(page, {"text": TEXT.replace("pending", "pendig") + "<b>: 1\n"})
    body = answer.content.decode()
    assert answer.status_code == 422
    assert "Line 3" in body
    assert "Did you mean “pending_days”?" in body
    assert "&lt;b&gt;" in body
    assert "pendig_days: 14" in answer.context["form"].initial["text"]


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"", b"x" * 1_000_001])
def test_what_is_no_text_is_refused_in_a_sentence(client, page, body) -> None:
    answer = client.post(page, {"file": SimpleUploadedFile("x.yaml", body)})
    assert answer.status_code == 422


@pytest.mark.parametrize("role", [Role.ANALYST, Role.REVIEWER, Role.CASHIER])
def test_others_of_the_team_have_no_file(client, cafe, role) -> None:
    client.force_login(make_staff(cafe, role).user, "django.contrib.auth.backends.ModelBackend")
    for address in ("", "download/"):
        assert client.get(f"/dashboard/{cafe.slug}/file/{address}").status_code == 403


def test_a_stranger_finds_nothing(client, page) -> None:
    other = make_program("other")
    assert client.get(f"/dashboard/{other.slug}/file/download/").status_code == 404
