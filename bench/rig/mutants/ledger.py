"""Mutants of the ledger: its laws, its locks, and what the database holds by itself."""

from django.conf import settings
from django.db import connection, connections

from bench.rig.breaking import after_migrate, replace, rewrite, without_constraint
from bench.rig.mutants import mutant
from loyalty.ledger import audit, debts, figures, given, posting, shares, sweeps, triggers
from loyalty.ledger.book import Book
from loyalty.ledger.models import Entry

LAWS = "tests/laws/test_ledger_laws.py"
RACE = "tests/laws/test_races.py::test_a_race_leaves_what_it_promises"
SHOP = "tests/laws/test_shop.py"


@mutant(caught_by=f"{LAWS}::test_points_that_are_not_there_cannot_be_spent")
def redeems_without_looking() -> None:
    """A redemption does not ask whether the points are there."""
    rewrite(posting.redeem, "of.points < points", "False")


@mutant(caught_by=f"{LAWS}::test_the_triggers_are_there")
def triggers_are_missing() -> None:
    """The triggers that keep entries as they are were never installed."""
    replace(triggers, "install", lambda _connection: None)
    after_migrate(lambda: triggers.remove(connection))


@mutant(caught_by=f"{LAWS}::test_the_database_posts_a_key_once")
def keys_are_not_unique() -> None:
    """The database lets one key be posted twice to one balance."""
    without_constraint(Entry, "entry_is_posted_once")


@mutant(caught_by=f"{LAWS}::test_a_key_never_means_two_things")
def keys_mean_anything() -> None:
    """A key that comes back with other points is taken for the same."""
    rewrite(posting._posted, "points is not None and line.points != points", "False")


@mutant(caught_by=f"{RACE}[double_redemption]", on="postgresql", told_by="entries_are_counted")
def balances_are_not_locked() -> None:
    """A posting reads balances without locking them: it checks before the lock."""
    rewrite(posting.ask_for_lock, "FOR NO KEY UPDATE OF held", "")


@mutant(caught_by=f"{RACE}[last_item]", told_by="OperationalError")
def transactions_are_deferred() -> None:
    """SQLite begins transactions as DEFERRED: of two that read and then write, one is refused."""
    for known in (settings.DATABASES["default"], connections["default"].settings_dict):
        known["OPTIONS"]["transaction_mode"] = "DEFERRED"
    rewrite(posting.ask_for_lock, "lock = ", "lock = ")


@mutant(caught_by=f"{LAWS}::test_a_lot_can_be_spent_until_the_day_it_expires")
def spends_what_expires_today() -> None:
    """A lot can be spent on the day on which it is gone: `<` for `<=`."""
    rewrite(
        posting.settle, "expires_on__lte", "expires_on__lt",
        "share.expires_on <= today", "share.expires_on < today",
    )  # fmt: skip


@mutant(caught_by=f"{RACE}[expiry_against_redemption]")
def sweeps_expire_a_day_late() -> None:
    """The night expires what was over yesterday: `<` for `<=`."""
    rewrite(sweeps.expire_due, "expires_on__lte", "expires_on__lt")


@mutant(caught_by=SHOP, told_by="Difference")
def sweeps_mature_all_that_is_pending() -> None:
    """The night makes points available that are inside their return window."""
    rewrite(sweeps.mature_due, ", available_at__lte=at", "")
    for name in ("_MATURE_BALANCES", "_MATURE_LOTS"):
        text = getattr(sweeps, name)
        text = text.replace("lot.available_at <= %s", "%s IS NOT NULL")
        setattr(sweeps, name, text.replace("available_at <= %s", "%s IS NOT NULL"))


@mutant(caught_by="tests/laws/test_settling.py", told_by="IntegrityError")
def settles_what_is_settled() -> None:
    """Settling twice in one posting expires the same lots again, for nothing."""
    rewrite(posting.settle, "if share.remaining]", "]")


@mutant(caught_by="tests/laws/test_settling.py")
def spends_what_came_too_late() -> None:
    """Points that are over when a late sale brings them fill a card all the same."""
    rewrite(posting.settle, "if share.held is of]", "if False]")


@mutant(caught_by="model")
def spends_the_youngest_first() -> None:
    """Points leave the lots that expire last, and members lose the others."""
    rewrite(
        shares._spent_first,
        "share.expires_on or date.max",
        "date.max",
        "share.id or",
        "-(share.id or 0) or",
    )


@mutant(
    caught_by=f"{LAWS}::test_what_was_spent_becomes_a_debt_that_the_next_points_repay",
    told_by="IntegrityError",
)
def debts_are_not_repaid() -> None:
    """Whoever owes keeps what comes in."""
    rewrite(debts.repay, "if not of.owed or not share.remaining:", "if True:")


@mutant(caught_by=f"{LAWS}::test_borne_points_do_not_come_back_by_cancelling")
def borne_points_come_back() -> None:
    """Who redeems, has the sale refunded and cancels keeps points that the merchant bore."""
    rewrite(posting._collect_absorbed, "if not collected:", "if True:")


@mutant(caught_by=f"{LAWS}::test_points_given_back_return_to_their_lots", told_by="IntegrityError")
def gives_back_twice() -> None:
    """What a redemption took is given back under a second key as well."""
    rewrite(posting.give_back, "Entry.objects.filter(reverses=debit.pk).exists()", "False")


@mutant(caught_by=f"{LAWS}::test_what_expired_is_not_taken_back_as_well")
def takes_back_what_expired() -> None:
    """A refund takes points that have expired a second time, as a debt."""
    rewrite(given.gone, "+ given.expired + expired_now", "")


@mutant(caught_by=f"{LAWS}::test_the_audit_sees_a_balance_that_was_changed_by_hand")
def audit_is_blind() -> None:
    """The audit finds nothing, whatever there is."""
    replace(audit, "broken", lambda _laws: [])


@mutant(caught_by=f"{LAWS}::test_the_laws_hold_after_any_history")
def entries_carry_the_sum_before() -> None:
    """An entry says what there was before it, in place of after."""
    rewrite(Book.add, "held.net + points", "held.net")


@mutant(caught_by=f"{LAWS}::test_the_laws_hold_after_any_history")
def figures_are_forgotten() -> None:
    """The days do not count what was posted."""
    replace(figures, "tally", lambda _counted: None)
