"""Mutants of what is done once: requests, joining, points by hand, jobs, letters, strict JSON."""

from bench.rig.breaking import replace, rewrite, without_constraint
from bench.rig.mutants import mutant
from bench.rig.mutants.ledger import RACE
from loyalty import strict_json
from loyalty.flows import adjust, clock
from loyalty.merchants import keys, requests
from loyalty.messaging import delivery, outbox
from loyalty.messaging.models import Message
from members.models import Member

KEYS = "tests/api/test_idempotency.py"
LETTERS = "tests/messaging/test_delivery.py"
JSON = "tests/api/test_parsing.py"


@mutant(caught_by=f"{KEYS}::test_another_route_and_another_program_have_keys_of_their_own")
def keys_are_for_all_programs() -> None:
    """A key finds the answer that another program was given: a filter replaces the scope."""
    rewrite(requests.once, "filter(program=program_id, route=route, key=key)",
            "filter(route=route, key=key)")  # fmt: skip


@mutant(caught_by=f"{RACE}[same_idempotency_key]", on="postgresql")
def nobody_takes_turns() -> None:
    """Two requests with one key run at the same moment."""
    replace(requests, "_take_turn", lambda _name: None)


@mutant(caught_by=f"{RACE}[revoked_key]")
def revoked_keys_work() -> None:
    """A key that was revoked is a key like any other."""
    replace(keys, "_FIND", keys._FIND.replace("AND apikey.revoked_at IS NULL", ""))
    rewrite(keys._rows, "except OperationalError", "except OperationalError")


@mutant(caught_by=f"{RACE}[joining_by_email]")
def people_join_twice() -> None:
    """The database lets an e-mail address join a program twice."""
    without_constraint(Member, "email_joins_once")


@mutant(caught_by=f"{RACE}[adjustment_limit]", on="postgresql")
def monthly_limits_are_read_before_the_lock() -> None:
    """What somebody may still give this month is read without waiting for their other gifts."""
    rewrite(adjust._within_limit, "type(by).objects.select_for_update(no_key=True).get(pk=by.pk)",
            "pass")  # fmt: skip


@mutant(caught_by=f"{RACE}[adjustment_limit]")
def monthly_limits_do_not_hold() -> None:
    """Who may give so many points a month may give any number."""
    rewrite(adjust._within_limit, "abs(points) > left", "False")


@mutant(
    caught_by="tests/flows/test_clocks_at_once.py::test_one_row_is_claimed_by_one_clock",
    on="postgresql",
)
def jobs_are_claimed_by_all() -> None:
    """A job is claimed by its number alone: whoever reads it as free has it."""
    rewrite(clock.claim, "leases.free(now), pk=run.pk, finished_at=None", "pk=run.pk")


@mutant(caught_by=f"{RACE}[letters_of_many_workers]", on="postgresql")
def letters_are_claimed_by_all() -> None:
    """A letter is claimed without looking whether another worker has it."""
    sql = delivery._CLAIM.replace("leased_until IS NULL OR", "true OR")
    replace(delivery, "_CLAIM", sql)
    rewrite(delivery.claim, "FOR UPDATE SKIP LOCKED", "")


@mutant(caught_by=f"{LETTERS}::test_a_cause_owes_one_letter", told_by="MultipleObjectsReturned")
def causes_owe_many_letters() -> None:
    """A cause that is told again owes a second letter."""
    without_constraint(Message, "letter_is_owed_once")
    replace(outbox, "_INSERT", outbox._INSERT.partition("ON CONFLICT")[0])


@mutant(caught_by=JSON)
def keys_may_come_twice() -> None:
    """A body may name one key twice, and the last one counts."""
    rewrite(strict_json._object, "len(found) != len(pairs)", "False")


@mutant(caught_by=JSON)
def bodies_may_be_deep() -> None:
    """A body may be nested as deep as it likes."""
    rewrite(strict_json.read, "_depth(value, deepest) > deepest", "False")


@mutant(caught_by=JSON)
def nan_is_a_number() -> None:
    """NaN and Infinity are taken for numbers."""
    rewrite(strict_json._constant, '_fail("not_a_number")', "return 0")
