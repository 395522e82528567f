"""API keys: the secret is shown once."""

import re
from datetime import date

from loyalty.merchants import keys
from loyalty.merchants.models import ApiKey

ASKED = {"name": "Till", "scopes": ["members:read", "purchases:write"]}


def make(desk, **fields):
    return desk.post("/dashboard/cafe/keys/new/", {**ASKED, **fields})


def test_a_key_is_made_and_shown_once(desk, cafe) -> None:
    page = make(desk)
    token = re.search(r"taem_[0-9a-z]+_[0-9a-f]{48}", page.content.decode())
    assert token
    found = keys.verify(token[0], today=date(2026, 6, 2))
    assert found == ApiKey.objects.get()
    assert "no-store" in page["Cache-Control"]
    listed = desk.get("/dashboard/cafe/keys/").content.decode()
    assert token[0] not in listed
    assert found.prefix in listed


def test_a_key_that_may_do_nothing_is_refused(desk, cafe) -> None:
    answer = make(desk, scopes=[])
    assert answer.status_code == 422
    assert 'value="Till"' in answer.content.decode()


def test_a_scope_that_is_none_is_refused(desk, cafe) -> None:
    assert make(desk, scopes=["castles:build"]).status_code == 422
    assert not ApiKey.objects.exists()


def test_a_key_is_revoked_for_good(desk, cafe) -> None:
    make(desk)
    key = ApiKey.objects.get()
    for _click in range(2):
        assert desk.post(f"/dashboard/cafe/keys/{key.public_id}/revoke/").status_code == 302
    assert not ApiKey.objects.live().exists()


def test_a_manager_sees_keys_and_makes_none(cafe, manager, sign_in) -> None:
    client = sign_in(manager)
    assert "/keys/new/" not in client.get("/dashboard/cafe/keys/").content.decode()
    assert make(client).status_code == 403
