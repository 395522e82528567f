"""What a member said and handed in, for the copy of their data: words and pictures alike."""

import base64
from typing import Any

from django.db.models import Model, QuerySet

from campaigns.contributions.models import Contribution
from campaigns.surveys.models import Asking
from loyalty.pictures import taking
from loyalty.pictures.models import Picture

CONTRIBUTION = (
    "public_id", "product", "product_name", "rating", "picture_link", "state", "submitted_at",
    "changed_at", "decided_at", "reason",
)  # fmt: skip
PICTURE = ("public_id", "width", "height", "taken_at")


def told(account_id: int) -> dict[str, Any]:
    return {
        "surveys": [_asking(it) for it in _askings(account_id)],
        "contributions": [_contribution(it) for it in _contributions(account_id)],
    }


def _askings(account_id: int) -> QuerySet[Asking]:
    return Asking.objects.filter(account=account_id).select_related("survey").order_by("pk")


def _asking(it: Asking) -> dict[str, Any]:
    return {
        "survey": dict(it.survey.name), "asked_at": it.asked_at, "answered_at": it.answered_at,
        "changed_at": it.changed_at,
        "answers": [
            {"question": question.asked(), "answer": question.told(it.answers[question.key])}
            for question in it.survey.asked
            if question.key in it.answers
        ],
    }  # fmt: skip


def _contributions(account_id: int) -> QuerySet[Contribution]:
    handed = Contribution.objects.filter(account=account_id).order_by("pk")
    return handed.select_related("call")


def _contribution(it: Contribution) -> dict[str, Any]:
    pictures = Picture.objects.filter(account=it.account_id, cause=it.cause).order_by("pk")
    return {
        "call": dict(it.call.name),
        **_fields(it, CONTRIBUTION),
        "answers": [
            {"question": question.asked(), "answer": question.told(it.answers[question.key])}
            for question in it.call.asked
            if question.key in it.answers
        ],
        "pictures": [
            _fields(one, PICTURE) | {"data": base64.b64encode(taking.read(one)).decode()}
            for one in pictures
        ],
    }


def _fields(row: Model, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
