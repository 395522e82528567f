"""A file of sales as a test writes it, read to its end."""

from pathlib import Path

from loyalty.purchases.files import Group, Reading
from loyalty.purchases.mapping import Mapping

HEADER = "reference,made_at,member,product,quantity,unit_price\n"


class File:
    """What was read of a file, and what was wrong with it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "sales.csv"

    def read(self, told: str | bytes, columns: Mapping | None = None) -> "File":
        self.path.write_bytes(told if isinstance(told, bytes) else told.encode())
        self.reading = Reading(self.path, columns or Mapping(), "THB", "Asia/Bangkok")
        self.groups: list[Group] = list(self.reading.groups())
        return self

    @property
    def references(self) -> list[str]:
        return [group.reference for group in self.groups]

    @property
    def problems(self) -> list[tuple[int, str]]:
        return [(it.line, it.reason) for it in self.reading.problems]

    @property
    def problem(self) -> str:
        assert len(self.reading.problems) == 1
        return self.reading.problems[0].reason


def line(reference: str = "1", **told: str) -> str:
    cells = {"made_at": "2026-01-05T09:00", "member": "A", "product": "tea", "quantity": "1",
             "price": "10.00"}  # fmt: skip
    return ",".join([reference, *(cells | told).values()]) + "\n"
