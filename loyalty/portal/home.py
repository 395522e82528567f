"""The first page of a member: what they have, what is next, what just happened."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from loyalty.days import local_date
from loyalty.flows import own_days, referrals
from loyalty.insights.going_on import going_on
from loyalty.ledger import statement
from loyalty.portal import catalog, contests, holdings, playing, standing, vouchers
from loyalty.portal.calls import open_calls
from loyalty.portal.campaigns import promotions
from loyalty.portal.doors import MemberRequest, members_only, show
from loyalty.portal.lines import lines_of
from loyalty.portal.surveys import invitations
from members import badges
from members.models import Tier

LINES = 3
CALLS = 3
CHALLENGES = 2
NEARLY = 2  # Rewards that a little more would buy.


@members_only
@require_safe
def home(request: MemberRequest) -> HttpResponse:
    member, program = request.member, request.program
    now = timezone.now()
    tier = standing.standing_of(member, now=now)
    today = local_date(now, program.time_zone)
    held = holdings.held_by(program, member.account_id, today=today)
    points = {it.wallet.pk: it.holding.points for it in held}
    offers = catalog.offers(member, rank=tier.rank, now=now, points=points)
    wallets = [it for it in held if it.wallet.is_spendable]
    tiers = list(program.tiers.kept())
    context = {
        "first": wallets[0] if wallets else None,
        "others": wallets[1:],
        "status": [it for it in held if not it.wallet.is_spendable],
        "expiring": holdings.next_to_expire(held),
        "tier": tier,
        **_going_on(request, tiers, now=now),
        "reachable": [offer for offer in offers if offer.can_be_had],
        "nearly": [offer for offer in offers if offer.is_near][:NEARLY],
        "ready": vouchers.ready_count(member, now=now),
        "lines": lines_of(member, statement.movements(member.account_id, limit=LINES)),
    }
    return show(request, "portal/home.html", context, nav="home")


def _going_on(request: MemberRequest, tiers: Sequence[Tier], *, now: datetime) -> dict[str, Any]:
    """What a program has beside points and rewards; it is not asked for where there is none."""
    member, program = request.member, request.program
    there = going_on(member)

    def parts(name: str, rows: Callable[[], Any]) -> Any:
        return rows() if name in there else []

    challenges = parts("has_challenges", lambda: playing.cards(program, member, now=now))
    return {
        "badges": parts("has_badges", lambda: badges.held_by(member)),
        "own_days": parts("has_campaigns", lambda: own_days.choices_for(member, now=now)),
        "can_invite": parts("has_friends", lambda: referrals.is_on(program)),
        "promotions": parts(
            "has_campaigns", lambda: promotions(program, tiers, now=now, member=member)
        ),
        "surveys": parts("has_surveys", lambda: invitations(member, now=now)),
        "calls": parts("has_calls", lambda: open_calls(member, now=now)[:CALLS]),
        "challenges": [it for it in challenges if not it.is_done and it.is_live][:CHALLENGES],
        "wheels": parts("has_wheels", lambda: playing.live_wheels(program, now=now)),
        "contests": parts("has_contests", lambda: contests.running(program, now=now)),
    }
