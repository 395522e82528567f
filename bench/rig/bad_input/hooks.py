"""Bad input for the door of shops' machines: signed well, so that all of it must be understood."""

import base64
import hmac
import json
import random
from collections.abc import Iterator
from itertools import count
from typing import Any

from django.utils import timezone

from bench.rig.bad_input import evil
from bench.rig.bad_input.case import Case
from bench.rig.bad_input.world import World
from loyalty.flows import arrivals
from loyalty.inbox.models import Arrival
from loyalty.inbox.signatures import DIALECTS
from tests.inbox.makers import shopify_order, shopify_refund, woo_order

_events = count(1)
TOLD: dict[str, list[tuple[str, Any]]] = {
    "shopify": [
        ("orders/paid", shopify_order()), ("orders/updated",
        shopify_order(refunds=[shopify_refund()])),
        ("refunds/create", shopify_refund()), ("customers/update", {"email": "ana@example.org"}),
        ("orders/cancelled", shopify_order(cancelled_at="2026-06-02T11:10:00+07:00")),
    ],
    "woocommerce": [
        ("order.updated", woo_order()), ("order.created", woo_order(status="pending")),
        ("order.updated", woo_order(refunds=[{"id": 1, "total": "-1.00"}])),
        ("customer.updated", {"email": "ana@example.org", "billing": {"phone": "0812345678"}}),
    ],
    "own": [
        ("", {"type": "order", "order": {
            "id": "A-1", "status": "paid", "made_at": "2026-06-02T11:00:00+07:00",
            "currency": "THB",
            "customer": {"email": "ana@example.org"},
            "lines": [{"id": "1", "amount": "10.00", "quantity": "2", "kind": "item"}]}}),
        ("", {"type": "refund", "refund": {
            "id": "R", "order": "A-1", "made_at": "2026-06-02T11:00:00+07:00",
            "lines": [{"line": "1", "quantity": "1"}]}}),
        ("", {"type": "customer", "customer": {"email": "ana@example.org", "name": "Ana"}}),
    ],
}  # fmt: skip


def hooks(world: World, chance: random.Random) -> Iterator[Case]:
    while True:
        dialect = chance.choice(sorted(DIALECTS))
        topic, body = chance.choice(TOLD[dialect])
        yield _case(world, dialect, topic, _raw(body, chance), chance)


def _raw(body: Any, chance: random.Random) -> bytes:
    how = chance.random()
    if how < 0.1:
        return chance.choice(evil.JSON)
    if how < 0.3:
        return evil.torn(json.dumps(body).encode(), chance)
    fresh = _renumbered(body, chance)
    return json.dumps(chance.choice(list(evil.spoilt(fresh, chance.choice(evil.VALUES))))).encode()


def _renumbered(body: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Now another order, now one that is known."""
    if "id" in body and chance.random() < 0.5:
        return body | {"id": chance.randrange(1, 500)}
    return body


def _case(world: World, dialect: str, topic: str, raw: bytes, chance: random.Random) -> Case:
    endpoint, secret, it = world.endpoints[dialect], world.secrets[dialect], DIALECTS[dialect]
    digest = hmac.digest(secret.encode(), raw, "sha256")
    is_signed = chance.random() < 0.9
    right = digest.hex() if it.in_hex else base64.b64encode(digest).decode()
    wrong = chance.choice(evil.PLAIN)[:500].replace("\r", "").replace("\n", "")
    odd = chance.choice(evil.PLAIN)[:500].replace("\r", "").replace("\n", "")
    sent = {
        it.signature: right if is_signed else wrong.encode().decode("latin-1"),
        it.topic: topic if chance.random() < 0.9 else odd.encode().decode("latin-1"),
        it.event_id: f"e-{next(_events)}",
    }
    before: list[int] = []

    def send() -> Any:
        before.append(Arrival.objects.count())
        return world.api.generic(
            "POST", f"/hooks/{endpoint.public_id}/", raw, "application/json", headers=sent
        )

    def judge(answer: Any) -> str:
        expected = {200, 413} if is_signed else {401, 413, 429}
        if answer.status_code not in expected:
            return f"{answer.status_code} for a body that was {'' if is_signed else 'not '}signed"
        if not is_signed and Arrival.objects.count() != before[-1]:
            return "something was kept that nobody signed"
        return _taken()

    return Case(f"{dialect} {topic} {raw[:2000]!r}", send, judge)


def _taken() -> str:
    """A worker takes it: whatever it was, that is no mistake of ours."""
    arrivals.take_due(clock=timezone.now, limit=3)
    failed = Arrival.objects.filter(reason__in=["failed", "lost"]).first()
    if failed:
        told = f"not taken: {failed.detail[:300]}"
        failed.delete()
        return told
    return ""
