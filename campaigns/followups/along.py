"""What is bought along with what, counted from a program's own baskets in one statement.

Of two things a and b, bought in n(a) and n(b) baskets and in n(ab) together, the score is

    n(ab) / √(n(a) · n(b))

the cosine between the two sets of baskets, as in Linden, Smith and York, "Amazon.com
Recommendations: Item-to-Item Collaborative Filtering", IEEE Internet Computing 7 (2003). It does
not let what everybody buys win everywhere, as n(ab) alone would. A pair of fewer than FLOOR baskets
says nothing, and is left out; so are baskets of more than WIDEST things, which are a wholesaler's
list, and tell little of each pair in them.
"""

from datetime import date, timedelta

from django.db import connection, transaction

from campaigns.followups.models import Companion, FollowUp

DAYS = 365
FLOOR = 5
WIDEST = 50
KEPT = 5  # Of each thing.

_BASKETS = """
WITH bought AS (
    SELECT DISTINCT sale.id AS sale, line.{of} AS thing
    FROM purchases_purchase sale JOIN purchases_purchaseline line ON line.purchase_id = sale.id
    WHERE sale.program_id = %s AND sale.made_on >= %s AND sale.made_on < %s
        AND line.kind = 'item' AND line.{of} <> '' AND line.amount_minor > 0
        AND line.refunded_quantity < line.quantity
), narrow AS (
    SELECT sale FROM bought GROUP BY sale HAVING count(*) BETWEEN 2 AND %s
), alone AS (
    SELECT thing, count(*) AS baskets FROM bought GROUP BY thing HAVING count(*) >= %s
), inside AS (
    SELECT bought.sale, bought.thing FROM bought
    JOIN narrow ON narrow.sale = bought.sale JOIN alone ON alone.thing = bought.thing
), pairs AS (
    SELECT a.thing AS thing, b.thing AS other, count(*) AS together
    FROM inside a JOIN inside b ON a.sale = b.sale AND a.thing < b.thing
    GROUP BY a.thing, b.thing HAVING count(*) >= %s
), both_ways AS (
    SELECT thing, other, together FROM pairs UNION ALL SELECT other, thing, together FROM pairs
), scored AS (
    SELECT p.thing, p.other, p.together, a.baskets AS thing_baskets, b.baskets AS other_baskets,
        1000000 * p.together / sqrt(CAST(a.baskets AS double precision) * b.baskets) AS score
    FROM both_ways p JOIN alone a ON a.thing = p.thing JOIN alone b ON b.thing = p.other
), ranked AS (
    SELECT scored.*, row_number() OVER (
        PARTITION BY thing ORDER BY score DESC, together DESC, other
    ) AS place FROM scored
)
INSERT INTO followups_companion (
    program_id, "of", thing, other, "rank", together, thing_baskets, other_baskets,
    score_millionths, counted_on
)
SELECT %s, '{of}', thing, other, place, together, thing_baskets, other_baskets,
    CAST(round(score) AS integer), %s
FROM ranked WHERE place <= %s
"""


@transaction.atomic
def count(program_id: int, *, on: date, floor: int = FLOOR) -> int:
    """Count a program's companions anew, of products and of categories; say how many there are."""
    Companion.objects.filter(program=program_id).delete()
    with connection.cursor() as cursor:
        for of in FollowUp.Of.values:
            cursor.execute(
                _BASKETS.format(of=of),
                [
                    program_id, on - timedelta(days=DAYS), on, WIDEST, floor, floor,
                    program_id, on, KEPT,
                ],
            )  # fmt: skip
    return Companion.objects.filter(program=program_id).count()


def companions(program_id: int, of: str, things: list[str]) -> dict[str, str]:
    """Of each thing what is bought along with it most. The shop's capitals make no difference."""
    folded = {thing.casefold() for thing in things}
    best = Companion.objects.filter(program=program_id, of=of, rank=1)
    return {it.thing.casefold(): it.other for it in best if it.thing.casefold() in folded}
