"""Two means compared: their difference, how sure it is, and how many members it would take.

The difference of means with its interval is Welch's (B. L. Welch, "The generalization of
'Student's' problem when several different population variances are involved", Biometrika 34, 1947):
the groups need neither be of one size nor of one variance. The sample size is the usual one for
two means (J. Cohen, Statistical Power Analysis, 1988; Chow, Shao and Wang, Sample Size Calculations
in Clinical Research, 2008, section 3.2), with unequal groups.
"""

from dataclasses import dataclass
from math import ceil, inf, sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
POWER = 0.8  # How surely a difference that is there would be seen.
FEWEST = 2  # Of one, nobody knows how much members differ.
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Group:
    """Some members: how many, their mean, and the variance among them (by n − 1)."""

    members: int
    mean: float = 0.0
    variance: float = 0.0

    @classmethod
    def of(cls, members: int, total: float, squares: float) -> "Group":
        """From the sum of a figure and the sum of its squares."""
        if not members:
            return cls(0)
        mean = total / members
        if members < FEWEST:
            return cls(members, mean)
        return cls(members, mean, max(0.0, (squares - total * mean) / (members - 1)))

    @property
    def error(self) -> float:
        """The square of the standard error of the mean."""
        return self.variance / self.members


@dataclass(frozen=True, slots=True)
class Difference:
    """Treated less held out, a member, with its interval."""

    value: float
    low: float
    high: float

    @property
    def is_distinct(self) -> bool:
        """Whether zero lies outside of the interval."""
        return self.low > 0 or self.high < 0


def difference(treated: Group, held_out: Group) -> Difference | None:
    """Welch's interval; None where a group is too small to say anything."""
    if min(treated.members, held_out.members) < FEWEST:
        return None
    value = treated.mean - held_out.mean
    error = sqrt(treated.error + held_out.error)
    reach = student(1 - (1 - CONFIDENCE) / 2, freedom(treated, held_out)) * error
    return Difference(value, value - reach, value + reach)


def freedom(one: Group, other: Group) -> float:
    """Degrees of freedom by Welch and Satterthwaite."""
    below = one.error**2 / (one.members - 1) + other.error**2 / (other.members - 1)
    return (one.error + other.error) ** 2 / below if below else inf


def student(share: float, degrees: float) -> float:
    """The quantile of Student's t, by the expansion of Cornish and Fisher.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5. From ten degrees of freedom
    on it is right to the third decimal; below two it is of no use, and nobody compares so few.
    """
    z = _NORMAL.inv_cdf(share)
    if degrees == inf:
        return z
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / degrees**power for power, term in enumerate(terms, 1))


def members_needed(treated: Group, held_out: Group) -> int | None:
    """How many members in all would show a difference as large as the one seen.

    With a share of h held out, a difference d is seen with this power from
    n = (z₁ + z₂)² × (s₁² ÷ (1 − h) + s₂² ÷ h) ÷ d² on. None where there is no difference at all.
    """
    seen = treated.mean - held_out.mean
    members = treated.members + held_out.members
    if not seen or min(treated.members, held_out.members) < FEWEST:
        return None
    share = held_out.members / members
    reach = _NORMAL.inv_cdf(1 - (1 - CONFIDENCE) / 2) + _NORMAL.inv_cdf(POWER)
    spread = treated.variance / (1 - share) + held_out.variance / share
    return ceil(reach**2 * spread / seen**2)
