"""Mutants of what watches over the books: seals, the nightly audit, and who is told of it."""

from bench.rig.breaking import replace, rewrite
from bench.rig.mutants import mutant
from loyalty.ledger import audit, seals, triggers
from loyalty.ledger.models import AuditQuerySet

SEALS = "tests/ledger/test_seals.py"


@mutant(caught_by=f"{SEALS}::test_a_seal_waits_for_those_who_are_writing", on="postgresql")
def seals_do_not_wait() -> None:
    """A seal is laid while older entries are still being written, and passes them over."""
    rewrite(seals._settled, "while writing:", "while False:")


@mutant(caught_by=f"{SEALS}::test_a_changed_entry_is_found_though_the_triggers_are_back")
def seals_leave_out_who_and_why() -> None:
    """The hash is of the points alone, and not of who gave them and why."""
    rewrite(seals._line, "_encode(told)", "_encode(told[:6])")


@mutant(caught_by=f"{SEALS}::test_who_seals_a_changed_entry_anew_is_found_by_the_next_seal")
def seals_stand_alone() -> None:
    """A seal does not build on the one before, so one of them can be made anew."""
    rewrite(seals.walk, "Roll(figures[-1], figures[0])", "Roll('', figures[0])")
    rewrite(seals.seal, "Roll(newest.hash, newest.last_entry)", "Roll('', newest.last_entry)")


@mutant(caught_by=f"{SEALS}::test_a_seal_cannot_be_changed_or_deleted")
def seals_can_be_changed() -> None:
    """No trigger keeps the seals."""
    replace(triggers, "IMMUTABLE", tuple(it for it in triggers.IMMUTABLE if it != "ledger_seal"))


@mutant(caught_by="tests/flows/test_books.py::test_an_audit_goes_on_where_it_was")
def audits_end_after_a_bite() -> None:
    """The nightly audit looks at the first members only."""
    rewrite(audit.breaches_of, "while found :=", "if found :=")


@mutant(
    caught_by="tests/test_health.py::test_books_that_do_not_add_up_are_said_and_turn_nobody_away"
)
def broken_books_are_not_said() -> None:
    """What the nightly audit found is told to nobody."""
    replace(AuditQuerySet, "broken", lambda self: self.none())
