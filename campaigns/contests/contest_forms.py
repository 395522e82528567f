"""A whole contest, read strictly from data that anybody may have written, and written back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.contests.models import Contest
from campaigns.contests.windows import NAMES, clean_windows, clean_zone
from loyalty.earning.parts import BadRule
from loyalty.ledger.models import Wallet
from loyalty.localized import Localized

LONGEST_NAME = 120
LONGEST_ABOUT = 2_000
MOST_ROWS = 12
MOST_GIFTS = 3  # Of one place.
MOST_WINNERS = 1_000
MOST_RAISED = 10**9
FIELDS = (
    "name", "about", "measure", "wallet", "time_zone", *NAMES, "raised_to", "prizes",
    "takes_links", "takes_pictures",
)  # fmt: skip
ENTRIES = (Contest.Measure.VOTES, Contest.Measure.MARKS, Contest.Measure.DRAW)

CleanPrize = Callable[[Any], dict[str, Any]]  # Raises BadRule.


def contest_data(contest: Contest, write_prize: Callable[[Any], Any]) -> dict[str, Any]:
    """The contest as program files write it; ``clean_contest`` reads it back."""
    same = ("measure", "time_zone", "raised_to", "takes_links", "takes_pictures")
    instants = {name: getattr(contest, name) for name in NAMES}
    return {
        "name": dict(contest.name),
        "about": dict(contest.about),
        "wallet": contest.wallet.code if contest.wallet else None,
        **{name: getattr(contest, name) for name in same},
        **{name: at.isoformat() if at else None for name, at in instants.items()},
        "prizes": [
            {**row, "gives": [write_prize(prize) for prize in row["gives"]]}
            for row in contest.prizes
        ],
    }


def clean_contest(
    data: Any, *, wallets: Mapping[str, Wallet], clean_prize: CleanPrize
) -> dict[str, Any]:
    """What a Contest is made of. Raises BadRule, whose ``problems`` name every wrong field."""
    if not isinstance(data, dict):
        raise BadRule({"": _("Give the contest as an object.")})
    problems: dict[str, str] = {
        str(name)[:40]: _("There is no such field in a contest.")
        for name in data.keys() - set(FIELDS)
    }
    measure = data.get("measure")
    if measure not in Contest.Measure.values:
        words = {"words": ", ".join(Contest.Measure.values)}
        problems["measure"] = _("Give one of these words: %(words)s.") % words
    zone = clean_zone(data.get("time_zone"), problems)
    cleaned: dict[str, Any] = {
        "name": _texts(data.get("name"), "name", LONGEST_NAME, problems, needed=True),
        "about": _texts(data.get("about"), "about", LONGEST_ABOUT, problems),
        "measure": measure,
        "wallet": _wallet(data.get("wallet"), measure, wallets, problems),
        "time_zone": zone,
        **clean_windows(data, zone, problems),
        "raised_to": _raised(data.get("raised_to"), measure, problems),
        "prizes": _prizes(data.get("prizes"), clean_prize, problems),
        "takes_links": _yes(data.get("takes_links", True), "takes_links", problems),
        "takes_pictures": _yes(data.get("takes_pictures", True), "takes_pictures", problems),
    }
    if cleaned["buys_from"] and measure != Contest.Measure.REFERRALS:
        problems["buys_from"] = _("Only a contest of friends brought has a second window.")
    if measure in ENTRIES and not (cleaned["takes_links"] or cleaned["takes_pictures"]):
        problems["takes_pictures"] = _("Entries are links, pictures, or both.")
    if problems:
        raise BadRule(problems)
    return cleaned


def gives_to(prizes: Sequence[Mapping[str, Any]], place: int) -> list[Any]:
    """What a place wins."""
    return [
        prize for row in prizes if row["first"] <= place <= row["last"] for prize in row["gives"]
    ]


def winners(prizes: Sequence[Mapping[str, Any]]) -> int:
    """The last place that wins anything."""
    return max((int(row["last"]) for row in prizes), default=0)


def _texts(
    told: Any, name: str, longest: int, problems: dict[str, str], *, needed: bool = False
) -> Localized:
    languages = {code for code, _language in settings.LANGUAGES}
    fits = isinstance(told or {}, dict) and all(
        code in languages and isinstance(text, str) and len(text) <= longest and "\0" not in text
        for code, text in (told or {}).items()
    )
    if not fits:
        problems[name] = _("Give a text by language, of at most %(most)s letters.") % {
            "most": longest
        }
        return Localized({})
    found = Localized({code: text.strip() for code, text in (told or {}).items() if text.strip()})
    if needed and not found:
        problems[name] = _("Give the contest a name.")
    return found


def _wallet(
    told: Any, measure: Any, wallets: Mapping[str, Wallet], problems: dict[str, str]
) -> Wallet | None:
    if measure != Contest.Measure.POINTS:
        return None
    found = wallets.get(told) if isinstance(told, str) else None
    if found is None:
        problems["wallet"] = _("Choose the wallet whose points are counted.")
    return found


def _raised(told: Any, measure: Any, problems: dict[str, str]) -> int | None:
    if told is None:
        return None
    if type(told) is not int or not 0 < told <= MOST_RAISED:
        problems["raised_to"] = _("Give a whole number above 0, or none for the usual reward.")
    elif measure != Contest.Measure.REFERRALS:
        problems["raised_to"] = _("Only a contest of friends brought raises their reward.")
    return told if type(told) is int else None


def _yes(told: Any, name: str, problems: dict[str, str]) -> bool:
    if not isinstance(told, bool):
        problems[name] = _("Say true or false.")
    return bool(told)


def _prizes(told: Any, clean_prize: CleanPrize, problems: dict[str, str]) -> list[dict[str, Any]]:
    if not isinstance(told, list) or not 0 < len(told) <= MOST_ROWS:
        problems["prizes"] = _("Say what is won: one to %(most)s rows of places and prizes.") % {
            "most": MOST_ROWS
        }
        return []
    found: list[dict[str, Any]] = []
    for number, row in enumerate(told):
        try:
            found.append(_row(row, clean_prize))
        except BadRule as bad:
            problems |= bad.under(f"prizes.{number}")
    found.sort(key=lambda row: row["first"])
    for before, after in zip(found, found[1:], strict=False):
        if after["first"] <= before["last"]:
            place = {"place": after["first"]}
            problems["prizes"] = _("Place %(place)s stands in two rows.") % place
    return found


def _row(told: Any, clean_prize: CleanPrize) -> dict[str, Any]:
    if not isinstance(told, dict) or told.keys() != {"first", "last", "gives"}:
        raise BadRule({"": _("Give the first place, the last place and what they win.")})
    first, last, gives = told["first"], told["last"], told["gives"]
    problems: dict[str, str] = {}
    if type(first) is not int or not 1 <= first <= MOST_WINNERS:
        problems["first"] = _("Give a place from 1 to %(most)s.") % {"most": MOST_WINNERS}
    elif type(last) is not int or not first <= last <= MOST_WINNERS:
        problems["last"] = _("The last place is not before the first.")
    if not isinstance(gives, list) or not 0 < len(gives) <= MOST_GIFTS:
        problems["gives"] = _("Choose one to %(most)s prizes for these places.") % {
            "most": MOST_GIFTS
        }
        raise BadRule(problems)
    cleaned = []
    for number, prize in enumerate(gives):
        try:
            cleaned.append(clean_prize(prize))
        except BadRule as bad:
            problems |= bad.under(f"gives.{number}")
    if problems:
        raise BadRule(problems)
    return {"first": first, "last": last, "gives": cleaned}
