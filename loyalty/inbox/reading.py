"""What an arrival tells, read by the rules of its dialect. Nothing here writes."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from loyalty import strict_json
from loyalty.inbox import own, shopify, woocommerce
from loyalty.inbox.fields import Thing
from loyalty.inbox.models import Arrival
from loyalty.inbox.told import NotUnderstood, Told
from loyalty.strict_json import NotStrict

DEEPEST = 40  # Plugins put whatever they like into an order.

Reader = Callable[[str, Thing, str], Told]
READERS: Mapping[str, Reader] = {
    "shopify": shopify.read,
    "woocommerce": woocommerce.read,
    "own": own.read,
}


def read(arrival: Arrival) -> Told:
    endpoint = arrival.endpoint
    return READERS[endpoint.dialect](arrival.topic, body_of(arrival), endpoint.program.currency)


def body_of(arrival: Arrival) -> Thing:
    try:
        body = strict_json.read(bytes(arrival.body), deepest=DEEPEST, any_text=True)
    except NotStrict as error:
        raise NotUnderstood(_("The body is no JSON that can be read.")) from error
    if not isinstance(body, dict):
        raise NotUnderstood(_("The body is no JSON object."))
    return body
