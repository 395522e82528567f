"""What a program keeps: points, stamps, cashback, status points."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.flows import rules as flow
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import Choice, Group, InLanguages, Whole
from loyalty.flows.program_files.nouns.base import Load, Noun
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Program

Expiry = Wallet.Expiry
BOUNDS = {Expiry.MONTHS: (1, 120), Expiry.YEAR_END: (0, 10)}


class Wallets(Noun):
    name = "wallets"
    title = gettext_lazy("Wallets")
    about = "What the program keeps, by the codes that machines know them by."
    has_codes = True
    can_archive = False

    @property
    def fields(self) -> Group:
        return Group({
            "kind": Choice("It cannot be changed later.", lambda: Wallet.Kind.values),
            "unit_one": InLanguages("What one is called: point."),
            "unit_many": InLanguages("What several are called: points."),
            "expiry": Choice("When what is earned expires: never, so many months after it was "
                             "earned, or at the end of a year.", lambda: Expiry.values,
                             default="months"),
            "expiry_count": Whole("How many months (1 to 120, 12 if left out), or year ends (0: of "
                                  "the year it was earned in).", most=120, default=None),
        })  # fmt: skip

    def rows(self, program: Program, now: datetime) -> Sequence[Wallet]:
        return list(program.wallets.all())

    def key(self, row: Wallet) -> str:
        return row.code

    def facts(self, row: Wallet, at: Context) -> dict[str, Any]:
        facts = flow.wallet_facts(row)
        if row.expiry == Expiry.NEVER:
            facts["expiry_count"] = None
        return facts

    def read(self, node: Any, path: str, at: Context) -> dict[str, Any]:
        told = super().read(node, path, at)
        expiry, count = told.get("expiry"), told.pop("expiry_count", None)
        if expiry in BOUNDS:
            least, most = BOUNDS[expiry]
            told["expiry_count"] = count = 12 if count is None and expiry == "months" else count
            if count is None or not least <= count <= most:
                words = {"least": least, "most": most}
                sentence = _("Give a whole number from %(least)s to %(most)s.") % words
                at.wrong(node.at("expiry_count").line, f"{path}.expiry_count", sentence)
        return told

    def find(self, program: Program, key: str) -> Wallet | None:
        return program.wallets.filter(code=key).first()

    def save(self, row: Wallet | None, told: dict[str, Any], load: Load) -> Wallet:
        if row is None and told["expiry"] == Expiry.NEVER:
            told["expiry_count"] = 0
        return flow.save_wallet(load.program, row, by=load.by, now=load.now, **told)
