"""Mutants of what points buy: stock, codes, vouchers, presents, limits, points as money."""

from collections import Counter
from typing import Any

from bench.rig.breaking import replace, rewrite
from bench.rig.mutants import mutant
from bench.rig.mutants.ledger import RACE
from loyalty.flows import automatic, pay, redeem, settings, spending, vouchers
from loyalty.flows.earning import Earning
from loyalty.rewards import limits, supply
from loyalty.rewards.models import Reward
from members.standing import Standings


@mutant(caught_by=f"{RACE}[last_item]", told_by="IntegrityError")
def stock_is_not_asked() -> None:
    """One is taken out of stock whether there is one or not."""
    sql = supply._TAKE_STOCK.replace("AND rewards_reward.stock >= 1", "")
    replace(supply, "_TAKE_STOCK", sql)
    rewrite(supply._take_stock, "bool(", "bool(")


@mutant(caught_by=f"{RACE}[last_item]", on="postgresql")
def stock_is_read_before_the_lock() -> None:
    """Stock is read, and then written down by one less: two see the same last item."""

    def take(reward_id: int) -> bool:
        stock = Reward.objects.values_list("stock", flat=True).get(pk=reward_id) or 0
        return stock > 0 and bool(Reward.objects.filter(pk=reward_id).update(stock=stock - 1))

    replace(supply, "_take_stock", take)


@mutant(caught_by=f"{RACE}[last_codes]", on="postgresql", told_by="IntegrityError")
def codes_are_taken_by_two() -> None:
    """A partner's code is read without a lock, so two members get the same."""
    rewrite(supply._take_pool_code, '.select_for_update(skip_locked=True, of=("self",))', "")


@mutant(caught_by=f"{RACE}[member_limit]")
def member_limits_do_not_count() -> None:
    """Nobody counts how often a member has had a reward."""

    def had(_rewards: Any, _accounts: Any, **_when: Any) -> limits.Had:
        return Counter()

    replace(limits, "had", had)


@mutant(caught_by=f"{RACE}[same_redemption_key]", told_by="IntegrityError")
def clicks_are_not_recognised() -> None:
    """A redemption does not look whether its key was used before."""
    replace(spending, "made_before", lambda *_which, **_facts: None)


@mutant(caught_by=f"{RACE}[cancelled_twice]")
def cancelled_is_cancelled_again() -> None:
    """A redemption that was cancelled is cancelled again."""
    rewrite(redeem.cancel, "if made.status == Redemption.Status.CANCELLED:", "if False:")


@mutant(caught_by="tests/flows/test_redeem.py -k cancel", told_by="IntegrityError")
def cancelled_stock_stays_gone() -> None:
    """What was cancelled does not come back into stock."""
    replace(supply, "put_back", lambda _reward_id: None)


@mutant(caught_by=f"{RACE}[voucher_twice]")
def vouchers_are_used_twice() -> None:
    """Using a voucher does not look whether it was used."""
    rewrite(vouchers.mark_used, "Voucher.objects.usable(now).filter", "Voucher.objects.filter")


@mutant(caught_by="tests/flows/test_redeem.py -k used")
def used_vouchers_are_cancelled() -> None:
    """Cancelling does not look whether the voucher was used."""
    rewrite(redeem._revoke, ", status=Voucher.Status.READY", "",
            "ready = ready.usable(now)", "pass")  # fmt: skip


@mutant(caught_by="tests/flows/test_vouchers.py::test_unknown_and_foreign_codes_look_the_same")
def vouchers_are_anybodys() -> None:
    """A voucher is found by its code alone, in whatever program: a filter replaces the scope."""
    rewrite(vouchers.find, "program=program, code_hash__in", "code_hash__in")


@mutant(caught_by="tests/flows/test_pay.py::test_a_fraction_of_a_point_costs_a_whole_one")
def fractions_are_free() -> None:
    """A fraction of a point pays without costing one."""
    rewrite(pay.points_for, "-(-amount_minor * program.pay_points // program.pay_minor)",
            "amount_minor * program.pay_points // program.pay_minor")  # fmt: skip


@mutant(caught_by="races:presents_in_any_order", on="postgresql")
def rewards_are_locked_in_any_order() -> None:
    """Presents of tiers are taken in the order of the sales, and batches wait for each other."""
    rewrite(Earning.write, "if self.presents or", "if False and")


@mutant(caught_by=f"{RACE}[full_cards]")
def cards_give_one_at_a_time() -> None:
    """A full card gives its reward and keeps its stamps."""
    rewrite(automatic._bought, "spending.charge(book, issue)", "pass")


@mutant(caught_by="tests/flows/test_tier_presents.py")
def tiers_give_each_time() -> None:
    """What a tier gives on entry, it gives at each entry."""
    rewrite(Earning._welcome, 'key=f"tier:{rung.id}/{promotion.period}"',
            'key=f"tier:{rung.id}/{cause.key}"')  # fmt: skip


@mutant(caught_by=f"{RACE}[tier_reached_together]", told_by="IntegrityError")
def tiers_are_reached_again() -> None:
    """Every sale of whoever has a tier reaches it again: `>=` for `>`."""
    rewrite(Standings.qualify, "hold.rung.rank > person", "hold.rung.rank >= person")


@mutant(caught_by=f"{RACE}[set_up_twice]", on="postgresql", told_by="IntegrityError")
def the_desk_does_not_wait() -> None:
    """Two clicks that make the same thing do not wait for each other."""
    rewrite(settings.one_at_a_time, "Program.objects.select_for_update(no_key=True)",
            "Program.objects")  # fmt: skip
