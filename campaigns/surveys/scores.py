"""The three standard scores, each with its formula, its source and a 95 % interval. Pure.

All are worked out of counts by answer, ``{9: 12, 10: 30, 3: 2}``. With no answers there is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from campaigns.questions import CES, CSAT, NPS, SCALE

Z = 1.959964  # Of a normal distribution, 95 % lie within so many standard deviations.

Counts = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Score:
    """A score and the interval in which it lies in 95 of 100 samples of this size."""

    value: float
    low: float
    high: float
    number: int  # Of answers.


def score_of(kind: str, counts: Counts) -> Score | None:
    number = sum(counts.values())
    return _SCORES[kind](counts, number) if number else None


def nps(counts: Counts, number: int) -> Score:
    """Net promoter score: 100 × (promoters − detractors) ÷ answers, from −100 to 100.

    Promoters answered 9 or 10, detractors 0 to 6 (Reichheld, "The One Number You Need to Grow",
    Harvard Business Review, December 2003). The interval is the adjusted Wald of Rocks ("Interval
    Estimation for the Net Promoter Score", The American Statistician 70, 2016): with ¾ more
    promoters, ¾ more detractors and 3 more answers, variance = p + d − (p − d)².
    """
    promoters = sum(count for answer, count in counts.items() if answer >= 9)
    detractors = sum(count for answer, count in counts.items() if answer <= 6)
    many = number + 3
    p, d = (promoters + 0.75) / many, (detractors + 0.75) / many
    half = Z * sqrt((p + d - (p - d) ** 2) / many)
    return Score(
        100 * (promoters - detractors) / number,
        100 * max(-1.0, p - d - half),
        100 * min(1.0, p - d + half),
        number,
    )


def csat(counts: Counts, number: int) -> Score:
    """Customer satisfaction: the percentage that answered 4 or 5 of 5, "top two boxes".

    As in Farris, Bendle, Pfeifer and Reibstein, "Marketing Metrics", 2010. The interval is
    Wilson's ("Probable Inference", Journal of the American Statistical Association 22, 1927).
    """
    satisfied = sum(count for answer, count in counts.items() if answer >= 4)
    share, square = satisfied / number, Z * Z
    middle = (share + square / (2 * number)) / (1 + square / number)
    spread = share * (1 - share) / number + square / (4 * number * number)
    half = Z * sqrt(spread) / (1 + square / number)
    return Score(100 * share, 100 * max(0.0, middle - half), 100 * min(1.0, middle + half), number)


def ces(counts: Counts, number: int) -> Score:
    """Customer effort score 2.0: the mean agreement that it was easy, from 1 to 7.

    Dixon, Toman and DeLisi, "The Effortless Experience", 2013. The interval is that of a mean.
    """
    return _mean(counts, number, 1, 7)


def scale(counts: Counts, number: int) -> Score:
    """The mean of a merchant's own scale from 1 to 5, with the interval of a mean."""
    return _mean(counts, number, 1, 5)


def _mean(counts: Counts, number: int, least: int, most: int) -> Score:
    mean = sum(answer * count for answer, count in counts.items()) / number
    if number == 1:
        return Score(mean, least, most, number)  # One answer says nothing of the others.
    squares = sum(count * (answer - mean) ** 2 for answer, count in counts.items())
    half = Z * sqrt(squares / (number - 1) / number)
    return Score(mean, max(least, mean - half), min(most, mean + half), number)


_SCORES = {NPS: nps, CSAT: csat, CES: ces, SCALE: scale}
