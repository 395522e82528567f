"""Bad files for the import of sales: read to the end, or refused in a sentence."""

import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.utils import timezone

from bench.rig.bad_input import evil
from bench.rig.bad_input.case import Case
from bench.rig.bad_input.world import World
from loyalty.flows import importing
from loyalty.purchases.mapping import Mapping
from loyalty.refusal import Refusal


class Answered:
    """What came of an import, in the words of an answer."""

    status_code = 200


def files(world: World, chance: random.Random) -> Iterator[Case]:
    plain = [raw for raw in evil.FILES if len(raw) < 1_000_000]
    large = [raw for raw in evil.FILES if len(raw) >= 1_000_000]
    folder = Path(tempfile.mkdtemp(prefix="taem-bad-input-"))
    yield from (_case(world, folder, raw, Mapping()) for raw in [*large, *plain])
    while True:
        mapping = replace(Mapping(), negative_is_refund=chance.random() < 0.5)
        raw = chance.choice(plain)
        for _time in range(chance.randrange(3)):
            raw = evil.torn(raw, chance)
        yield _case(world, folder, raw, mapping)


def _case(world: World, folder: Path, raw: bytes, mapping: Mapping) -> Case:
    def send() -> Any:
        path = folder / "sales.csv"
        path.write_bytes(raw)
        try:
            importing.import_file(world.program, path, mapping, now=timezone.now())
        except Refusal:
            pass  # Said in a sentence; anything else is a mistake of ours.
        finally:
            path.unlink()
        return Answered()

    return Case(f"file {raw[:300]!r} … {len(raw)} bytes", send, is_undone=True)
