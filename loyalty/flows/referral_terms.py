"""Changing on which terms members bring their friends. Every version is kept."""

from datetime import datetime
from typing import Any

from django.db import transaction

from campaigns.referrals.models import ReferralTerms, ReferralTermsVersion
from campaigns.referrals.terms import FIELDS, check, terms_data
from loyalty.earning.parts import BadRule
from loyalty.flows import prizes
from loyalty.flows.prizes import PrizeRefused
from loyalty.flows.settings import bump, one_at_a_time
from loyalty.localized import Localized
from loyalty.merchants import trail
from loyalty.merchants.models import Program
from loyalty.merchants.trail import By
from loyalty.refusal import Refusal

PRIZES = ("advocate_prize", "friend_prize")


class TermsRefused(Refusal):
    """Nobody could keep these terms; ``problems`` in its facts name each wrong field."""

    code = "bad_referral_terms"


def terms_of(program: Program) -> ReferralTerms:
    """The terms of a program; those of one that has none yet are off."""
    found = ReferralTerms.objects.filter(program=program).first()
    return found or ReferralTerms(program=program)


@transaction.atomic
def save(program: Program, *, by: By, now: datetime, **told: Any) -> ReferralTerms:
    """Change the fields that are named. Friends who have joined keep what was promised to them."""
    if unknown := told.keys() - set(FIELDS):
        raise TypeError(f"Referral terms have no {', '.join(sorted(unknown))}.")
    one_at_a_time(program)
    terms = terms_of(program)
    before = terms_data(terms) if terms.pk else {}
    fields = {**terms_data(terms), **told}
    fields |= _clean_prizes(program, {name: fields[name] for name in PRIZES}, before, now)
    try:
        check(fields)
    except BadRule as bad:
        raise TermsRefused(str(bad), problems=bad.problems) from bad
    for name, value in fields.items():
        setattr(terms, name, Localized(value) if name in ("title", "message") else value)
    after = terms_data(terms)
    if after == before:
        return terms
    terms.version += 1
    terms.save()
    ReferralTermsVersion.objects.create(
        terms=terms, number=terms.version, told=after, changed_by=trail.person(by),
        changed_at=now,
    )  # fmt: skip
    bump(program)
    trail.record(
        "referral.terms", f"program:{program.public_id}", program=program, now=now, by=by,
        before=before, after=after,
    )  # fmt: skip
    return terms


def _clean_prizes(
    program: Program, told: dict[str, Any], before: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """As they are kept. What stays as it was is not asked again whether it could be promised."""
    problems: dict[str, str] = {}
    cleaned: dict[str, Any] = {}
    for name, prize in told.items():
        if not prize or prize == before.get(name):
            cleaned[name] = dict(prize or {})
            continue
        try:
            cleaned[name] = prizes.clean(program, prize, at=now)
        except PrizeRefused as refused:
            problems |= {f"{name}.{field}": it for field, it in refused.facts["problems"].items()}
    if problems:
        raise TermsRefused(" ".join(dict.fromkeys(problems.values())), problems=problems)
    return cleaned
