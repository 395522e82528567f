"""Mutants of sales: told once, adopted once, capped, brought back."""

from bench.rig.breaking import replace, rewrite
from bench.rig.mutants import mutant
from bench.rig.mutants.ledger import RACE, SHOP
from loyalty.earning import cap_usage, caps
from loyalty.flows import taking_back
from loyalty.flows.earning import Earning
from loyalty.kept import Kept
from loyalty.purchases import keeping, matching, recording, returning

FIRE = "tests/laws/test_ledger_under_fire.py"
CLAIM = "tests/flows/test_claim.py"


@mutant(caught_by=f"{RACE}[same_reference_other_body]")
def fingerprints_do_not_matter() -> None:
    """A sale that is told again with another total is taken for the same."""
    rewrite(recording._compare, 'known["fingerprint"] != fingerprint(it.sale) or', "")


@mutant(caught_by="tests/flows/test_refund.py::test_the_same_refund_takes_once")
def returns_are_always_new() -> None:
    """A return that is told again is taken for another one."""
    rewrite(returning.record, "*it.place, it.ret.made_at", "it.place[0], public_id, it.ret.made_at")


@mutant(caught_by="races:kept_sales_adopted", on="postgresql")
def kept_sales_are_adopted_in_any_order() -> None:
    """Batches adopt kept sales in the order in which they tell of them, and wait for each other."""
    rewrite(recording._adopt, "sorted(nobodys, key=lambda it: it.id)", "nobodys")


@mutant(caught_by=f"{CLAIM}::test_a_sale_told_for_two_in_one_batch_becomes_the_firsts")
def kept_sales_have_two_owners() -> None:
    """Who comes second for a kept sale is told that it is theirs."""
    rewrite(recording._adopt, "if owner != mine:", "if False:")


@mutant(caught_by=f"{RACE}[kept_sale_claimed_by_two]", on="postgresql", told_by="IntegrityError")
def kept_sales_are_claimed_by_all() -> None:
    """Claiming a kept sale does not look whether it is still nobody's: check before lock."""
    claim = recording._CLAIM.replace("AND purchases_purchase.account_id IS NULL", "")
    replace(recording, "_CLAIM", claim)
    rewrite(recording.claim, "bool(", "bool(")


@mutant(caught_by=f"{FIRE}::test_a_cap_holds_under_eight_at_once")
def caps_do_not_count() -> None:
    """What a rule gives is not counted against its limit."""
    rewrite(Earning._capped, "self.used_now[key] += points", "pass")


@mutant(caught_by=f"{FIRE}::test_a_cap_holds_under_eight_at_once")
def caps_give_one_too_much() -> None:
    """A limit is passed by one point."""
    rewrite(caps.limit, "most - used.get(key, 0)", "most + 1 - used.get(key, 0)")


@mutant(caught_by=f"{RACE}[cap_of_all]", on="postgresql")
def budgets_are_not_locked() -> None:
    """What is left of a budget is read without a lock: two sales see the same rest."""
    rewrite(cap_usage.load, '"FOR UPDATE OF u"', '""')


@mutant(caught_by="tests/flows/test_refund.py::test_a_cap_has_room_again_after_a_refund")
def caps_stay_used() -> None:
    """What was taken back still counts against the limit."""
    replace(taking_back.cap_usage, "release", lambda _released: None)


@mutant(caught_by=f"{RACE}[rule_changed_against_sales]")
def rules_are_kept_for_ever() -> None:
    """A process goes on with the rules that it has read once."""
    rewrite(Kept.get, "and kept[0] >= version", "")


@mutant(caught_by=f"{RACE}[refunds_of_one_line]", told_by="IntegrityError")
def more_comes_back_than_was_sold() -> None:
    """A return does not look how much is left of the line."""
    rewrite(matching.Shelf.take, "amount_minor > self.left_minor(line)", "False",
            "quantity > self.left_quantity(line)", "False")  # fmt: skip
    rewrite(matching._take_amount, "amount_minor > sum(left)", "False")


@mutant(caught_by=SHOP, told_by="Difference")
def refunds_round_one_by_one() -> None:
    """What is kept of an award is rounded up, so that tenths do not add up to the whole."""
    rewrite(keeping.to_take_back, "int(given * kept / award.value_minor)",
            "-int(-given * kept / award.value_minor // 1)")  # fmt: skip


@mutant(caught_by=SHOP, told_by="Difference")
def stamps_go_by_the_baht() -> None:
    """A stamp is taken for any return, although what is kept would earn it."""
    rewrite(keeping.is_lost, "kept < (award.whole_above_minor or 0)", "kept < award.value_minor")
