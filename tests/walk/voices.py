"""Surveys, calls and what members handed in: one of each kind, for both businesses."""

from campaigns.contributions.models import Call
from loyalty.flows import answering, calls, contributions, deciding, surveys
from loyalty.flows.contributions import Handed
from loyalty.merchants.models import Program, Staff
from loyalty.pictures import taking
from loyalty.pictures.taking import Drawn
from members.models import Member
from tests.makers import NOON

POINTS = {"kind": "points", "wallet": "points", "points": 5}
WHY = {"key": "q1", "kind": "long", "words": {"en": "Why you?"}, "required": True}


def promises(program: Program, owner: Staff) -> dict[str, str]:
    """A survey that can be answered, an open call, and one of each that was put away."""
    facts = {"by": owner, "now": NOON}
    ids = {}
    for name in ("survey", "archived_survey"):
        made = surveys.save(
            program,
            None,
            name={"en": name},
            questions=[{"key": "q1", "kind": "nps"}],
            prizes=[POINTS],
            **facts,
        )
        surveys.become(made, "live", **facts)
        ids[name] = made.public_id
    surveys.archive(made, **facts)
    for name in ("call", "archived_call"):
        call = calls.save(
            program, None, name={"en": name}, questions=[WHY], is_repeatable=True,
            most_pictures=2, prizes=[POINTS], **facts,
        )  # fmt: skip
        calls.switch(call, is_open=True, **facts)
        ids[name] = call.public_id
    calls.archive(call, **facts)
    return ids


def history(program: Program, member: Member, owner: Staff) -> dict[str, str]:
    """An answer, something that waits, and something that was decided on."""
    survey = program.surveys.live().get()
    done = answering.answer(member, survey, {"q1": 10}, now=NOON)
    call = Call.objects.open(NOON).get(program=program)
    waiting, decided = (
        contributions.submit(
            member, call, Handed(answers={"q1": f"Let me of the {program.slug}"}), now=NOON
        )
        for _each in range(2)
    )
    deciding.approve(decided, by=owner, now=NOON)
    picture = taking.keep(
        Drawn(b"", 1, 1), program=program, account=member.account, cause=waiting.cause, now=NOON
    )
    link = answering.link_to(done.asking, program)
    return {
        "asking": link.rstrip("/").rpartition("/")[2], "contribution": waiting.public_id,
        "decided": decided.public_id, "picture": picture.public_id,
    }  # fmt: skip
