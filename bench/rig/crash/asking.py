"""Asking for wishes over HTTP, as tills do: who gets no answer asks again, or much later."""

import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bench.rig.crash.wishes import MAY_BE_REFUSED, Wish, Wishes

PATIENCE = 20.0  # Seconds that a caller waits for an answer.
# Asked to come back: the same request is running, too many, or the database is away.
COME_BACK = {"still_running", "too_many_requests", "busy", "overloaded"}


@dataclass
class Heard:
    """What the callers of one schedule were told, and when."""

    faults: list[str] = field(default_factory=list)
    # When a write was asked for that was granted, and when its answer came.
    grants: list[tuple[float, float]] = field(default_factory=list)
    unanswered: int = 0

    def first_after(self, moment: float) -> float | None:
        """When the first write was granted that was asked for after a moment."""
        return min((told for asked, told in self.grants if asked >= moment), default=None)


class Line:
    """One caller's connection, opened again whenever it breaks."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._line: http.client.HTTPConnection | None = None

    def ask(
        self, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes] | None:
        """Status, headers and body; None if there was no whole answer."""
        try:
            if self._line is None:
                self._line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
            self._line.request("POST", path, body, headers)
            answer = self._line.getresponse()
            told = answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            return None
        if answer.headers.get("Connection") == "close":
            self.close()
        return answer.status, {name.lower(): it for name, it in answer.headers.items()}, told

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and when it was asked for."""

    asked_at: float
    status: int
    headers: dict[str, str]
    told: Any


def ask(line: Line, wish: Wish, token: str, heard: Heard) -> None:
    """Ask once. If there is an answer, keep it, or hold it against the one that was given first."""
    wish.asked += 1
    asked_at = time.monotonic()
    given = line.ask(wish.path, *wish.payload(token))
    if given is None:
        heard.unanswered += 1
        return
    status, headers, told = given
    answer = Answer(asked_at, status, headers, {} if wish.browser else _json(told))
    if wish.browser:
        _read_page(wish, answer, heard)
    elif status < 300:
        _granted(wish, answer, heard)
    else:
        _refused(wish, answer, heard)


def _refused(wish: Wish, answer: Answer, heard: Heard) -> None:
    code = answer.told.get("code", "")
    if code in COME_BACK and answer.status in (409, 429, 503):
        heard.unanswered += 1
    elif wish.is_granted:
        heard.faults.append(f"{wish.kind} {wish.name} was granted, and is {answer.status} {code}.")
    elif code in MAY_BE_REFUSED.get(wish.kind, ()):
        wish.refusal = code
    else:
        wish.refusal = code or f"status {answer.status}"
        said = f"{answer.status} {answer.told}"[:300]
        heard.faults.append(f"{wish.kind} {wish.name} was answered {said}")


def _granted(wish: Wish, answer: Answer, heard: Heard) -> None:
    heard.grants.append((answer.asked_at, time.monotonic()))
    if not wish.is_granted:
        wish.status, wish.answer = answer.status, answer.told
        if wish.then:
            wish.then(answer.told)
        if wish.kind == "batch" and any(it["status"] == "refused" for it in answer.told["items"]):
            heard.faults.append(f"batch {wish.name} refused some: {answer.told['items']}")
        return
    before, now = (wish.status, wish.answer), (answer.status, answer.told)
    if not wish.is_keyed:  # It is told by another word and status: "earned" first, then "repeated".
        before, now = _gist(wish.answer), _gist(answer.told)
    elif answer.headers.get("idempotency-replayed") != "true":
        heard.faults.append(f"{wish.kind} {wish.name} was done anew, and not answered again.")
    if before != now:
        heard.faults.append(f"{wish.kind} {wish.name} was answered {before}, and now {now}.")


def _gist(answer: Any) -> Any:
    """What a telling gave."""
    if "items" in answer:
        return [_gist(item) for item in answer["items"]]
    return answer["id"], sorted((it["id"], it["points"]) for it in answer["entries"])


def _read_page(wish: Wish, answer: Answer, heard: Heard) -> None:
    """A form that was taken leads on; one that was refused comes again, with a sentence."""
    place = answer.headers.get("location", "")
    if answer.status in (302, 303) and "/accounts/" not in place:
        heard.grants.append((answer.asked_at, time.monotonic()))
        if wish.is_granted and wish.answer != place:
            heard.faults.append(f"{wish.kind} {wish.name} led to {wish.answer}, now to {place}.")
        wish.status, wish.answer = answer.status, place
    elif answer.status == 409 and not wish.is_granted:
        wish.refusal = "insufficient_points"
    elif answer.status in (429, 503):
        heard.unanswered += 1
    else:
        wish.refusal = wish.refusal or f"status {answer.status}"
        heard.faults.append(f"{wish.kind} {wish.name} was answered {answer.status} {place}")


def _json(told: bytes) -> Any:
    try:
        return json.loads(told)
    except ValueError:
        return {}


class Callers:
    """So many callers at once, each with one thing to ask for at a time."""

    def __init__(self, port: int, wishes: Wishes, heard: Heard, *, count: int, seed: str) -> None:
        self.wishes, self.heard = wishes, heard
        self._port = port
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._call, args=[Random(f"{seed}/{place}")], daemon=True)
            for place in range(count)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _call(self, random: Random) -> None:
        line = Line(self._port)
        while not self._is_over.is_set():
            with self._lock:
                wish = self.wishes.next()
            ask(line, wish, self.wishes.shop.token, self.heard)
            while not wish.is_settled and not self._is_over.wait(0.1):
                if random.random() < 0.2:
                    break  # Left for later: the member has gone, and comes back.
                ask(line, wish, self.wishes.shop.token, self.heard)
        line.close()


def settle(port: int, wishes: Wishes, heard: Heard, *, seconds: float) -> list[Wish]:
    """Ask again for whatever was not answered, until all is; return what is open still."""
    line, ends = Line(port), time.monotonic() + seconds
    while waiting := [wish for wish in wishes.all if not wish.is_settled]:
        for wish in waiting:
            ask(line, wish, wishes.shop.token, heard)
        if time.monotonic() > ends:
            break
        if any(not wish.is_settled for wish in waiting):
            time.sleep(0.1)
    line.close()
    return [wish for wish in wishes.all if not wish.is_settled]


def ask_again(port: int, wishes: Wishes, heard: Heard, some: list[Wish]) -> None:
    """Ask for what was granted once more: nothing may come of it but the same answer."""
    line = Line(port)
    for wish in some:
        ask(line, wish, wishes.shop.token, heard)
    line.close()
