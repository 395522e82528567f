"""Friends and terms in words: what became of each, and what there is to get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.referrals.models import Referral, ReferralTerms
from campaigns.referrals.reasons import SENTENCES
from loyalty import formats
from loyalty.flows import prizes
from loyalty.flows.referral_gifts import LIMIT
from loyalty.merchants.models import Program
from loyalty.portal import telling
from members import finding
from members.models import Member

State, Gift = Referral.State, Referral.Gift
_TONES: Mapping[str, str] = {
    State.JOINED: "plain",
    State.BOUGHT: "info",
    State.CLEARED: "good",
    State.REFUSED: "bad",
    State.LAPSED: "warn",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Friend:
    """One friend as the member who invited them reads of it."""

    name: str
    day: str
    state: str
    tone: str
    sentence: str


def masked(member: Member | None) -> str:
    """Enough to know somebody again, too little to learn who it is."""
    if member is None:
        return _("Somebody who left")
    name = member.name.strip()
    return f"{formats.initial(name)}•••" if name else _("A friend")


def lines_of(found: Sequence[Referral], program: Program) -> list[Friend]:
    told = _prizes_told([it.promise.get("advocate_prize") or {} for it in found])
    return [_line(it, program, prize) for it, prize in zip(found, told, strict=True)]


def prize_told(prize: Mapping[str, Any]) -> str:
    return _prizes_told([prize])[0]


def conditions(terms: ReferralTerms, program: Program) -> str:
    """The terms in one line, for whoever invites."""
    told = [_counts(terms, program), _afterwards(terms)]
    if terms.month_limit:
        told.append(
            ngettext(
                "At most %(count)s friend a month.",
                "At most %(count)s friends a month.",
                terms.month_limit,
            )
            % {"count": formats.number(terms.month_limit)}
        )
    if terms.ever_limit:
        told.append(
            ngettext(
                "At most %(count)s friend in all.",
                "At most %(count)s friends in all.",
                terms.ever_limit,
            )
            % {"count": formats.number(terms.ever_limit)}
        )
    return " ".join(part for part in told if part)


def conditions_of_friends(terms: ReferralTerms, program: Program) -> str:
    """The same for who is invited: what they have at once needs nothing more."""
    if terms.friend_gets == terms.FriendGets.ON_JOINING:
        return _("It is yours as soon as you join. Whoever invites you gets something too, once "
                 "you have bought.")  # fmt: skip
    return " ".join(part for part in (_counts(terms, program), _afterwards(terms)) if part)


def _counts(terms: ReferralTerms, program: Program) -> str:
    days = ngettext("within %(days)s day", "within %(days)s days", terms.within_days) % {
        "days": formats.number(terms.within_days)
    }
    if not terms.minimum_minor:
        return _("It counts once a new member has bought something %(days)s.") % {"days": days}
    return _("It counts once a new member has bought for at least %(money)s %(days)s.") % {
        "money": formats.money(terms.minimum_minor, program.currency, whole=True), "days": days
    }  # fmt: skip


def _afterwards(terms: ReferralTerms) -> str:
    if not terms.return_days:
        return ""
    return ngettext(
        "What is given for it comes %(days)s day later, if nothing is returned.",
        "What is given for it comes %(days)s days later, if nothing is returned.",
        terms.return_days,
    ) % {"days": formats.number(terms.return_days)}


def _prizes_told(some: Sequence[Mapping[str, Any]]) -> list[str]:
    """Prizes in words, all at once; nothing is promised: an empty text."""
    told = iter(prizes.told_all([prize for prize in some if prize]))
    return [next(told) if prize else "" for prize in some]


def _line(it: Referral, program: Program, prize: str) -> Friend:
    looked_at = it.is_held
    return Friend(
        name=masked(finding.behind(it.friend)),
        day=telling.day(it.joined_at, program, "medium"),
        state=_("Being looked at") if looked_at else str(it.get_state_display()),
        tone="warn" if looked_at else _TONES[it.state],
        sentence=_sentence(it, program, prize),
    )


def _sentence(it: Referral, program: Program, prize: str) -> str:
    """Where it is, and what happens next, by when."""
    if it.state == State.REFUSED:
        return str(SENTENCES.get(it.reason, SENTENCES["staff"]))
    if it.is_held:
        return _("The shop looks at it before anything is given. You need not do anything.")
    if it.state == State.JOINED:
        return _("They have joined. They may buy until %(day)s.") % {
            "day": telling.day(telling.last_moment(it.expires_at), program, "medium")
        }
    if it.state == State.BOUGHT:
        assert it.clears_at is not None
        return _("They have bought. It counts from %(day)s, if nothing is returned.") % {
            "day": telling.day(it.clears_at, program, "medium")
        }
    return _("They bought nothing in time.") if it.state == State.LAPSED else _got(it, prize)


def _got(it: Referral, prize: str) -> str:
    """What a friend who counts has brought."""
    if it.reason == LIMIT:
        return _("It counts, but you had as many rewards by then as a member gets.")
    if it.advocate_gift == Gift.GIVEN:
        return _("You got %(prize)s.") % {"prize": prize}
    if it.advocate_gift == Gift.WAITING:
        return _("%(prize)s: none is left at the moment. You get it as soon as there is one.") % {
            "prize": prize
        }
    return _("It counts.")
