"""A contest in words, the same at every door: what counts, what is won, how long there is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from babel.dates import get_timezone_location
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from campaigns.contests.models import Contest
from loyalty import formats
from loyalty.flows import prizes

Measure = Contest.Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class PrizeRow:
    """Some places, and what each of them wins."""

    first: int
    last: int
    gives: Sequence[str]

    @property
    def places(self) -> str:
        if self.first == self.last:
            return _("Place %(place)s") % {"place": formats.number(self.first)}
        told = {"first": formats.number(self.first), "last": formats.number(self.last)}
        return _("Places %(first)s to %(last)s") % told


def prize_rows(contest: Contest) -> list[PrizeRow]:
    told = prizes.told_all([prize for row in contest.prizes for prize in row["gives"]])
    words = iter(told)
    return [
        PrizeRow(
            first=row["first"], last=row["last"], gives=[next(words) for _prize in row["gives"]]
        )
        for row in contest.prizes
    ]


def score(contest: Contest, value: int) -> str:
    """What somebody has reached, with its unit."""
    measure = contest.measure
    if measure == Measure.SPEND:
        return formats.money(value, contest.program.currency)
    if measure == Measure.POINTS and contest.wallet:
        return formats.points(value, contest.wallet)
    if measure == Measure.MARKS:
        whole, hundredths = divmod(value, 100)
        return f"{whole}.{hundredths:02}"
    words = {
        Measure.DRAW: _("ticket %(number)s"),
        Measure.VOTES: ngettext("%(number)s vote", "%(number)s votes", value),
        Measure.VISITS: ngettext("%(number)s visit", "%(number)s visits", value),
        Measure.REFERRALS: ngettext("%(number)s friend", "%(number)s friends", value),
    }[Measure(measure)]
    return words % {"number": formats.number(value)}


def how(contest: Contest, *, era: str = "ce") -> list[str]:
    """How to take part and what counts, a sentence each."""
    when = {
        "starts": moment(contest, contest.starts_at, era=era),
        "ends": moment(contest, contest.ends_at, era=era),
    }
    told = [_what_counts(contest, when)]
    if contest.buys_from and contest.buys_until:
        told.append(
            _("They must buy something between %(starts)s and %(ends)s.")
            % {
                "starts": moment(contest, contest.buys_from, era=era),
                "ends": moment(contest, contest.buys_until, era=era),
            }
        )
    told.append(_tie(contest))
    told.append(
        _("On %(moment)s the board is frozen: refunds and reviews move it before, nothing after.")
        % {"moment": moment(contest, contest.freezes_at, era=era)}
    )
    told.append(_("By this clock: %(place)s.") % {"place": zone_name(contest.time_zone)})
    return told


def _what_counts(contest: Contest, when: dict[str, str]) -> str:
    if contest.measure == Measure.SPEND:
        words = _(
            "What you spend between %(starts)s and %(ends)s counts, less what you bring back."
        )
    elif contest.measure == Measure.POINTS:
        words = _("What you collect between %(starts)s and %(ends)s counts: %(units)s.")
    elif contest.measure == Measure.VISITS:
        words = _("Each day between %(starts)s and %(ends)s on which you buy something counts.")
    elif contest.measure == Measure.VOTES:
        words = _(
            "Send your entry between %(starts)s and %(ends)s. The entries with the most votes win; "
            "each member has one vote."
        )
    elif contest.measure == Measure.MARKS:
        words = _("Send your entry between %(starts)s and %(ends)s. A jury gives 0 to 10 marks.")
    elif contest.measure == Measure.DRAW:
        words = _("Send your entry between %(starts)s and %(ends)s. The winners are drawn by lot.")
    else:
        words = _(
            "Each friend who joins by your invitation between %(starts)s and %(ends)s, and buys "
            "something, counts."
        )
    units = str(contest.wallet.unit_many) if contest.wallet else ""
    return words % {**when, "units": units}


def _tie(contest: Contest) -> str:
    if contest.is_drawn:
        return _("Each member has one ticket, and wins once.")
    if contest.measure == Measure.MARKS:
        return _("Of two with the same marks, whoever entered first stands ahead.")
    return _("Of two with as much, whoever reached it first stands ahead.")


# --- Time ----------------------------------------------------------------------------------------


def moment(contest: Contest, at: datetime, *, era: str = "ce") -> str:
    """By the contest's own clock."""
    return formats.moment(at, zone=contest.time_zone, era=era)


def zone_name(zone: str) -> str:
    return str(get_timezone_location(zone, locale=formats.language()))


def next_moment(contest: Contest, now: datetime) -> tuple[str, datetime] | None:
    """What members wait for, and when it is."""
    stage = contest.stage(now)
    if stage == "scheduled":
        return _("It begins in"), contest.starts_at
    if stage == "open":
        return _("It ends in"), contest.ends_at
    if stage == "counting" and now < contest.counts_until:
        return _("Purchases count for another"), contest.counts_until
    if stage == "counting" and now < contest.freezes_at:
        return _("The board is frozen in"), contest.freezes_at
    return None


def left(until: datetime, now: datetime) -> str:
    """The two largest parts of what is left: "3 days 4 hours", "12 minutes"."""
    seconds = max(0, int((until - now) / timedelta(seconds=1)))
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes = rest // 60
    parts = [
        (days, ngettext("%(number)s day", "%(number)s days", days)),
        (hours, ngettext("%(number)s hour", "%(number)s hours", hours)),
        (minutes, ngettext("%(number)s minute", "%(number)s minutes", minutes)),
    ]
    while parts and not parts[0][0]:
        parts.pop(0)
    told = [words % {"number": formats.number(number)} for number, words in parts[:2] if number]
    return " ".join(told) or _("less than a minute")


def stage_badge(contest: Contest, now: datetime) -> dict[str, str]:
    """Where it is, in a word, with the tone and the sign to say so in."""
    words = {
        "draft": (_("Draft"), "plain", "pencil"),
        "scheduled": (_("Begins soon"), "info", "calendar-clock"),
        "open": (pgettext("contest", "Open"), "good", "timer"),
        "counting": (_("Being counted"), "warn", "scale"),
        "frozen": (_("Frozen"), "info", "snowflake"),
        "done": (_("Decided"), "plain", "trophy"),
    }
    text, tone, icon = words[contest.stage(now)]
    return {"text": text, "tone": tone, "icon": icon}
