"""The laws of sales and refunds, asked like those of the ledger: the right answer is nothing."""

from loyalty.ledger.audit import Breach, broken

# Each query returns the ids of rows that break the law.
LAWS = {
    "a sale is the sum of its lines": """
        SELECT sale.id FROM purchases_purchase sale
        JOIN (SELECT purchase_id, SUM(amount_minor) AS total, SUM(refunded_minor) AS refunded
              FROM purchases_purchaseline GROUP BY purchase_id) it ON it.purchase_id = sale.id
        WHERE it.total <> sale.total_minor OR it.refunded <> sale.refunded_minor
    """,
    "a line lost what its refunds took": """
        SELECT line.id FROM purchases_purchaseline line
        LEFT JOIN (SELECT line_id, SUM(amount_minor) AS taken FROM purchases_refundline
                   WHERE line_id IS NOT NULL GROUP BY line_id) it ON it.line_id = line.id
        WHERE COALESCE(it.taken, 0) <> line.refunded_minor
    """,
    "an award belongs to the account of its sale": """
        SELECT award.entry_id FROM purchases_purchaseaward award
        JOIN purchases_purchase sale ON sale.id = award.purchase_id
        JOIN ledger_entry entry ON entry.id = award.entry_id
        JOIN ledger_balance held ON held.id = entry.balance_id
        WHERE held.account_id <> sale.account_id
    """,
    "a sale that came back whole keeps no points": """
        SELECT sale.id FROM purchases_purchase sale
        JOIN purchases_purchaseaward award ON award.purchase_id = sale.id
        JOIN ledger_entry entry ON entry.id = award.entry_id
        JOIN ledger_lot lot ON lot.entry_id = entry.id
        LEFT JOIN (SELECT reverses_id, SUM(points) AS points FROM ledger_entry
                   WHERE reverses_id IS NOT NULL GROUP BY reverses_id) back
               ON back.reverses_id = entry.id
        LEFT JOIN (SELECT draw.lot_id, SUM(draw.points) AS points FROM ledger_draw draw
                   JOIN ledger_entry expiry ON expiry.id = draw.entry_id
                   WHERE expiry.kind = 'expiry' GROUP BY draw.lot_id) gone
               ON gone.lot_id = lot.id
        WHERE sale.total_minor > 0 AND sale.refunded_minor = sale.total_minor
          AND entry.points + COALESCE(back.points, 0) - COALESCE(gone.points, 0) > 0
    """,
}


def breaches() -> list[Breach]:
    """Every law of sales that does not hold now."""
    return broken(LAWS)
