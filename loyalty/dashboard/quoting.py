"""What a sale would earn, while it is being typed."""

from datetime import datetime
from typing import Any

from loyalty import formats
from loyalty.dashboard.lines import reasons_of
from loyalty.dashboard.rule_builder import location_names, tier_names
from loyalty.earning.terms import Terms
from loyalty.flows.quote import quote
from loyalty.merchants.models import Program
from loyalty.purchases.sale import Sale
from loyalty.refusal import Refusal


def quoted(program: Program, sale: Sale, *, now: datetime) -> dict[str, Any]:
    """What each rule would give, with the steps, or why it gives nothing."""
    try:
        found = quote(program, sale, now=now)
    except Refusal as refusal:
        return {"problem": str(refusal)}
    wallets = {wallet.pk: wallet for wallet in program.wallets.all()}
    for wallet in wallets.values():
        wallet.program = program
    tiers, locations = tier_names(program), location_names(program)
    gives, not_now = [], []
    for it in found:
        wallet = wallets[it.wallet_id]
        if it.points:
            gives.append(
                {
                    "name": it.name,
                    "points": formats.points(it.points, wallet, sign=True),
                    "reasons": reasons_of(it.steps, wallet),
                }
            )
        elif it.unmet:
            terms = Terms.of(program, wallet, tiers=tiers, locations=locations)
            sentences = [condition.sentence(terms) for condition in it.unmet]
            not_now.append({"name": it.name, "unmet": sentences})
    return {"gives": gives, "not_now": not_now, "has_rules": bool(found)}
