"""What an answer must be, by the table of addresses alone."""

import re
from collections.abc import Iterator

from loyalty.admission import Admission, Audience
from loyalty.merchants.access import PERMISSIONS
from loyalty.routes import Route
from tests.walk import canary
from tests.walk.asking import KINDS_OF_PAGE, things_in
from tests.walk.people import Walker
from tests.walk.world import Answer

TO_SIGN_IN = "/accounts/login/"
# What anybody may do in any program: it is no trespass.
OPEN_ACTS = {"portal:join", "dashboard:start", "portal:codes", "portal:contest_vote"}
# What names nobody, or answers for each of its items.
ANSWERS_EACH = {
    "api:v1:members", "api:v1:purchase_batch", "api:v1:refund_batch", "api:v1:activity_batch",
    "api:v1:program_file",
}  # fmt: skip
# What is gone is gone: a second click is told the same, and so is a stranger.
TWICE_IS_ONCE = {"dashboard:team_revoke"}
# Says that something is wrong with the installation.
MAY_BE_UNWELL = {"readyz"}


def faults(route: Route, method: str, walker: Walker, place: str, answer: Answer) -> Iterator[str]:
    """What is wrong with the answer to somebody who asked for what is not theirs."""
    admission = route.admission
    assert admission is not None
    if answer.status >= 500 and route.name not in MAY_BE_UNWELL:
        yield f"answered {answer.status}"
    if found := _words(admission, walker).search(answer.everything):
        yield f"told {found[0].decode()}: …{_around(answer.everything, found.start())}…"
    if answer.trespasses and route.name not in OPEN_ACTS:
        yield "; ".join(answer.trespasses)
    wanted = statuses(route, method, walker, place)
    if method == "HEAD" and wanted:
        wanted = (*wanted, 405)  # A page with a form may not care to answer it.
    if wanted and answer.status not in wanted:
        yield f"answered {answer.status}, not {' or '.join(map(str, wanted))}"
    if (
        admission.audience == Audience.STAFF
        and not walker.is_signed_in
        and not answer.location.startswith(TO_SIGN_IN)
        and admission.takes(method)
    ):
        yield f"sent to {answer.location}, and not to sign in"


def statuses(route: Route, method: str, walker: Walker, place: str) -> tuple[int, ...]:
    """The answers that the table allows; none: any that gives nothing away."""
    admission = route.admission
    assert admission is not None
    if route.address.startswith("api/v1/"):
        return _of_the_api(route, method, walker)
    if not admission.takes(method):
        return (405,)
    if admission.audience == Audience.MACHINES:
        return (401,)  # A key of ours is no signature of theirs.
    if admission.audience != Audience.ANYBODY and not walker.is_signed_in:
        return (302,)
    allowed = {
        Audience.STAFF: _of_the_dashboard,
        Audience.MEMBERS: _of_the_portal,
        Audience.INSTALLATION: lambda *_asked: (403,),
    }
    judge = allowed.get(admission.audience)
    return judge(route, method, walker, place) if judge else ()


def _of_the_dashboard(route: Route, method: str, walker: Walker, place: str) -> tuple[int, ...]:
    assert route.admission is not None
    if not walker.role or place != "theirs in ours":
        return (404,)
    if walker.role not in PERMISSIONS[route.admission.asked(method)]:
        return (403,)
    if route.name in TWICE_IS_ONCE:
        return (302,)
    return (404,) if names_a_row(route) else ()


def _of_the_portal(route: Route, _method: str, walker: Walker, place: str) -> tuple[int, ...]:
    if walker.is_neighbour and place != "theirs in ours":
        return (404,) if "redemption" in things_in(route) else ()
    if not walker.is_member or place != "theirs in ours":
        return (302, 404)
    return (404,) if names_a_row(route) else ()


def _of_the_api(route: Route, method: str, walker: Walker) -> tuple[int, ...]:
    admission = route.admission
    assert admission is not None
    if route.name == "api:v1:nothing":
        return (404,)
    if not walker.scopes:
        return (401,)
    if not admission.takes(method):
        return (405,)
    if admission.asked(method) not in walker.scopes:
        return (403,)
    if names_a_row(route):
        return (404,)
    names_none = method in ("GET", "HEAD") or route.name in ANSWERS_EACH
    return () if names_none else (400, 404, 409, 422)


def names_a_row(route: Route) -> bool:
    """Whether the address itself names something that belongs to somebody."""
    return bool(things_in(route) - KINDS_OF_PAGE)


def _words(admission: Admission, walker: Walker) -> re.Pattern[bytes]:
    """A program tells its name and its rewards to anybody, so that people can join."""
    of_one_program = (Audience.STAFF, Audience.MACHINES, Audience.MEMBERS)
    if admission.audience in of_one_program and not walker.is_neighbour:
        return canary.CANARIES
    return canary.SECRETS


def _around(text: bytes, at: int) -> str:
    return text[max(0, at - 60) : at + 40].decode(errors="replace").replace("\n", " ")
