"""Wallets: the kinds of value that a program keeps, and what a member has of each."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api.bodies import Answer
from loyalty.api.door import Door
from loyalty.api.fields import Day, Instant, Names
from loyalty.api.members import account_named
from loyalty.api.problems import Problem
from loyalty.ledger import statement
from loyalty.ledger.models import Wallet
from loyalty.ledger.statement import Holding
from loyalty.merchants.models import Program


class WalletSerializer(Answer):
    code = serializers.CharField()
    kind = serializers.ChoiceField(choices=Wallet.Kind.choices)
    exponent = serializers.IntegerField(
        help_text=gettext_lazy("Digits behind the point: 110 of a wallet with 2 are 1.10.")
    )
    unit_one = Names()
    unit_many = Names()
    is_spendable = serializers.BooleanField()


class ExpiringSerializer(Answer):
    points = serializers.IntegerField()
    last_day = Day()


class MaturingSerializer(Answer):
    at = Instant()
    points = serializers.IntegerField()


class BalanceSerializer(Answer):
    wallet = WalletSerializer()
    points = serializers.IntegerField(help_text=gettext_lazy("Can be spent now."))
    pending = serializers.IntegerField(help_text=gettext_lazy("Inside the return window."))
    owed = serializers.IntegerField(help_text=gettext_lazy("The next points repay it."))
    lifetime = serializers.IntegerField(help_text=gettext_lazy("Ever earned and kept."))
    next_expiry = ExpiringSerializer(allow_null=True)
    next_available = MaturingSerializer(allow_null=True)


class BalancesSerializer(Answer):
    items = BalanceSerializer(many=True)


class Balances(Door):
    scopes = {"GET": "points:read"}

    @extend_schema(responses=BalancesSerializer)
    def get(self, request: Request, id: str) -> Response:
        """Read what a member has, wallet by wallet, with what expires and what matures next."""
        holdings = statement.holdings(account_named(self.program, id))
        return self.answer(BalancesSerializer, {"items": [_facts(it) for it in holdings]})


def _facts(it: Holding) -> dict[str, object]:
    next_available = it.next_available
    return {
        "wallet": it.wallet, "points": it.points, "pending": it.pending, "owed": it.owed,
        "lifetime": it.lifetime, "next_expiry": it.next_expiry,
        "next_available": next_available and {"at": next_available[0], "points": next_available[1]},
    }  # fmt: skip


def wallet_named(program: Program, code: str) -> Wallet:
    """A wallet of this program by its code."""
    for wallet in program.wallets.filter(code=code):
        return wallet
    raise Problem("unknown_wallet", _("The program has no such wallet."), status=422)
