"""How members hand something in, think again and withdraw it, while nobody has decided on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import questions
from campaigns.contributions.models import Call, Contribution
from campaigns.questions import CONTROL, LINKS, BadAnswers
from loyalty.flows import spending
from loyalty.merchants import trail
from loyalty.merchants.models import ApiKey, Staff
from loyalty.pictures import taking
from loyalty.pictures.models import Picture
from loyalty.pictures.taking import Drawn
from loyalty.public_ids import new_public_id
from loyalty.purchases.models import PurchaseLine
from loyalty.refusal import Refusal
from members import finding
from members.models import Member

State = Contribution.State
STARS = range(1, 6)
LONGEST_PRODUCT, LONGEST_NAME, LONGEST_LINK = 80, 160, 400
MOST_WAITING = 50  # Of one member, so that nobody buries the queue.

By = Staff | ApiKey | None


class CallClosed(Refusal):
    code = "call_closed"


class AlreadyHandedIn(Refusal):
    code = "already_handed_in"


class AlreadyDecided(Refusal):
    code = "already_decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What somebody hands in, before it was read."""

    answers: Mapping[str, Any] = field(default_factory=dict)
    product: str = ""
    product_name: str = ""
    rating: int | None = None
    picture_link: str = ""
    pictures: Sequence[Drawn] = ()
    dropped: Sequence[str] = ()  # Pictures of before that are not wanted any more.


@transaction.atomic
def submit(
    member: Member,
    call: Call,
    handed: Handed,
    *,
    now: datetime,
    public_id: str = "",
    source: str = "",
    reference: str = "",
) -> Contribution:
    """Hand something in: once a call, a product, or as often as the call lets.

    ``public_id`` and a shop's ``reference`` name it: told twice, it is there once.
    """
    member = finding.locked(member.survivor)
    spending.check_active(member.account_id)
    if made := _made_before(member, public_id, source, reference):
        return made
    call = Call.objects.select_related("program").get(pk=call.pk)
    _check_call(call, member, now=now)
    made = Contribution(
        program=member.program, call=call, account_id=member.account_id, submitted_at=now,
        public_id=public_id or new_public_id(), source=source, reference=reference,
    )  # fmt: skip
    _fill(made, call, handed)
    _check_once(made, member)
    made.save()
    _take_pictures(made, handed, now=now)
    return made


@transaction.atomic
def change(contribution: Contribution, handed: Handed, *, now: datetime) -> Contribution:
    """Think again, as long as nobody has decided."""
    made = _waiting(contribution)
    _fill(made, made.call, handed)
    _check_once(made, finding.behind(made.account))
    made.changed_at = now
    made.save()
    _take_pictures(made, handed, now=now)
    return made


@transaction.atomic
def withdraw(contribution: Contribution, *, now: datetime) -> bool:
    """Take it back. Its pictures go at once; the second time there is nothing to take back."""
    waiting = Contribution.objects.waiting().filter(pk=contribution.pk)
    if not waiting.update(state=State.WITHDRAWN, changed_at=now, answers={}, picture_link=""):
        return False
    taking.drop(pictures_of(contribution))
    return True


def pictures_of(contribution: Contribution) -> Any:
    return Picture.objects.filter(
        program=contribution.program_id, cause=contribution.cause
    ).order_by("pk")


def can_submit(call: Call, member: Member, *, now: datetime) -> bool:
    """Whether a member would be let hand something in now."""
    try:
        _check_call(call, member, now=now)
        _check_once(Contribution(call=call, slot=_ANY if call.is_review else ""), member)
    except Refusal:
        return False
    return True


def products_of(member: Member) -> list[tuple[str, str]]:
    """What a member bought and kept, the newest first: the code of each, and its name."""
    lines = PurchaseLine.objects.filter(
        purchase__account=member.account_id, refunded_quantity=0
    ).exclude(product="").order_by("-purchase__made_at", "number")  # fmt: skip
    found: dict[str, str] = {}
    for product, name in lines.values_list("product", "name")[:500]:
        found.setdefault(product, name or product)
    return list(found.items())


def forget(member: Member) -> None:
    """Take away all that somebody handed in, with its pictures."""
    taking.drop(Picture.objects.filter(account=member.account_id))
    Contribution.objects.filter(account=member.account_id).delete()


_ANY = " any"  # A slot that nothing has: of reviews there may always be another product's.


def _made_before(
    member: Member, public_id: str, source: str, reference: str
) -> Contribution | None:
    known = Contribution.objects.filter(program=member.program_id)
    if reference:
        found = known.filter(source=source, reference=reference).first()
        if found is not None:
            return found
    return known.filter(public_id=public_id, account=member.account_id).first()


def _check_call(call: Call, member: Member, *, now: datetime) -> None:
    if not call.is_open_at(now):
        raise CallClosed(_("Nothing is taken here just now."))
    account = member.account_id
    if call.from_rank and spending.ranks_of([account])[account] < call.from_rank:
        raise CallClosed(_("This is for members of a higher tier."))
    if call.badge_id and not member.badges.held().filter(badge=call.badge_id).exists():
        raise CallClosed(
            _("This is for members who hold the badge “%(badge)s”.") % {"badge": call.badge}
        )


def _check_once(made: Contribution, member: Member | None) -> None:
    """Asked under the member's lock; a constraint holds it as well."""
    if member is None:
        raise finding.unknown_member()
    theirs = Contribution.objects.filter(call=made.call, account=member.account_id)
    counting = theirs.filter(state__in=[State.WAITING, State.APPROVED]).exclude(pk=made.pk)
    if made.call.is_repeatable and not made.call.is_review:
        made.slot = made.public_id
    elif counting.filter(slot=made.slot).exists():
        raise AlreadyHandedIn(
            _("You have reviewed this product already.")
            if made.call.is_review
            else _("You have taken part already.")
        )
    if counting.waiting().count() >= MOST_WAITING:
        raise AlreadyHandedIn(_("Much of yours waits to be looked at. Please wait for that first."))


def _fill(made: Contribution, call: Call, handed: Handed) -> None:
    """Read what was handed in; BadAnswers names each field that is wrong."""
    problems: dict[str, str] = {}
    try:
        made.answers = questions.answers(
            call.asked, dict(handed.answers), is_partial=bool(made.source)
        )
    except BadAnswers as wrong:
        problems |= wrong.facts["problems"]
    if call.is_review:
        problems |= _fill_review(made, call, handed)
    made.picture_link = handed.picture_link.strip()
    if made.picture_link and not (
        len(made.picture_link) <= LONGEST_LINK and LINKS.fullmatch(made.picture_link)
    ):
        problems["picture_link"] = _("Give a link that begins with https://.")
    if problem := _count_pictures(made, call, handed):
        problems["pictures"] = problem
    if problems:
        raise BadAnswers(" ".join(dict.fromkeys(problems.values())), problems=problems)


def _fill_review(made: Contribution, call: Call, handed: Handed) -> dict[str, str]:
    problems = {}
    product, name = handed.product.strip(), handed.product_name.strip()
    if not product or len(product) > LONGEST_PRODUCT or len(name) > LONGEST_NAME:
        problems["product"] = _("Say which product it is.")
    elif CONTROL.search(product + name):
        problems["product"] = _("Write a text.")
    elif call.only_bought and not _has_bought(made.account_id, product):
        problems["product"] = _("Only what you bought and kept can be reviewed.")
    if type(handed.rating) is not int or handed.rating not in STARS:
        problems["rating"] = _("Give one to five stars.")
    made.product, made.product_name, made.rating = product, name, handed.rating
    made.slot = product.casefold()[:LONGEST_PRODUCT]
    return problems


def _has_bought(account_id: int, product: str) -> bool:
    kept = PurchaseLine.objects.filter(purchase__account=account_id, refunded_quantity=0)
    return kept.filter(product=product).exists()


def _count_pictures(made: Contribution, call: Call, handed: Handed) -> str:
    """What is wrong with how many pictures there would be; a shop's machine sends none."""
    held = pictures_of(made).exclude(public_id__in=handed.dropped).count() if made.pk else 0
    number = held + len(handed.pictures)
    if number > call.most_pictures:
        if not call.most_pictures:
            return _("Pictures are not asked for here.")
        words = ngettext("At most %(most)s picture.", "At most %(most)s pictures.",
                         call.most_pictures)  # fmt: skip
        return words % {"most": call.most_pictures}
    if number < call.least_pictures and not made.source:
        words = ngettext("Add at least %(least)s picture.", "Add at least %(least)s pictures.",
                         call.least_pictures)  # fmt: skip
        return words % {"least": call.least_pictures}
    return ""


def _take_pictures(made: Contribution, handed: Handed, *, now: datetime) -> None:
    if handed.dropped:
        taking.drop(pictures_of(made).filter(public_id__in=handed.dropped))
    for drawn in handed.pictures:
        taking.keep(drawn, program=made.program, account=made.account, cause=made.cause, now=now)


def _waiting(contribution: Contribution) -> Contribution:
    """It, under its member's lock and its own, as it is now."""
    member = finding.behind(contribution.account)
    if member is None:
        raise finding.unknown_member()
    finding.locked(member)
    spending.check_active(member.account_id)
    found = Contribution.objects.select_for_update(no_key=True, of=("self",)).waiting()
    made = found.select_related("call", "program", "account__member").filter(
        pk=contribution.pk
    ).first()  # fmt: skip
    if made is None:
        raise AlreadyDecided(_("Somebody has decided on this already."))
    return made


def record(
    action: str, made: Contribution, member: Member, *, by: By, now: datetime, reason: str = ""
) -> None:
    """In the trail of the member, so that it is forgotten with them."""
    trail.record(
        action, f"member:{member.public_id}", program=made.program, now=now, by=by,
        after={"contribution": made.public_id, "call": made.call.public_id}, reason=reason,
    )  # fmt: skip
