"""Mutants of owed work: who holds a row, when it is free, what leaves before the commit."""

from contextlib import nullcontext
from functools import wraps
from typing import Any

from bench.rig.breaking import reached, replace, rewrite
from bench.rig.mutants import mutant
from loyalty import leases, outside
from loyalty.flows import clock, letters, sweep
from loyalty.messaging import catalog, delivery, outbox, waking
from loyalty.portal import account_changes

LETTERS = "tests/messaging/test_delivery.py"
HOUSE = "tests/messaging/test_house_letters.py"
JOBS = "tests/flows/test_clock.py"
LEASES = "tests/test_leases.py"
TASKS = "tests/test_tasks.py"
ACCOUNTS = "tests/portal/test_accounts.py"


@mutant(caught_by=f"{LETTERS}::test_a_worker_that_comes_back_late_sends_nothing")
def letters_are_finished_by_anybody() -> None:
    """A worker whose lease was over writes down what became of a letter all the same."""
    rewrite(delivery._finish, "pk=message.pk, lease=message.lease", "pk=message.pk")


@mutant(caught_by=f"{JOBS}::test_a_worker_that_comes_back_late_stops")
def jobs_are_held_without_a_token() -> None:
    """A worker goes on with a job that another one has claimed meanwhile."""
    rewrite(clock._ours, "pk=run.pk, lease=run.lease", "pk=run.pk")


@mutant(caught_by=f"{JOBS}::test_a_later_day_waits_for_the_one_before")
def days_run_out_of_order() -> None:
    """A day's job does not wait for the same job of the day before."""
    rewrite(clock.claimable, "~Exists(earlier), ", "")


@mutant(caught_by=f"{LEASES}::test_a_slow_mail_server_costs_nobody_their_letters")
def leases_are_not_renewed() -> None:
    """A worker that is slow loses what it is at."""
    replace(leases, "_renew", lambda rows, clock, done: None)


@mutant(caught_by=f"{LEASES}::test_who_stands_still_loses_the_lease")
def leases_are_renewed_for_ever() -> None:
    """Work that stands still is held for as long as the process lives."""
    rewrite(leases._renew, " and time.monotonic() < ends", "")


@mutant(caught_by=f"{LEASES}::test_a_lease_by_a_clock_that_was_ahead_holds_nothing_for_long")
def leases_of_wrong_clocks_hold() -> None:
    """A lost worker whose clock was an hour ahead holds its rows for an hour."""
    rewrite(leases.over, " | Q(leased_until__gt=latest(at))", "")


@mutant(caught_by=f"{LETTERS}::test_of_a_lost_worker_what_must_not_repeat_is_in_doubt")
def doubtful_letters_are_sent_again() -> None:
    """What a lost worker had perhaps sent is sent again, though it must not repeat."""
    rewrite(delivery.give_up_doubtful, "status=Status.UNKNOWN", "status=Status.OWED")


@mutant(caught_by=f"{LETTERS}::test_the_message_id_stays_the_same")
def a_letter_is_another_each_time() -> None:
    """The second copy of a letter has a Message-ID of its own."""
    rewrite(letters._message_id, "str(message.pk)", "str(object())")


@mutant(caught_by=f"{TASKS}::test_owing_a_letter_wakes_a_worker_after_the_commit")
def workers_are_woken_before_the_commit() -> None:
    """A worker is woken for a letter that may never be committed."""
    rewrite(
        outbox.owing, "transaction.on_commit(partial(waking.wake, at_once=is_urgent))",
        "waking.wake(at_once=is_urgent)",
    )  # fmt: skip


@mutant(caught_by=f"{ACCOUNTS}::test_who_waits_for_a_code_wakes_the_worker_each_time")
def codes_wait_like_greetings() -> None:
    """Nobody is woken for a code when somebody was woken a moment ago."""
    rewrite(waking.wake, "if is_quiet and not at_once:", "if is_quiet:")


@mutant(caught_by="tests/test_outside.py::test_no_transaction_waits_for_a_broker")
def transactions_go_outside() -> None:
    """Whoever is outside may be called inside a transaction."""
    replace(outside, "refuse_in_transaction", lambda: None)


@mutant(caught_by=f"{TASKS}::test_a_part_of_the_sweep_that_fails_keeps_no_other_waiting",
        told_by="DatabaseError")  # fmt: skip
def a_sweep_ends_at_its_first_fault() -> None:
    """What fails in a sweep keeps all that comes after it waiting."""

    def going_nowhere() -> Any:
        reached()
        return nullcontext()

    replace(sweep, "_others_go_on", going_nowhere)


@mutant(caught_by=f"{HOUSE}::test_a_code_cannot_be_read_in_its_row_before_or_after")
def codes_are_kept_in_clear() -> None:
    """Who reads the rows of the outbox signs in as anybody."""
    replace(catalog, "with_seals", lambda kind, told: dict(told))


@mutant(caught_by=f"{HOUSE}::test_a_code_cannot_be_read_in_its_row_before_or_after")
def codes_are_kept_for_ever() -> None:
    """A code stays in its row after the letter was sent."""
    replace(catalog, "without_secrets", lambda kind, told: dict(told))


@mutant(caught_by=f"{HOUSE}::test_nobody_is_written_to_without_end")
def addresses_are_written_to_without_end() -> None:
    """Anybody can have a thousand letters sent to somebody else's address."""
    rewrite(letters.Desk._refuse_too_many, ">= MOST_AN_HOUR", ">= 1_000_000")


@mutant(caught_by=f"{ACCOUNTS}::test_a_change_and_the_notice_of_it_are_one")
def changes_come_without_their_notice() -> None:
    """A password is changed in one transaction, and its owner told in another."""

    def apart(view: Any) -> Any:
        @wraps(view)
        def chosen(*given: Any, **told: Any) -> Any:
            reached()
            return view(*given, **told)

        return chosen

    for pattern in account_changes.urlpatterns:
        pattern.callback = apart(pattern.callback.__wrapped__)
