"""Entries: the lines of a member's account, and why each was made."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api import pages, problems
from loyalty.api.bodies import Answer
from loyalty.api.door import Door
from loyalty.api.fields import Day, Id, Instant, Names
from loyalty.api.members import account_named
from loyalty.api.wallets import wallet_named
from loyalty.earning.explanation import sentences
from loyalty.earning.rulebook import rulebook_for
from loyalty.flows.outcomes import Earned
from loyalty.insights.why import Cause, causes
from loyalty.ledger import statement
from loyalty.ledger.models import Entry
from loyalty.ledger.statement import Movement
from loyalty.merchants.models import Program

STATUSES = ("pending", "available", "used", "expired", "reversed", "done")


class CauseSerializer(Answer):
    kind = serializers.CharField(help_text="`purchase`, `activity`, `refund`, `redemption` …")
    id = serializers.CharField()
    source = serializers.CharField()
    reference = serializers.CharField(help_text=_("Your own number for it."))


class PromiseSerializer(Answer):
    kind = serializers.CharField(source="promise", help_text="`rule`, `tier` or `reward`.")
    id = serializers.CharField(source="promise_id")
    name = Names(source="promise_name")


class EntrySerializer(Answer):
    id = serializers.CharField(help_text=_("Wallet and number: `points-17`."))
    wallet = serializers.CharField()
    kind = serializers.ChoiceField(choices=Entry.Kind.choices)
    points = serializers.IntegerField(help_text=_("In the wallet's unit; negative: taken."))
    balance_after = serializers.IntegerField()
    occurred_at = Instant()
    posted_at = Instant()
    status = serializers.ChoiceField(choices=STATUSES)
    remaining = serializers.IntegerField(help_text=_("Of what was earned, what is left."))
    available_at = Instant(allow_null=True)
    last_day = Day(allow_null=True, help_text=_("The last day on which it can be spent."))
    sentences = serializers.ListField(
        child=serializers.CharField(), help_text=_("Why it was this many, step by step.")
    )


class DrawSerializer(Answer):
    entry = serializers.CharField(help_text=_("The accrual whose points were taken."))
    points = serializers.IntegerField()


class OneEntrySerializer(EntrySerializer):
    cause = CauseSerializer(help_text=_("What happened."))
    promise = PromiseSerializer(allow_null=True, help_text=_("The rule, tier or reward behind it."))
    reverses = serializers.CharField(allow_null=True, help_text=_("The entry that it answers."))
    reversed_points = serializers.IntegerField(help_text=_("Of it, taken back since."))
    owed = serializers.IntegerField(help_text=_("Of it, still owed by the member."))
    draws = DrawSerializer(many=True, help_text=_("The accruals that it took from."))


class EntryPageSerializer(pages.PageAnswer):
    items = EntrySerializer(many=True)


class EntryQuery(pages.PageQuery):
    wallet = Id(required=False, help_text=_("Only of this wallet, by its code."))


class EarnedSerializer(Answer):
    """An entry that came of what was told."""

    id = serializers.CharField(help_text=_("Wallet and number: `points-17`."))
    wallet = serializers.CharField()
    kind = serializers.ChoiceField(choices=Entry.Kind.choices)
    points = serializers.IntegerField()
    sentences = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text=_("Why it was this many; only where it was asked for."),
    )


class Entries(Door):
    scopes = {"GET": "points:read"}

    @extend_schema(parameters=[EntryQuery], responses=EntryPageSerializer)
    def get(self, request: Request, id: str) -> Response:
        """List the entries of a member, newest first."""
        asked = self.asked(EntryQuery)
        account = account_named(self.program, id)
        wallet = wallet_named(self.program, asked["wallet"]) if "wallet" in asked else None
        last = _found(account, asked["cursor"]) if asked["cursor"] else None
        found = statement.movements(
            account,
            wallet_id=wallet.pk if wallet else None,
            before=last.id if last else None,
            limit=asked["limit"] + 1,
        )
        page = pages.page_of(found, asked["limit"], name="number")
        shown = [facts_of(it, self.program) for it in page.items]
        return self.answer(EntryPageSerializer, {"items": shown, "next": page.next})


class OneEntry(Door):
    scopes = {"GET": "points:read"}

    @extend_schema(responses=OneEntrySerializer)
    def get(self, request: Request, id: str, number: str) -> Response:
        """Ask why an entry was made.

        It names what happened, the rule that gave it, the steps to the figure, and the accruals
        that a debit took from.
        """
        account = account_named(self.program, id)
        found = statement.find(account, number)
        if found is None:
            raise problems.not_found("entry")
        cause = causes(self.program, [found])[found.id]
        return self.answer(OneEntrySerializer, _in_full(found, cause, self.program))


def _found(account_id: int, cursor: str) -> Movement:
    found = statement.find(account_id, cursor)
    if found is None:
        raise pages.unknown_cursor()
    return found


def facts_of(it: Movement, program: Program) -> dict[str, Any]:
    return {
        "id": it.number, "wallet": it.wallet.code, "kind": it.kind, "points": it.points,
        "balance_after": it.balance_after, "occurred_at": it.occurred_at,
        "posted_at": it.posted_at, "status": it.status, "remaining": it.remaining,
        "available_at": it.available_at, "last_day": it.last_day,
        "sentences": sentences_of(it.explanation, it.wallet, program),
    }  # fmt: skip


def _in_full(it: Movement, cause: Cause, program: Program) -> dict[str, Any]:
    return facts_of(it, program) | {
        "cause": cause,
        "promise": cause if cause.promise else None,
        "reverses": it.reverses or None,
        "reversed_points": it.reversed_points,
        "owed": it.owed,
        "draws": [{"entry": entry, "points": points} for entry, points in it.draws],
    }


def earned_facts(
    entries: Iterable[Earned], program: Program, *, explain: bool
) -> list[dict[str, Any]]:
    """Entries of an outcome. To tell them in sentences takes longer than to post them."""
    wallets = rulebook_for(program.pk, program.version).wallets
    shown = []
    for it in entries:
        wallet = wallets[it.wallet_id]
        facts: dict[str, Any] = {
            "id": f"{wallet.code}-{it.seq}", "wallet": wallet.code, "kind": it.kind,
            "points": it.points,
        }  # fmt: skip
        if explain:
            facts["sentences"] = sentences_of(it.steps, wallet, program)
        shown.append(facts)
    return shown


def sentences_of(steps: Iterable[dict[str, Any]], wallet: Any, program: Program) -> list[str]:
    return sentences(
        steps, currency=program.currency, unit_one=wallet.unit_one, unit_many=wallet.unit_many,
        is_money=wallet.kind == "cashback",
    )  # fmt: skip
