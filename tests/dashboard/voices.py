"""A survey, a call, and what a member handed in for it, for the pages that show them."""

from loyalty.flows import contributions, deciding
from loyalty.flows.contributions import Handed
from loyalty.merchants.models import Program, Staff
from loyalty.pictures import taking
from loyalty.pictures.taking import Drawn
from tests.makers import NOON, make_member
from tests.walk import voices

SURVEY_PAGES = (
    "survey", "survey_edit", "survey_csv", "survey_state", "survey_archive", "survey_restore",
)  # fmt: skip
CALL_PAGES = ("call", "call_switch", "call_archive", "call_restore")
CONTRIBUTION_PAGES = (
    "contribution", "contribution_approve", "contribution_reject",
)  # fmt: skip


def make_voices(program: Program, owner: Staff) -> dict[str, dict[str, str]]:
    """For each page by its name: what fills its address."""
    ids = voices.promises(program, owner)
    member = make_member(program, "voice@example.org", name="Vera Voice")
    call = program.calls.get(public_id=ids["call"])
    made, decided = (
        contributions.submit(member, call, Handed(answers={"q1": "Let me"}), now=NOON)
        for _each in range(2)
    )
    deciding.approve(decided, by=owner, now=NOON)
    picture = taking.keep(
        Drawn(b"", 1, 1), program=program, account=member.account, cause=made.cause, now=NOON
    )
    found = {
        **dict.fromkeys(SURVEY_PAGES, ids["survey"]),
        **dict.fromkeys(CALL_PAGES, ids["call"]),
        **dict.fromkeys(CONTRIBUTION_PAGES, made.public_id),
        "contribution_undo": decided.public_id,
        "picture": picture.public_id,
    }
    return {
        page: {"slug": program.slug, "public_id": public_id} for page, public_id in found.items()
    }
