"""Mutants of what comes in: signatures, events, keys, JSON, and what stays after a refusal.

One promise here has no mutant: that signatures are compared in constant time. `==` gives the same
answers, and its nanoseconds drown in those of a request; a reader has to see it.
"""

import json

from bench.rig.breaking import replace, rewrite
from bench.rig.mutants import mutant
from loyalty import strict_json
from loyalty.api import door, fields
from loyalty.dashboard.fields import OnceForm
from loyalty.flows import arrivals
from loyalty.inbox import fields as inbox_fields
from loyalty.inbox import queue, receiving, shopify, signatures
from loyalty.merchants import requests
from loyalty.portal.forms import KeyedForm
from loyalty.public_ids import new_public_id
from loyalty.purchases import returning

RECEIVING = "tests/inbox/test_receiving.py"
ARRIVALS = "tests/inbox/test_arrivals.py"
WRITES = "tests/api/test_every_write.py"
FORMS = "tests/test_every_form.py"


# --- Web shops -----------------------------------------------------------------------------------


@mutant(caught_by=f"{RECEIVING}::test_a_signature_of_another_body_keeps_nothing")
def signatures_are_not_compared() -> None:
    """Whatever stands in the header of the signature, the event is kept."""
    rewrite(signatures.is_signed, "return any(fits)", "return True")


@mutant(caught_by="bad_input:hooks")
def a_signature_is_enough_to_be_there() -> None:
    """The same, and the rig that sends bad input must see it by itself."""
    rewrite(signatures.is_signed, "return any(fits)", "return True")


@mutant(caught_by=f"{RECEIVING}::test_the_same_event_twice_is_one_row")
def events_are_kept_each_time() -> None:
    """An event that comes again is another event."""
    replace(signatures, "event_id_of", lambda _endpoint, _headers, _raw: new_public_id())


@mutant(caught_by=f"{RECEIVING}::test_two_orders_of_one_second_are_two_events_of_woocommerce")
def delivery_ids_are_believed() -> None:
    """Two orders that WooCommerce tells of in one second are taken for one."""
    rewrite(signatures.event_id_of, "if told and not dialect.id_repeats", "if told")


@mutant(caught_by=f"{RECEIVING}::test_a_new_secret_leaves_the_old_one_a_day")
def old_secrets_are_good_for_ever() -> None:
    """The secret before the last is taken after its day."""
    rewrite(signatures._secrets, " and at < endpoint.old_secret_until", "")


@mutant(caught_by=f"{ARRIVALS}::test_an_older_state_changes_nothing")
def the_last_event_wins() -> None:
    """An order's state is what was told last, not what is newest."""
    rewrite(arrivals._take_order, "told.told_at < known.told_at", "False")


@mutant(caught_by=f"{ARRIVALS}::test_a_refund_before_its_order_waits_for_it")
def early_refunds_are_dropped() -> None:
    """A refund that comes before its order is given up at once."""
    replace(queue, "WAITS", [])
    rewrite(queue.put_off, "arrival.attempts >= MOST_ATTEMPTS", "True")


@mutant(caught_by=f"{ARRIVALS}::test_what_a_slow_worker_did_does_not_stand")
def arrivals_are_settled_without_their_token() -> None:
    """A worker whose lease is over finishes what another one has."""
    rewrite(queue._update, "lease=arrival.lease, ", "")


@mutant(caught_by=f"{ARRIVALS}::test_an_order_counts_when_it_is_paid_whole")
def partly_paid_is_paid() -> None:
    """An order earns before all of its money is there."""
    replace(shopify, "PAID", shopify.PAID | {"partially_paid"})
    rewrite(shopify.order, "is_paid=status in PAID", "is_paid=status in PAID")


@mutant(caught_by=f"{ARRIVALS}::test_what_is_not_taken_says_why")
def currencies_are_all_alike() -> None:
    """An order in another currency is counted as if it were in the program's."""
    rewrite(inbox_fields.must_be_in, "told and told != currency", "False")


@mutant(caught_by=f"{RECEIVING}::test_what_waits_is_never_forgotten")
def what_waits_is_forgotten() -> None:
    """What a shop told is thrown away after a month although nobody took it."""
    rewrite(receiving.forget, "Arrival.objects.exclude(settled_at=None)", "Arrival.objects.all()",
            "settled_at__lt=now - BODY_KEPT", "arrived_at__lt=now - BODY_KEPT")  # fmt: skip


@mutant(caught_by="bad_input:hooks")
def shops_may_send_any_number() -> None:
    """A number in a shop's body is believed to be one."""
    rewrite(inbox_fields._decimal, "not _NUMBER.fullmatch(told.strip())", "False")


# --- Keys ----------------------------------------------------------------------------------------


@mutant(caught_by=f"{FORMS}::test_a_form_that_is_sent_twice_moves_points_once")
def forms_ignore_their_key() -> None:
    """Each time that a form is sent it has a new key, whatever stands in it."""
    for key in (OnceForm.base_fields["once"], KeyedForm.base_fields["key"]):
        replace(key, "clean", lambda _typed: new_public_id())


@mutant(caught_by=f"{WRITES}::test_it_is_done_once_under_a_key")
def answers_are_not_kept() -> None:
    """The answer to a keyed request is forgotten at once, and a retry does it again."""
    replace(requests, "_keep", lambda _row: None)


@mutant(caught_by=f"{WRITES}::test_its_key_with_another_body_is_refused")
def keys_fit_any_body() -> None:
    """A key that comes with another body gets the first answer."""
    rewrite(requests.once, "kept.body_hash != body_hash", "False")


@mutant(caught_by=f"{WRITES}::test_what_was_rolled_back_leaves_no_key")
def answers_are_kept_apart_from_their_effect() -> None:
    """A keyed request acts in one transaction, and keeps its answer in another."""
    rewrite(requests.once, "with transaction.atomic():", "if True:")


# --- Bad input -----------------------------------------------------------------------------------


@mutant(caught_by="bad_input:bodies")
def json_is_read_leniently() -> None:
    """The JSON parser is the stock one: NaN, keys twice, half surrogates, any depth."""
    replace(strict_json, "read", lambda raw, **_more: json.loads(raw))


@mutant(caught_by="tests/api/test_parsing.py::test_what_is_no_body_is_refused")
def broken_texts_are_let_in() -> None:
    """Nobody looks for half surrogates and NULs in a body."""
    rewrite(strict_json.read, "not any_text and _ESCAPE in raw", "False")
    replace(fields, "_CONTROL", fields.re.compile("(?!)"))


@mutant(caught_by="bad_input:fields")
def refused_refunds_stay() -> None:
    """A refund that is refused stays written down."""
    replace(returning, "take_out", lambda _refused: None)


@mutant(caught_by=f"{WRITES}::test_a_key_that_is_no_key_is_refused")
def any_text_is_a_key() -> None:
    """An Idempotency-Key may be as long as it likes."""
    rewrite(door._keyed, "<= LONGEST_KEY and key.isascii() and key.isprintable()", "")
