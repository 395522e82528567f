"""What people write may name people, so it is in nothing that is for ever."""

from django.db import connection

from loyalty.flows import adjust, by_hand, profile, redeem
from loyalty.ledger import statement
from loyalty.ledger.models import Entry
from loyalty.merchants import trail
from loyalty.merchants.models import AuditEntry
from tests.makers import NOON, buy, give, make_reward, make_staff, purchase_of

CANARY = "Khun Anan of 12 Silom Road"


def immutable_texts() -> str:
    """Every row of the two tables that nobody may change, as one text."""
    with connection.cursor() as cursor:
        texts = []
        for table in ("ledger_entry", "merchants_auditentry"):
            cursor.execute(f"SELECT * FROM {table}")
            texts += [str(row) for row in cursor.fetchall()]
    return "\n".join(texts)


def test_reasons_and_names_are_kept_apart_from_what_never_changes(cafe, ana):
    owner = make_staff(cafe)
    wallet = cafe.wallets.get()
    adjust.adjust(ana, wallet, 50, reason=CANARY, key="1", now=NOON, by=owner)
    adjust.undo(Entry.objects.latest("pk"), reason=CANARY, now=NOON, by=owner)
    give(ana, 50)
    made = redeem.redeem(ana, make_reward(cafe), key="1", now=NOON)
    redeem.cancel(made, now=NOON, by=owner, reason=CANARY)
    profile.change(ana, now=NOON, by=owner, name=CANARY, note=CANARY)
    sale = purchase_of(buy(ana))
    by_hand.take_back(sale, key="1", now=NOON, by=owner, reason=CANARY)
    assert CANARY not in immutable_texts()


def test_the_member_and_the_team_read_them_all_the_same(cafe, ana):
    owner = make_staff(cafe)
    adjust.adjust(ana, cafe.wallets.get(), 50, reason=CANARY, key="1", now=NOON, by=owner)
    [movement] = statement.movements(ana.account_id)
    assert movement.explanation == [{"step": "adjusted", "reason": CANARY}]
    assert AuditEntry.objects.get().told.reason == CANARY


def test_an_adjustment_that_is_repeated_tells_its_reason_again(cafe, ana):
    owner, wallet = make_staff(cafe), cafe.wallets.get()
    first, again = [
        adjust.adjust(ana, wallet, 50, reason=CANARY, key="1", now=NOON, by=owner) for _ in "12"
    ]
    assert again.steps == first.steps == [{"step": "adjusted", "reason": CANARY}]


def test_what_is_no_persons_stays_in_the_line(cafe):
    trail.record(
        "rule.change", "rule:1", program=cafe, now=NOON, by=None, after={"name": "x"}, reason="y"
    )
    line = AuditEntry.objects.get()
    assert (line.after, line.told.reason) == ({"name": "x"}, "y")


def test_what_is_forgotten_leaves_its_line(cafe, ana, ben):
    for member in (ana, ben):
        profile.change(member, now=NOON, by=make_staff(cafe), name=CANARY)
    trail.forget(cafe, [f"member:{ana.public_id}"])
    of_ana, of_ben = AuditEntry.objects.order_by("pk")
    assert (of_ana.told.after, of_ana.action) == ({}, "member.change")
    assert of_ben.told.after == {"name": CANARY}
