"""One contest of each kind, for the tests that go round all pages."""

from datetime import timedelta

from campaigns.contests.models import Contest, ContestEntry, EntryPicture
from loyalty.flows import contest_boards, contest_entries, contests
from loyalty.merchants.models import Program, Staff
from members.models import Member
from tests.makers import NOON

DAY = timedelta(days=1)


def make_contests(program: Program, owner: Staff, member: Member, other: Member) -> dict[str, str]:
    """Public ids by name. ``other`` has an entry to vote for, and ``member`` one with the jury."""
    made = {
        name: _plan(program, owner, name, measure)
        for name, measure in {
            "contest": "spend", "draft_contest": "visits", "archived_contest": "points",
            "poll": "votes", "jury": "marks", "drawing": "draw", "final_contest": "visits",
        }.items()
    }  # fmt: skip
    for name in ("contest", "poll", "jury", "drawing"):
        contests.promise(made[name], by=owner, now=NOON)
    contests.archive(made["archived_contest"], by=owner, now=NOON)
    contests.promise(made["final_contest"], by=owner, now=NOON - 9 * DAY)
    Contest.objects.filter(pk=made["final_contest"].pk).update(
        starts_at=NOON - 9 * DAY, ends_at=NOON - 2 * DAY, freezes_at=NOON - DAY
    )
    found = {name: Contest.objects.get(pk=it.pk) for name, it in made.items()}
    contest_boards.freeze(found["final_contest"], now=NOON)
    entries = {
        "contest_entry": _enter(found["poll"], other),
        "jury_entry": _enter(found["jury"], member),
    }
    EntryPicture.objects.create(entry=entries["contest_entry"], body=b"\xff\xd8\xff")
    contests.set_picture(found["contest"], "en", b"\xff\xd8\xff", by=owner, now=NOON)
    contests.set_picture(found["contest"], "th", b"\xff\xd8\xff", by=owner, now=NOON)
    ids = {name: it.public_id for name, it in (found | entries).items()}
    return ids | {"language": "en"}


def _plan(program: Program, owner: Staff, name: str, measure: str) -> Contest:
    return contests.save(
        program, None, by=owner, now=NOON, name={"en": f"{name} of {program.slug}"},
        measure=measure, wallet="points" if measure == "points" else None,
        time_zone="Asia/Bangkok", starts_at=NOON - DAY, ends_at=NOON + DAY,
        freezes_at=NOON + 2 * DAY, prizes=[{"first": 1, "last": 1, "gives": [
            {"kind": "points", "wallet": "points", "points": 10}
        ]}],
    )  # fmt: skip


def _enter(contest: Contest, member: Member) -> ContestEntry:
    entry = contest_entries.enter(
        contest, member, now=NOON, link="https://example.org/me", words=f"Words of {member.pk}"
    )
    ContestEntry.objects.filter(pk=entry.pk).update(state="approved")
    return entry
