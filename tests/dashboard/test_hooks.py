"""Web shops in the dashboard: connected with a secret that is shown once, and what they told."""

import re
from collections.abc import Iterator

import pytest
import time_machine

from loyalty.inbox.models import Arrival, Endpoint
from loyalty.merchants.models import AuditEntry
from tests.inbox.makers import SECRET, Shop, shopify_order
from tests.makers import NOON, make_member, points

HOOKS = "/dashboard/cafe/hooks/"


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def connect(desk, dialect: str, name: str = "Web shop"):
    return desk.post(f"{HOOKS}new/", {"name": name, "dialect": dialect})


@pytest.mark.parametrize("dialect", ["woocommerce", "own"])
def test_a_secret_of_ours_is_shown_once(desk, cafe, dialect) -> None:
    page = connect(desk, dialect)
    endpoint = Endpoint.objects.get()
    secret = re.search(r'aria-label="The secret">([\w-]{40,})<', page.content.decode())
    assert secret
    assert f"/hooks/{endpoint.public_id}/" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    later = desk.get(f"{HOOKS}{endpoint.public_id}/").content.decode()
    assert secret[1] not in later
    assert f"/hooks/{endpoint.public_id}/" in later
    assert AuditEntry.objects.filter(action="hook.make").count() == 1


def test_shopify_has_a_secret_of_its_own(desk, cafe) -> None:
    assert connect(desk, "shopify").status_code == 302
    address = f"{HOOKS}{Endpoint.objects.get().public_id}/"
    assert "not heard yet" in desk.get(address).content.decode()
    assert desk.post(f"{address}secret/", {"secret": "short"}).status_code == 422
    assert desk.post(f"{address}secret/", {"secret": SECRET}).status_code == 302
    page = desk.get(address).content.decode()
    assert "not heard yet" not in page
    assert SECRET not in page
    assert AuditEntry.objects.get(action="hook.rotate").after == {}


def test_a_new_secret_is_shown_once_too(desk, cafe) -> None:
    connect(desk, "own")
    before = Endpoint.objects.get()
    page = desk.post(f"{HOOKS}{before.public_id}/secret/")
    after = Endpoint.objects.get()
    assert 'aria-label="The secret"' in page.content.decode()
    assert after.secret != before.secret
    assert after.old_secret == before.secret


def test_a_shop_is_disconnected_for_good(desk, cafe) -> None:
    connect(desk, "own")
    address = f"{HOOKS}{Endpoint.objects.get().public_id}/"
    for _click in range(2):
        assert desk.post(f"{address}revoke/").status_code == 302
    assert desk.get(address).status_code == 404
    assert desk.post(f"{address}secret/").status_code == 404
    assert AuditEntry.objects.filter(action="hook.revoke").count() == 1


@pytest.mark.parametrize(
    "form", [{"name": "x"}, {"name": "x", "dialect": "none"}, {"name": "", "dialect": "own"}]
)
def test_what_is_no_shop_is_refused(desk, cafe, form) -> None:
    assert desk.post(f"{HOOKS}new/", form).status_code == 422
    assert not Endpoint.objects.exists()


def test_what_could_not_be_taken_is_shown_and_tried_again(desk, owner, earns) -> None:
    ana = make_member(earns, "ana@example.org", email_verified_at=NOON)
    shop = Shop(earns, "shopify", by=owner)
    came = shop.hear("orders/paid", shopify_order(currency="EUR", token="open sesame", note="<b>"))
    assert "1 not taken" in desk.get(HOOKS).content.decode()
    listed = desk.get(f"{HOOKS}{shop.endpoint.public_id}/?look").content.decode()
    assert "It counts in another currency than the program." in listed
    page = desk.get(f"{HOOKS}told/{came.public_id}/").content.decode()
    assert "&quot;currency&quot;: &quot;EUR&quot;" in page
    assert "&lt;b&gt;" in page
    assert "open sesame" not in page
    Arrival.objects.update(body=Arrival.objects.get().body.replace(b"EUR", b"THB"))
    assert desk.post(f"{HOOKS}told/{came.public_id}/again/").status_code == 302
    shop.hear("products/update", {})
    assert points(ana) == 20
    assert "To the sale" in desk.get(f"{HOOKS}told/{came.public_id}/").content.decode()


def test_each_state_and_reason_has_words(desk, owner, earns) -> None:
    shop = Shop(earns, "own", by=owner)
    for raw in (b"\xff", b'{"type": "ping"}', b"[1.50, 1]", b'{"a": "\\ud800"}'):
        came = shop.hear("", None, raw=raw)
        assert desk.get(f"{HOOKS}told/{came.public_id}/").status_code == 200
    assert desk.get(f"{HOOKS}{shop.endpoint.public_id}/").status_code == 200


def test_many_events_go_on_for_pages(desk, owner, earns) -> None:
    shop = Shop(earns, "own", by=owner)
    Arrival.objects.bulk_create(
        Arrival(endpoint=shop.endpoint, event_id=f"e{n}", topic=f"t{n}", body=b"{}")
        for n in range(45)
    )
    page = desk.get(f"{HOOKS}{shop.endpoint.public_id}/").content.decode()
    older = re.search(r'href="(\?before=[^"]+)"', page)
    assert older
    rest = desk.get(f"{HOOKS}{shop.endpoint.public_id}/{older[1]}").content.decode()
    assert "t4<" in rest
    assert "t5<" not in rest
    assert desk.get(f"{HOOKS}{shop.endpoint.public_id}/?before=x").status_code == 404


def test_a_manager_sees_and_tries_again_but_connects_nothing(cafe, owner, manager, sign_in) -> None:
    shop = Shop(cafe, "own", by=owner)
    client = sign_in(manager)
    assert client.get(f"{HOOKS}{shop.endpoint.public_id}/").status_code == 200
    assert connect(client, "own").status_code == 403
    assert client.post(f"{HOOKS}{shop.endpoint.public_id}/secret/").status_code == 403
    assert client.post(f"{HOOKS}{shop.endpoint.public_id}/revoke/").status_code == 403
