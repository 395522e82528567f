"""What a shop's machine sends, signed as it signs."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.test import Client

from loyalty.flows import arrivals, endpoints
from loyalty.inbox.models import Arrival, Endpoint
from loyalty.merchants.models import Program, Role, Staff
from tests.makers import NOON, make_staff

SECRET = "a secret that the shop has made"
_number = count(1)


class Shop:
    """A shop of a program, and what its machine knows."""

    def __init__(self, program: Program, dialect: str, by: Staff | None = None) -> None:
        self.owner = by or make_staff(program, Role.OWNER)
        self.endpoint, secret = endpoints.make(
            program, name="Web shop", dialect=dialect, by=self.owner, now=NOON
        )
        self.secret = secret or SECRET
        if not secret:
            endpoints.change_secret(self.endpoint, by=self.owner, now=NOON, secret=SECRET)
        self.address = f"/hooks/{self.endpoint.public_id}/"

    def tell(
        self, topic: str, body: Any, *, event_id: str = "", raw: bytes | None = None, **more: str
    ) -> Any:
        """Send an event, and return the answer."""
        raw = json.dumps(body).encode() if raw is None else raw
        headers = self.headers(topic, raw, event_id or f"event-{next(_number)}") | more
        return Client().generic(
            "POST", self.address, raw, content_type="application/json", headers=headers
        )

    def headers(self, topic: str, raw: bytes, event_id: str) -> dict[str, str]:
        digest = hmac.new(self.secret.encode(), raw, hashlib.sha256)
        in_base64 = base64.b64encode(digest.digest()).decode()
        return {
            "shopify": {
                "X-Shopify-Hmac-Sha256": in_base64,
                "X-Shopify-Topic": topic,
                "X-Shopify-Webhook-Id": event_id,
            },
            "woocommerce": {
                "X-WC-Webhook-Signature": in_base64,
                "X-WC-Webhook-Topic": topic,
                "X-WC-Webhook-Delivery-ID": event_id,
            },
            "own": {"X-Taem-Signature": digest.hexdigest(), "X-Taem-Event-Id": event_id},
        }[self.endpoint.dialect]

    def hear(self, topic: str, body: Any, **more: Any) -> Arrival:
        """Send an event, let a worker take it, and return what became of it."""
        now = more.pop("now", NOON)
        assert self.tell(topic, body, **more).status_code == 200
        arrivals.take_due(clock=lambda: now)
        return Arrival.objects.filter(endpoint=self.endpoint).order_by("-pk")[0]


def endpoint_of(shop: Shop) -> Endpoint:
    return Endpoint.objects.get(pk=shop.endpoint.pk)


def shopify_order(**changes: Any) -> dict[str, Any]:
    """Two coffees and a cake, 21.00 with 1.00 of shipping; tax is inside."""
    body = {
        "id": 450789469,
        "currency": "THB",
        "financial_status": "paid",
        "created_at": "2026-06-02T11:00:00+07:00",
        "processed_at": "2026-06-02T11:00:00+07:00",
        "updated_at": "2026-06-02T11:00:05+07:00",
        "cancelled_at": None,
        "test": False,
        "taxes_included": True,
        "total_price": "21.00",
        "total_tax": "1.37",
        "email": "ana@example.org",
        "phone": None,
        "gateway": "promptpay",
        "line_items": [
            {"id": 11, "sku": "LATTE", "name": "Latte", "price": "5.00", "quantity": 2},
            {"id": 12, "sku": "CAKE", "name": "Cake", "price": "10.00", "quantity": 1},
        ],
        "shipping_lines": [{"title": "Messenger", "price": "1.00"}],
        "refunds": [],
    }
    return body | changes


def shopify_refund(number: int = 900, **changes: Any) -> dict[str, Any]:
    """One of the two coffees came back."""
    body = {
        "id": number,
        "order_id": 450789469,
        "created_at": "2026-06-02T11:30:00+07:00",
        "refund_line_items": [{"line_item_id": 11, "quantity": 1}],
        "transactions": [
            {"kind": "refund", "status": "success", "amount": "5.00", "currency": "THB"}
        ],
    }
    return body | changes


def woo_order(**changes: Any) -> dict[str, Any]:
    """Two coffees and a cake, 21.00 with 1.00 of shipping; tax comes on top of each."""
    body = {
        "id": 727,
        "number": "727",
        "order_key": "wc_order_58d2d042d1d",
        "status": "processing",
        "currency": "THB",
        "date_created_gmt": "2026-06-02T04:00:00",
        "date_modified_gmt": "2026-06-02T04:00:05",
        "date_paid_gmt": "2026-06-02T04:00:05",
        "total": "21.00",
        "total_tax": "2.00",
        "billing": {"first_name": "Ana", "email": "ana@example.org", "phone": ""},
        "payment_method": "bacs",
        "line_items": [
            {"id": 315, "name": "Latte", "product_id": 93, "variation_id": 0, "quantity": 2,
             "total": "9.00", "total_tax": "1.00", "sku": "LATTE", "price": 4.5},
            {"id": 316, "name": "Cake &amp; cream", "product_id": 22, "variation_id": 23,
             "quantity": 1, "total": "9.00", "total_tax": "1.00", "sku": "", "price": 9},
        ],
        "shipping_lines": [
            {"id": 317, "method_title": "Flat rate", "total": "1.00", "total_tax": "0.00"}
        ],
        "refunds": [],
    }  # fmt: skip
    return body | changes


def at(hour: int, minute: int = 0) -> datetime:
    """An instant of the day, in Bangkok."""
    return datetime(2026, 6, 2, hour - 7, minute, tzinfo=UTC)
