"""What is too large is refused before it is read."""

from loyalty.sizes import MOST_BYTES

TOO_LARGE = {"CONTENT_LENGTH": str(MOST_BYTES + 1)}


def test_a_form_that_is_too_large_is_refused_in_a_sentence(client, db):
    refused = client.post("/accounts/login/", {"login": "ana@example.org"}, **TOO_LARGE)
    assert refused.status_code == 413
    assert "at most 12 MB" in refused.content.decode()


def test_a_machine_gets_a_problem(client, db):
    refused = client.post("/api/v1/purchases", b"{}", content_type="application/json", **TOO_LARGE)
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


def test_what_fits_comes_through(client, db):
    assert client.post("/accounts/login/", {"login": "ana@example.org"}).status_code == 200
