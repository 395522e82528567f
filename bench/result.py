"""What a measurement tells: a ratio to its reference of the same run, and what it should reach."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Result:
    """One row of the table. ``more_is_better`` says on which side of the target it should be."""

    measure: str
    value: float
    reference: float
    target: float
    unit: str = ""
    more_is_better: bool = True

    @property
    def ratio(self) -> float:
        return self.value / self.reference

    @property
    def reached(self) -> bool:
        return self.ratio >= self.target if self.more_is_better else self.ratio <= self.target

    def row(self) -> str:
        sign = "≥" if self.more_is_better else "≤"
        told = "reached" if self.reached else "NOT reached"
        return (
            f"{self.measure:<58} {self.value:>11,.1f} {self.reference:>11,.1f} {self.unit:<9}"
            f"{self.ratio:>8.3f}  {sign} {self.target:<6g} {told}"
        )


def table(results: list[Result]) -> str:
    head = f"{'measure':<58} {'value':>11} {'reference':>11} {'':<9}{'ratio':>8}"
    return "\n".join([head, "-" * len(head), *(result.row() for result in results)])


def middle(values: list[float]) -> float:
    return float(median(values))
