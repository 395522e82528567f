"""Every address × method × person, with the bakery's ids in path, query, body and headers.

Nothing of the bakery may be told or touched, and each answer is what the table of addresses says.
The same requests with the café's own ids work: else the walk would prove nothing.
"""

import os
from collections.abc import Iterator
from zlib import crc32

import pytest

from loyalty.admission import Audience
from loyalty.routes import Route, routes
from tests.walk.asking import (
    BODIES,
    CURIOUS,
    PARAMETERS,
    QUERIES,
    filled,
    path_of,
    swapped,
    things_in,
)  # fmt: skip
from tests.walk.judging import faults
from tests.walk.people import Walker
from tests.walk.world import KEY, Answer, World

pytestmark = pytest.mark.django_db
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OURS = "ours in theirs"
# GETs that lead to another page by what they are.
SENDS_ON = {"dashboard:enter", "dashboard:programs"}
# Pages that show once what the act has made.
SHOWS_WHAT_WAS_DONE = {
    "dashboard:key_new",
    "dashboard:member_data", "dashboard:hook_new", "dashboard:segment_upload",
    "dashboard:reward_codes", "unsubscribe",
}  # fmt: skip
# What the API writes down in a place of its own, under the reference that its caller gave.
RECORDS_THEMSELVES = {
    "api:v1:purchases", "api:v1:purchase_batch", "api:v1:refunds", "api:v1:refund_batch",
    "api:v1:activities", "api:v1:activity_batch", "api:v1:survey_answers",
    "api:v1:contributions", "api:v1:codes", "api:v1:contest_entries", "api:v1:member_days",
    "api:v1:member_days_give_up", "api:v1:member_segments",
}  # fmt: skip
# There is nothing, and it says so; there is no worker, and it says so.
SAYS_NO = {"api:v1:nothing", "readyz"}
# Requests that cannot work here: half-way through signing in, or without a real second factor.
MOST_BARREN = 44
# Without WALK=whole or =third, one trespass of so many is tried, spread over doors and people.
ONE_OF = {"whole": 1, "third": 3}.get(os.environ.get("WALK", ""), 6)


def part_of(route: Route) -> str:
    """Addresses that begin alike are walked together: "dashboard-members", "api", "p"."""
    words = [word for word in route.address.split("/") if word and "<" not in word]
    return "-".join(words[: 2 if words[:1] == ["dashboard"] else 1]) or "start"


def of_part(begins: str) -> list[Route]:
    return [route for route in routes() if part_of(route).startswith(begins)]


PARTS = sorted({part_of(route) for route in routes()})


# --- Strangers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", PARTS)
def test_nobody_gets_at_what_is_not_theirs(part, world) -> None:
    walked, found = 0, []
    for route in routes():
        if part_of(route) != part:
            continue
        for walker, method, place in journeys(route, world):
            if crc32(f"{route.name} {walker.name} {method} {place}".encode()) % ONE_OF:
                continue
            answer = trespass(world, route, walker, method, place)
            walked += 1
            found += [
                f"{walker.name}: {method} /{route.address} ({place}): {fault}"
                for fault in faults(route, method, walker, place, answer)
            ]
    print(f"{part}: {walked} requests")
    assert not found, "\n".join([f"{len(found)} faults:", *found[:40]])


def journeys(route: Route, world: World) -> Iterator[tuple[Walker, str, str]]:
    """Who asks, how, and whose things where."""
    admission = route.admission
    assert admission is not None
    walkers = world.machines if admission.audience == Audience.MACHINES else world.people
    places = ["theirs in ours"]
    if "slug" in things_in(route):
        places += ["theirs in theirs", OURS]
    for walker in walkers:
        for method in METHODS:
            for place in places:
                # What is not taken is refused before anything of the address is read, and HEAD
                # goes where GET goes. Who has nothing of their own cannot bring it along.
                is_walked = method in admission.asks and (walker.has_own or place != OURS)
                if is_walked or place == places[0]:
                    yield walker, method, place


def trespass(world: World, route: Route, walker: Walker, method: str, place: str) -> Answer:
    theirs, ours = world.bakery.ids, world.cafe.ids
    things, _in, program = place.split()
    address = path_of(
        route,
        theirs if things == "theirs" else ours,
        slug=(theirs if program == "theirs" else ours)["slug"],
    )
    told = filled(CURIOUS if not address.startswith("/api/") else {}, theirs)
    told |= swapped(world.form(route), ours, theirs)
    told |= filled(BODIES.get(route.name, {}), theirs)
    asked = QUERIES.get(route.name, {}) if address.startswith("/api/") else CURIOUS
    query = filled(asked, theirs)
    headers = {"Idempotency-Key": KEY, "X-Program": theirs["slug"], "Referer": "/dashboard/bakery/"}
    return world.ask(walker, method, address, told, headers=headers, query=query)


# --- Controls -------------------------------------------------------------------------------------


def test_the_same_requests_work_with_ones_own_things(world) -> None:
    """Counted, so that the walk cannot quietly turn into one past closed doors."""
    asked, barren = 0, []
    for route in routes():
        assert route.admission is not None
        for method in () if route.name in SAYS_NO else route.admission.asks:
            answer = own(world, route, method)
            asked += 1
            if not has_worked(route, method, answer):
                barren.append(f"{method} {route.name}: {answer.status} {answer.location}")
    print(f"{asked - len(barren)} of {asked} requests work")
    assert len(barren) <= MOST_BARREN, "\n".join(barren)


def test_each_change_by_staff_is_in_the_trail(world) -> None:
    silent = []
    for route in of_part("dashboard"):
        admission = route.admission
        assert admission is not None
        if admission.audience != Audience.STAFF:
            continue
        for method in admission.writing:
            answer = own(world, route, method)
            if not has_worked(route, method, answer) or not answer.lines_in_trail:
                silent.append(f"{route.name}: {answer.status}, {answer.lines_in_trail} lines")
    assert not silent, "\n".join(silent)


def test_each_change_by_a_machine_is_in_the_trail_or_in_the_books(world) -> None:
    """What a till tells is a record of its own; what it decides for people is in the trail."""
    silent = set()
    for route in of_part("api"):
        admission = route.admission
        assert admission is not None
        for method in admission.writing:
            answer = own(world, route, method)
            if has_worked(route, method, answer) and not answer.lines_in_trail:
                silent.add(route.name)
    assert silent == RECORDS_THEMSELVES


def own(world: World, route: Route, method: str) -> Answer:
    """A request as somebody of the café makes it, about what is the café's."""
    ids = world.cafe.ids
    told = world.form(route) | filled(BODIES.get(route.name, {}), ids)
    walker, address = world.works_for(route), path_of(route, ids)
    query = filled(PARAMETERS.get(route.name, {}), ids)
    own_key = {"Idempotency-Key": "own"}
    return world.ask(walker, method, address, told, headers=own_key, query=query)


def has_worked(route: Route, method: str, answer: Answer) -> bool:
    """A page that is shown again with what is wrong has not; 302 is where a page goes on."""
    if method == "GET":
        return answer.status == 200 or (answer.status == 302 and route.name in SENDS_ON)
    if route.admission and (route.admission.only_asks or route.name in SHOWS_WHAT_WAS_DONE):
        return answer.status in (200, 302)
    return answer.status in ((200, 201) if route.name.startswith("api:") else (302,))
