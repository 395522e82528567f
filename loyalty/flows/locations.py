"""The shops of a merchant, by the codes that their tills send."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.flows.settings import bump
from loyalty.merchants import trail
from loyalty.merchants.models import Location, Merchant, Program
from loyalty.merchants.trail import By
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal


class LocationCodeTaken(Refusal):
    code = "location_code_taken"


@transaction.atomic
def save_location(
    program: Program,
    location: Location | None,
    *,
    code: str,
    name: dict[str, str],
    by: By,
    now: datetime,
    public_id: str = "",
) -> Location:
    """Write a shop down, or change its code or name. A second click finds the first one's."""
    _one_at_a_time(program.merchant)
    ours = program.merchant.locations
    if location is None and public_id:
        location = ours.filter(public_id=public_id).first()
    before = _facts(location) if location else {}
    location = location or Location(
        merchant=program.merchant, public_id=public_id or new_public_id()
    )
    if ours.filter(code=code).exclude(pk=location.pk).exists():
        sentence = _("Another shop has the code “%(code)s” already.") % {"code": code}
        raise LocationCodeTaken(sentence, field="code")
    location.code, location.name = code, name
    after = _facts(location)
    if after == before:
        return location
    location.save()
    for each in program.merchant.programs.order_by("pk"):
        bump(each)  # Rules name shops by their codes.
    trail.record(
        "location.change" if before else "location.make", f"location:{location.public_id}",
        program=program, now=now, by=by, before=before, after=after,
    )  # fmt: skip
    return location


def _one_at_a_time(merchant: Merchant) -> None:
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)


def _facts(location: Location) -> dict[str, Any]:
    return {"code": location.code, "name": dict(location.name)}
