"""A mail server of loopback that takes every letter, slowly, and remembers which ones it got."""

import asyncio
import email
import random
import threading
from collections import defaultdict
from dataclasses import dataclass
from email import policy


@dataclass(frozen=True, slots=True)
class Received:
    """One time that a letter came."""

    message_id: str
    to: str
    body: bytes


class Inbox:
    """Serves SMTP in a thread of its own. It dawdles, so that who sends can be killed meanwhile."""

    def __init__(self, *, seed: str, slowness: float = 0.02) -> None:
        self.port = 0
        self.at_work = threading.Event()  # Set as soon as somebody begins to hand in a letter.
        self._letters: dict[str, list[Received]] = defaultdict(list)
        self._random = random.Random(seed)
        self._slowness = slowness
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="inbox", daemon=True)

    def start(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def times(self, message_id: str) -> int:
        """How often a letter came."""
        return len(self._letters.get(message_id, ()))

    def message_ids(self) -> set[str]:
        return set(self._letters)

    async def _listen(self) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # Whoever was sending is dead: what was not handed in whole did not come.
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to = ""
        writer.write(b"220 inbox\r\n")
        while line := await reader.readline():
            verb, _space, rest = line.decode("latin-1").strip().partition(" ")
            verb = verb.upper()
            if verb == "DATA":
                await self._take(reader, writer, to)
                continue
            if verb == "RCPT":
                to = rest.partition(":")[2].strip().strip("<>")
            writer.write(b"221 bye\r\n" if verb == "QUIT" else b"250 ok\r\n")
            if verb == "QUIT":
                return

    async def _take(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, to: str
    ) -> None:
        self.at_work.set()
        await self._dawdle()
        writer.write(b"354 go on\r\n")
        body = await reader.readuntil(b"\r\n.\r\n")
        await self._dawdle()
        headers = email.message_from_bytes(body, policy=policy.default)
        message_id = str(headers["Message-ID"]).strip()
        self._letters[message_id].append(Received(message_id, to, body))
        await self._dawdle()
        writer.write(b"250 taken\r\n")
        await writer.drain()

    async def _dawdle(self) -> None:
        await asyncio.sleep(self._random.uniform(0, self._slowness))
