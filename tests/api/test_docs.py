from io import StringIO

from django.core.management import call_command

from loyalty.api import bodies
from loyalty.api.bodies import Body
from loyalty.api.urls import v1
from loyalty.merchants.keys import SCOPES
from tests.api.openapi import description


def test_the_description_is_valid_and_without_warnings():
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_every_address_is_described_with_its_scope_and_its_problems():
    paths = description()["paths"]
    assert len(paths) == len(v1) - 1
    for operations in paths.values():
        for method, operation in operations.items():
            assert any(f"`{scope}`" in operation["description"] for scope in SCOPES)
            assert {"400", "401", "403", "429"} <= operation["responses"].keys()
            assert operation["summary"], (method, operation["operationId"])


def test_the_page_loads_nothing_from_elsewhere(client, db):
    page = client.get("/api/docs/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "//" not in text.replace("<!DOCTYPE html>", "")
    assert "<style" not in text
    assert "unsafe" not in page["Content-Security-Policy"]
    script = client.get("/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert "/api/schema/" in script.content.decode()
    assert client.get("/api/schema/").status_code == 200


def test_every_body_is_shown_by_an_example_that_can_be_read():
    shown = 0
    for operations in description()["paths"].values():
        for operation in operations.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                name = content["schema"]["$ref"].rpartition("/")[2]
                kind = next(kind for kind in _bodies(Body) if kind.__name__ == f"{name}Serializer")
                assert bodies.read(kind, content["example"], "THB")
                shown += 1
    assert shown >= 15


def _bodies(kind: type[Body]) -> list[type[Body]]:
    return [kind, *(it for below in kind.__subclasses__() for it in _bodies(below))]
