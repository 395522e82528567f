"""What a replay came to, as its page and its table tell it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from campaigns.campaign_forms import campaign_sentence
from campaigns.models import Campaign
from campaigns.replays.models import Replay
from loyalty import charts, formats
from loyalty.dashboard import replay_presents
from loyalty.dashboard.doors import DeskRequest
from loyalty.dashboard.replay_presents import pieces
from loyalty.dashboard.rule_builder import location_names, tier_names
from loyalty.insights.replay.running import tried
from loyalty.insights.replay.telling import Happened, happened, notes_of
from loyalty.ledger.models import Wallet
from loyalty.merchants.access import may
from loyalty.money import exponent
from members.models import Member
from members.segments import names_in

MOST_DAYS = 92  # More are drawn as months.
ERRORS = {
    "too_long": _("It took too long. Choose fewer days."),
    "lost": _("The server stopped each time that it was tried."),
    "broken": _("It failed each time. Please tell whoever runs this installation."),
}  # fmt: skip


def told_of(request: DeskRequest, it: Replay) -> dict[str, Any]:
    """All that the page of a replay shows that is over."""
    program, campaign = request.program, tried(it, request.program)
    context = {
        "replay": it,
        "campaign": it.campaign,
        "days": days_of(it),
        "sentence": campaign_sentence(
            campaign,
            program,
            tiers=tier_names(program),
            locations=location_names(program),
            **names_in(program),
        ),  # fmt: skip
        "error": ERRORS.get(it.error, ""),
    }
    if it.result is None:
        return context
    wallet = campaign.wallet
    return context | {
        "stats": _stats(it, wallet),
        "notes": list(notes_of(it)),
        "budget_spent_on": _budget_sentence(it),
        "charts": _charts(it, wallet, tier_names(program)),
        "winners": _winners(request, it, wallet),
        "facts": _facts(it, wallet),
        "beside": beside(it, wallet, happened(it.campaign, it, now=timezone.now())),
    }


def days_of(it: Replay) -> str:
    """The days that were tried: "1 May 2026 – 31 May 2026"."""
    first, last = it.since, it.until - timedelta(1)
    if first == last:
        return formats.day(first)
    return f"{formats.day(first)} – {formats.day(last)}"


def row_of(it: Replay, wallet: Wallet) -> dict[str, Any]:
    """One line of the list on the campaign's page."""
    told: dict[str, Any] = {"replay": it, "days": days_of(it), "points": "", "cost": ""}
    if it.result:
        told["points"] = _given(it, it.result["whole"], wallet)
        if it.worth_points and not _prize(it):
            told["cost"] = _money(it.result["cost_minor"], wallet)
    return told


def beside(it: Replay, wallet: Wallet, now: Happened | None) -> list[tuple[str, str, str]]:
    """What was expected, and what happened: (what, expected, happened)."""
    if now is None or it.result is None:
        return []
    result, prize = it.result, _prize(it)
    days, added = (it.until - it.since).days, result["whole"]["added"]
    lines = [
        (_("Days"), formats.number(days), formats.number(now.days)),
        (
            _("Given"),
            _given(it, result["whole"], wallet),
            pieces(now.presents, prize) if prize else formats.points(now.points, wallet),
        ),
        (
            _("Given a day"),
            formats.points(round(added / days), wallet),
            formats.points(round(now.points / now.days), wallet),
        ),
        (
            _("Purchases that got something"),
            formats.number(result["whole"]["winning"]),
            formats.number(now.purchases),
        ),
        (_("Members who got something"), formats.number(result["gaining"]),
         formats.number(now.members)),
        (_("Cost"), _money(result["cost_minor"], wallet), _money(now.cost_minor, wallet)),
    ]  # fmt: skip
    only_points = (_("Given a day"), _("Cost"))
    return [it for it in lines if not prize or it[0] not in only_points]


def _prize(it: Replay) -> str:
    """What it gives in the place of points, if it does."""
    return str((it.result or {}).get("prize", ""))


def _given(it: Replay, gain: Mapping[str, int], wallet: Wallet) -> str:
    """What it would have given, to all or to one."""
    if prize := _prize(it):
        return pieces(gain["presents"], prize)
    return formats.points(gain["added"], wallet)


def day_rows(it: Replay) -> tuple[list[str], Iterable[Sequence[Any]]]:
    """The days as a table for spreadsheets."""
    assert it.result is not None
    if _prize(it):
        return replay_presents.day_rows(it.result)
    heading = [
        _("Day"), _("Purchases"), _("Purchases that got something"), _("Added"),
        _("Of that taken back"), _("By the rules of today"), _("Paid in fact"),
    ]  # fmt: skip
    names = ("day", "sales", "winning", "added", "back", "rules", "paid")
    return heading, ([day[name] for name in names] for day in it.result["days"])


def _stats(it: Replay, wallet: Wallet) -> list[dict[str, str]]:
    assert it.result is not None
    if _prize(it):
        return replay_presents.stats(it.result)
    result, whole = it.result, it.result["whole"]
    of_all, unit = _("of %(count)s"), {"unit": capfirst(str(wallet))}
    return [
        {
            "label": _("%(unit)s it would have given") % unit,
            "value": _bare(whole["added"], wallet),
            "hint": _("%(points)s were taken back by refunds.")
            % {"points": formats.points(whole["back"], wallet)},
        },
        {
            "label": _("Expected cost"),
            "value": _money(result["cost_minor"], wallet),
            "hint": _("If %(percent)s of it is spent.")
            % {"percent": formats.percent(Decimal(it.spent_basis_points) / 100)}
            if it.worth_points
            else _("Say what points cost you, and it is worked out."),
        },
        {
            "label": _("Liability"),
            "value": _money(result["liability_minor"], wallet),
            "hint": _("What you would owe on top, if all of it is spent."),
        },
        {
            "label": _("Members who gain"),
            "value": formats.number(result["gaining"]),
            "hint": of_all % {"count": formats.number(result["members"])},
        },
        {
            "label": _("Purchases that got something"),
            "value": formats.number(whole["winning"]),
            "hint": of_all % {"count": formats.number(whole["sales"])},
        },
        {
            "label": _("%(unit)s paid in fact") % unit,
            "value": _bare(whole["paid"], wallet),
            "hint": _("For the same purchases, by all rules and campaigns of that time."),
        },
    ]


def _facts(it: Replay, wallet: Wallet) -> list[tuple[str, str]]:
    currency = wallet.program.currency
    worth = _("not stated")
    if it.worth_points and wallet.kind != Wallet.Kind.CASHBACK:
        worth = _("%(points)s cost %(money)s") % {
            "points": formats.points(it.worth_points, wallet),
            "money": formats.money(it.worth_minor, currency),
        }
    facts = [
        (_("Days"), days_of(it)),
        (_("Of it spent"), formats.percent(Decimal(it.spent_basis_points) / 100)),
        (_("Asked by"), str(it.asked_by or _("a machine"))),
    ]
    if wallet.kind != Wallet.Kind.CASHBACK:
        facts.insert(2, (_("Worth"), worth))
    return facts


def _budget_sentence(it: Replay) -> str:
    day = (it.result or {}).get("budget_spent_on")
    if not day:
        return ""
    shown = formats.day(date.fromisoformat(day))
    return _("Its budget would have been used up on %(day)s.") % {"day": shown}


def _charts(it: Replay, wallet: Wallet, tiers: dict[int, Any]) -> list[charts.Chart]:
    assert it.result is not None
    if _prize(it):
        return []
    shown, axis = _shown(wallet)
    found = [_by_day(it, shown, axis)]
    ranks = it.result["tiers"]
    if len(ranks) > 1:
        found.append(
            charts.bars(
                _("By tier"),
                of=_("Tier"),
                labels=[str(tiers.get(row["rank"], "")) or str(row["rank"]) for row in ranks],
                series=_series(ranks),
                show=shown,
                axis=axis,
            )
        )
    return found


def _by_day(it: Replay, shown: charts.Show, axis: charts.Show) -> charts.Chart:
    assert it.result is not None
    rows, style, of = it.result["days"], "short", _("Day")
    if len(rows) > MOST_DAYS:
        rows, style, of = _months(rows), "month", _("Month")
    return charts.line(
        _("By day") if style == "short" else _("By month"),
        of=of,
        labels=[formats.day(date.fromisoformat(row["day"]), style=style) for row in rows],
        series=_series(rows),
        show=shown,
        axis=axis,
    )


def _series(rows: Sequence[dict[str, Any]]) -> list[charts.Series]:
    return [
        charts.Series(_("Added by the campaign"), [row["added"] for row in rows]),
        charts.Series(_("Paid in fact"), [row["paid"] for row in rows]),
    ]


def _months(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    months: dict[str, dict[str, Any]] = {}
    for row in rows:
        month = months.setdefault(
            row["day"][:7], {"day": f"{row['day'][:7]}-01", "added": 0, "paid": 0}
        )
        month["added"] += row["added"]
        month["paid"] += row["paid"]
    return list(months.values())


def _winners(request: DeskRequest, replay: Replay, wallet: Wallet) -> list[dict[str, Any]]:
    """The largest winners, with their names for who may see those."""
    assert replay.result is not None
    winners = replay.result["winners"]
    accounts = [it["account"] for it in winners]
    found = Member.objects.filter(account__in=accounts) if _sees_members(request) else ()
    members = {member.account_id: member for member in found}
    currency = wallet.program.currency
    return [
        {
            "number": number,
            "member": members.get(it["account"]),
            "sales": formats.number(it["sales"]),
            "spend": formats.money(it["spend_minor"], currency),
            "added": _given(replay, it, wallet),
            "paid": formats.points(it["paid"], wallet),
        }
        for number, it in enumerate(winners, 1)
    ]


def _sees_members(request: DeskRequest) -> bool:
    return may(request.staff, "members.see")


def _shown(wallet: Wallet) -> tuple[Callable[[int], str], Callable[[int], str]]:
    if wallet.kind != Wallet.Kind.CASHBACK:
        return (lambda value: formats.points(value, wallet)), charts.compact
    whole = 10 ** exponent(wallet.program.currency)
    return (lambda value: formats.points(value, wallet)), (
        lambda value: charts.compact(value // whole)
    )


def _bare(count: int, wallet: Wallet) -> str:
    """A figure whose unit stands beside it; in large type both would not fit."""
    if wallet.kind == Wallet.Kind.CASHBACK:
        return formats.points(count, wallet)
    return formats.number(count)


def _money(minor: int | None, wallet: Wallet) -> str:
    return "—" if minor is None else formats.money(minor, wallet.program.currency)


def latest_of(campaign: Campaign) -> list[Replay]:
    """Those that are worth a line on the campaign's page."""
    return list(campaign.replays.exclude(state=Replay.State.CANCELLED)[:5])
