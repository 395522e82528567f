"""A field of a receipt: what it says, how sure that is, and where it stands."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
Box = tuple[float, float, float, float]  # Left, top, right, bottom.


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    value: T
    confidence: float  # How often such a reading is right, 0 to 1.
    box: Box
    page: int = 0
