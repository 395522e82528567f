"""The door for shops' machines: who signs is heard, once, and everybody else leaves no trace."""

import pytest
from django.test import Client

from loyalty.api import hooks
from loyalty.flows import endpoints
from loyalty.inbox import receiving
from loyalty.inbox.models import Arrival
from tests.inbox.makers import Shop, endpoint_of, shopify_order, woo_order
from tests.makers import NOON, make_program

DIALECTS = ["shopify", "woocommerce", "own"]


@pytest.fixture(params=DIALECTS)
def shop(request, cafe) -> Shop:
    return Shop(cafe, request.param)


def test_a_signed_event_is_kept_as_it_came(shop):
    raw = b'{ "id":1,\n "text": "\xe0\xb8\x81" }'
    answer = shop.tell("orders/paid", None, raw=raw, event_id="e-1")
    assert (answer.status_code, answer.json()) == (200, {"status": "kept"})
    kept = Arrival.objects.get()
    assert bytes(kept.body) == raw
    assert kept.event_id.startswith("e-1")
    assert kept.status == "waiting"


def test_the_same_event_twice_is_one_row(shop):
    for said in ("kept", "known", "known"):
        answer = shop.tell("orders/paid", {"id": 1}, event_id="e-1")
        assert (answer.status_code, answer.json()) == (200, {"status": said})
    assert Arrival.objects.count() == 1


def test_two_orders_of_one_second_are_two_events_of_woocommerce(woo):
    """Its delivery ids are made of the webhook and the second."""
    woo.tell("order.updated", woo_order(), event_id="same")
    woo.tell("order.updated", woo_order(id=728), event_id="same")
    assert Arrival.objects.count() == 2


@pytest.mark.parametrize("signature", ["", "AAAA", "no base64!", "é", "0" * 64, "\x00"])
def test_a_wrong_signature_keeps_nothing(shop, signature):
    header = next(name for name in shop.headers("t", b"{}", "e") if "H" in name or "Sig" in name)
    answer = shop.tell("orders/paid", {"id": 1}, **{header: signature})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert answer["Content-Type"] == "application/problem+json"
    assert not Arrival.objects.exists()


def test_a_signature_of_another_body_keeps_nothing(shop):
    headers = shop.headers("orders/paid", b'{"id": 1}', "e-1")
    answer = shop.tell("orders/paid", {"id": 2}, **headers)
    assert answer.status_code == 401
    assert not Arrival.objects.exists()


def test_a_signature_of_another_shop_keeps_nothing(shop, cafe):
    other = Shop(make_program("bakery"), shop.endpoint.dialect)
    other.secret = "another secret that they made"
    assert shop.tell("t", {}, **other.headers("t", b"{}", "e")).status_code == 401
    assert not Arrival.objects.exists()


def test_an_endpoint_without_its_secret_hears_nobody(cafe):
    shop = Shop(cafe, "shopify")
    type(shop.endpoint).objects.update(secret="")
    shop.secret = ""
    assert shop.tell("t", {}).status_code == 401


def test_a_new_secret_leaves_the_old_one_a_day(shop):
    old = shop.secret
    new = endpoints.change_secret(
        shop.endpoint, by=shop.owner, now=NOON, secret="the next secret of the shop"
    )
    assert shop.tell("t", {"n": 1}).status_code == 200
    shop.secret = new
    assert shop.tell("t", {"n": 2}).status_code == 200
    shop.secret = old
    type(shop.endpoint).objects.update(old_secret_until=NOON)
    assert shop.tell("t", {"n": 3}).status_code == 401


def test_a_revoked_endpoint_is_not_there_and_has_no_secret_left(shop):
    for _again in range(2):
        endpoints.revoke(shop.endpoint, by=shop.owner, now=NOON)
    assert shop.tell("t", {}).status_code == 404
    assert endpoint_of(shop).secret == ""


def test_secrets_are_sealed_at_rest(shop):
    kept = endpoint_of(shop)
    assert shop.secret not in (kept.secret, kept.old_secret)
    assert kept.secret.startswith("gAAAA")


def test_an_event_has_a_size(shop, monkeypatch):
    monkeypatch.setattr(hooks, "MOST_BYTES", 1000)
    answer = shop.tell("t", None, raw=b" " * 1001)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert shop.tell("t", None, raw=b" " * 1000).status_code == 200


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_only_posts_are_taken(shop, method):
    assert getattr(Client(), method)(shop.address).status_code == 405


@pytest.mark.parametrize("name", ["none", "%00", "x" * 300, "%E0%B9%91"])
def test_an_unknown_address_is_nothing(db, name):
    assert Client().post(f"/hooks/{name}/", b"{}", "application/json").status_code == 404


def test_no_form_of_csrf_is_asked_for(shop):
    raw = b"{}"
    answer = Client(enforce_csrf_checks=True).generic(
        "POST", shop.address, raw, headers=shop.headers("t", raw, "e")
    )
    assert answer.status_code == 200


def test_the_ping_of_woocommerce_is_heard_and_not_kept(woo, shopify):
    for shop, status in ((woo, 200), (shopify, 401)):
        answer = Client().generic(
            "POST", shop.address, b"webhook_id=42", "application/x-www-form-urlencoded"
        )
        assert answer.status_code == status
    assert not Arrival.objects.exists()


def test_who_guesses_waits_and_who_signs_does_not(shop, monkeypatch):
    monkeypatch.setattr(hooks, "WRONG_A_MINUTE", 3)
    wrong = {"headers": {"X-Shopify-Hmac-Sha256": "AAAA"}}
    answers = [Client().generic("POST", shop.address, b"{}", **wrong) for _try in range(5)]
    assert [it.status_code for it in answers] == [401, 401, 401, 429, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert shop.tell("t", {}).status_code == 200


def test_an_endpoint_has_a_pace(shop, monkeypatch):
    monkeypatch.setattr(hooks, "EVENTS_A_MINUTE", 2)
    statuses = [shop.tell("t", {"n": n}).status_code for n in range(4)]
    assert statuses == [200, 200, 429, 429]
    assert Arrival.objects.count() == 2


def test_what_is_settled_is_forgotten_in_two_steps(shopify):
    told = shopify.hear("orders/paid", shopify_order())
    receiving.forget(now=NOON + receiving.BODY_KEPT)
    told.refresh_from_db()
    assert bytes(told.body)
    receiving.forget(now=NOON + receiving.BODY_KEPT * 1.01)
    told.refresh_from_db()
    assert not bytes(told.body)
    receiving.forget(now=NOON + receiving.ROW_KEPT * 1.01)
    assert not Arrival.objects.exists()


def test_what_waits_is_never_forgotten(shopify):
    shopify.tell("orders/paid", shopify_order())
    receiving.forget(now=NOON + receiving.ROW_KEPT * 2)
    assert bytes(Arrival.objects.get().body)
