"""The letters that there are, and what each must be told. Their words are in templates/messages/.

A letter keeps plain JSON. What a value *is* stands here, so that it is checked when the letter is
owed and read back (a day as a day, a name in the reader's language) when it is written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loyalty import sealing
from loyalty.localized import Localized

NAME = "name"  # A text by language.
DAY = "day"
MOMENT = "moment"
PLAIN = "plain"  # A number, a text, a yes or no: as it is.
AWARDS = "awards"  # [{"wallet_id": 3, "points": 50}, …]
EXPIRING = "expiring"  # [{"on": "2026-12-31", "points": 50}, …]
SECRET = "secret"  # noqa: S105 - a code or a link: sealed, and gone when the letter is sent.


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One letter that members (or staff) may get."""

    label: str | Promise
    keys: Mapping[str, str]
    must_arrive: bool = False  # At least once; else at most once.
    # Members may ask for no such letters, and merchants may switch them off.
    is_optional: bool = True
    purpose: str = "account"  # What members agree to or decline; see members.consents.
    # Goes to whoever is named, whatever became of the member: it warns, or proves an address.
    is_always_sent: bool = False
    # Anybody can have it sent to any address, so an address gets only so many.
    is_for_the_asking: bool = False

    @property
    def secrets(self) -> list[str]:
        return [name for name, form in self.keys.items() if form == SECRET]


def _of_the_house(label: Promise, keys: Mapping[str, str], *, for_the_asking: bool = True) -> Kind:
    """A letter about signing in. It belongs to the installation, not to a program."""
    return Kind(
        label=label, keys=keys, must_arrive=True, is_optional=False, is_always_sent=True,
        is_for_the_asking=for_the_asking,
    )  # fmt: skip


# What every letter that merchants plan is told; its words are looked up when it is written.
_PLANNED = {"plan_id": PLAIN, "number": PLAIN, "campaign_id": PLAIN}

KINDS: Mapping[str, Kind] = {
    "welcome": Kind(label=_("Welcome"), keys={"awards": AWARDS}),
    "points_earned": Kind(
        label=_("Points earned"),
        keys={
            "awards": AWARDS,
            "reason": PLAIN,
            "amount_minor": PLAIN,
            "occurred_at": MOMENT,
            "available_on": DAY,
        },
    ),
    "points_taken_back": Kind(
        label=_("Points taken back"),
        keys={"awards": AWARDS, "owed": AWARDS, "amount_minor": PLAIN, "occurred_at": MOMENT},
    ),
    "tier_reached": Kind(
        label=_("Tier reached"), keys={"tier": NAME, "benefits": NAME, "until": DAY}
    ),
    "tier_at_risk": Kind(
        label=_("Tier about to be lost"),
        keys={"tier": NAME, "lower": NAME, "by": DAY, "measure": PLAIN, "missing": PLAIN},
    ),
    "tier_lost": Kind(label=_("Tier lost"), keys={"tier": NAME, "before": NAME}),
    "points_expiring": Kind(
        label=_("Points about to expire"),
        keys={"wallet_id": PLAIN, "expiring": EXPIRING, "last_chance": PLAIN},
    ),
    **{
        event: Kind(label=label, keys=_PLANNED, purpose="offers")
        for event, label in {
            "membership_day": _("Day of joining"),
            "holiday": _("Holiday"),
            "win_back": _("Quiet for a while"),
            "campaign_start": _("A campaign begins"),
            "campaign_end": _("A campaign is about to end"),
        }.items()
    },
    # One of those, to who plans it: an example, so that they see how it looks in an inbox.
    "letter_trial": Kind(
        label=_("Letter on trial"), keys=_PLANNED, is_optional=False, is_always_sent=True
    ),
    "birthday": Kind(label=_("Birthday"), keys={"awards": AWARDS}, purpose="offers"),
    "survey": Kind(
        label=_("Survey"),
        keys={
            "survey": NAME,
            "intro": NAME,
            "question": NAME,
            "scale": PLAIN,
            "earns": NAME,
            "until": DAY,
            "link": SECRET,
        },
        purpose="offers",
    ),
    "contribution_decided": Kind(
        label=_("Decision on a contribution"),
        keys={
            "call": NAME,
            "is_review": PLAIN,
            "product": PLAIN,
            "is_taken": PLAIN,
            "reason": PLAIN,
            "earned": NAME,
        },
        is_optional=False,  # They have asked for it.
    ),
    "voucher": Kind(
        label=_("Voucher"), keys={"voucher_id": PLAIN}, must_arrive=True, is_optional=False
    ),
    "member_verify_email": Kind(
        label=_("Confirm the e-mail address"),
        keys={"link": SECRET},
        must_arrive=True,
        is_optional=False,
        is_always_sent=True,
    ),
    "email_changed": Kind(
        label=_("E-mail address changed"),
        keys={"new_email": PLAIN, "changed_at": MOMENT},
        must_arrive=True,
        is_optional=False,
        is_always_sent=True,
    ),
    "invitation": Kind(
        label=_("Invitation to the team"),
        keys={"merchant": PLAIN, "role": PLAIN, "invited_by": PLAIN, "link": SECRET, "days": PLAIN},
        must_arrive=True,
        is_optional=False,
        is_always_sent=True,
    ),
    "second_step_reset": Kind(
        label=_("Second step taken away"),
        keys={"merchant": PLAIN, "reset_by": PLAIN, "reset_at": MOMENT},
        must_arrive=True,
        is_optional=False,
        is_always_sent=True,
    ),
    "phone_changed": Kind(
        label=_("Phone number changed"),
        keys={"changed_at": MOMENT},
        must_arrive=True,
        is_optional=False,
        is_always_sent=True,
    ),
    # Of no use after ``good_until``, and not sent any more.
    "sign_in_code": _of_the_house(_("Code to sign in"), {"code": SECRET, "good_until": MOMENT}),
    "address_code": _of_the_house(
        _("Code to confirm an address"), {"code": SECRET, "good_until": MOMENT}
    ),
    "password_link": _of_the_house(
        _("Link for a new password"), {"link": SECRET, "good_until": MOMENT}
    ),
    "account_exists": _of_the_house(_("There is an account already"), {"link": PLAIN}),
    "no_account": _of_the_house(_("There is no account"), {"link": PLAIN}),
    "account_changed": _of_the_house(
        _("A change of signing in"),
        {"what": PLAIN, "email": PLAIN, "changed_at": MOMENT, "address": PLAIN, "browser": PLAIN},
        for_the_asking=False,
    ),
}

OPTIONAL = tuple(name for name, kind in KINDS.items() if kind.is_optional)


def kind_of(template: str, told: Mapping[str, Any]) -> Kind:
    """The kind of a letter. One that there is not, or that is told too little, is a bug."""
    kind = KINDS.get(template)
    if kind is None:
        raise ValueError(f"There is no letter {template!r}.")
    if told.keys() != kind.keys.keys():
        differing = ", ".join(sorted(told.keys() ^ kind.keys.keys()))
        raise ValueError(f"The letter {template!r} is told too little or too much: {differing}.")
    return kind


def read_back(kind: Kind, told: Mapping[str, Any]) -> dict[str, Any]:
    """What a letter was told, with its days, instants and names as such again."""
    return {name: _value(form, told.get(name)) for name, form in kind.keys.items()}


def with_seals(kind: Kind, told: Mapping[str, Any]) -> dict[str, Any]:
    """What a letter is told, as it is kept: who reads the rows learns no secret."""
    return {**told, **{name: sealing.seal(told[name], SECRET) for name in kind.secrets}}


def without_secrets(kind: Kind, told: Mapping[str, Any]) -> dict[str, Any]:
    return {**told, **dict.fromkeys(kind.secrets, "")}


def _value(form: str, value: Any) -> Any:
    read = _READERS.get(form)
    return value if value is None or read is None else read(value)


_READERS: Mapping[str, Callable[[Any], Any]] = {
    NAME: Localized,
    DAY: date.fromisoformat,
    MOMENT: datetime.fromisoformat,
    EXPIRING: lambda rows: [{**it, "on": date.fromisoformat(it["on"])} for it in rows],
    SECRET: lambda sealed: sealing.unseal(sealed, SECRET),
}
