"""Planning a campaign, letting it run, and ending it. What it gave stays as it was given."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.campaign_forms import campaign_data, clean_campaign
from campaigns.models import Campaign, CampaignVersion
from loyalty.days import period_start
from loyalty.earning import cap_usage
from loyalty.earning.caps import CapKey
from loyalty.earning.parts import BadRule
from loyalty.flows.settings import bump
from loyalty.merchants import trail
from loyalty.merchants.models import Program
from loyalty.merchants.trail import By
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal

State = Campaign.State
MOST_CAMPAIGNS = 500  # That are not archived.


class CampaignRefused(Refusal):
    """What was told is no campaign; ``problems`` in its facts name each wrong field."""

    code = "bad_campaign"


class CampaignOver(Refusal):
    code = "campaign_over"


class TooManyCampaigns(Refusal):
    code = "too_many_campaigns"


@transaction.atomic
def save(
    program: Program,
    campaign: Campaign | None,
    *,
    by: By,
    now: datetime,
    public_id: str = "",
    **told: Any,
) -> Campaign:
    """Make a draft, or change a campaign, from data as ``campaign_data`` writes it.

    ``public_id`` makes a new one once: a second click finds the first one's.
    """
    known = campaign.public_id if campaign else public_id
    campaign = _locked(program, known) if known else None
    before = campaign_data(campaign) if campaign else {}
    wallets = {wallet.code: wallet for wallet in program.wallets.all()}
    try:
        fields = clean_campaign({**before, **told}, wallets=wallets)
    except BadRule as bad:
        raise CampaignRefused(str(bad), problems=bad.problems) from bad
    if campaign is None:
        if program.campaigns.kept().count() >= MOST_CAMPAIGNS:
            raise TooManyCampaigns(
                _("A program has at most %(most)s campaigns. Archive some first.")
                % {"most": MOST_CAMPAIGNS}
            )
        campaign = Campaign(program=program, public_id=public_id or new_public_id(), created_at=now)
    else:
        _refuse_breach(campaign, fields, now)
    for name, value in fields.items():
        setattr(campaign, name, value)
    if campaign_data(campaign) == before:
        return campaign
    campaign.save()
    if campaign.state != State.DRAFT:
        _keep_version(campaign, by=by, now=now)
    _tell("campaign.change" if before else "campaign.make", campaign, before, by=by, now=now)
    return campaign


@transaction.atomic
def schedule(campaign: Campaign, *, by: By, now: datetime) -> Campaign:
    """Promise a draft, or go on with one that was paused: from its start to its end it gives."""
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if campaign.state == State.SCHEDULED:
        return campaign
    if campaign.stage(now) == "ended" or campaign.ends_at <= now:
        raise CampaignOver(_("This campaign is over. Copy it to plan another one."))
    action = "campaign.resume" if campaign.state == State.PAUSED else "campaign.schedule"
    campaign.state = State.SCHEDULED
    campaign.save(update_fields=["state"])
    _keep_version(campaign, by=by, now=now)
    _tell(action, campaign, by=by, now=now)
    return campaign


@transaction.atomic
def pause(campaign: Campaign, *, by: By, now: datetime) -> None:
    """It gives nothing until somebody lets it go on."""
    promised = Campaign.objects.filter(pk=campaign.pk, state=State.SCHEDULED, ends_at__gt=now)
    if promised.update(state=State.PAUSED):
        _tell("campaign.pause", campaign, by=by, now=now)


@transaction.atomic
def end(campaign: Campaign, *, by: By, now: datetime) -> None:
    """Over before its time, for good."""
    running = Campaign.objects.filter(pk=campaign.pk, ended_at=None, ends_at__gt=now)
    if running.exclude(state=State.DRAFT).update(state=State.ENDED, ended_at=now):
        _tell("campaign.end", campaign, by=by, now=now)


@transaction.atomic
def archive(campaign: Campaign, *, by: By, now: datetime) -> None:
    """Put a campaign away. What it gave is kept, and names it; it gives nothing any more."""
    if Campaign.objects.filter(pk=campaign.pk, archived_at=None).update(archived_at=now):
        _tell("campaign.archive", campaign, by=by, now=now)


@transaction.atomic
def restore(campaign: Campaign, *, by: By, now: datetime) -> None:
    archived = Campaign.objects.filter(pk=campaign.pk, archived_at__isnull=False)
    if archived.update(archived_at=None):
        _tell("campaign.restore", campaign, by=by, now=now)


def end_spent(*, now: datetime) -> int:
    """End the campaigns whose budget is used up; say how many."""
    ended = 0
    budgeted = Campaign.objects.live(now).exclude(budget=None).select_related("program")
    for campaign in budgeted.order_by("pk"):
        if paid(campaign) >= (campaign.budget or 0):
            end(campaign, by=None, now=now)
            ended += 1
    return ended


def paid(campaign: Campaign) -> int:
    """What it has given so far, less what refunds took back: what counts against its budget."""
    key = budget_key(campaign)
    return cap_usage.peek([key])[key]


def budget_key(campaign: Campaign) -> CapKey:
    starts_on = period_start("ever", campaign.starts_at.date())
    return CapKey(campaign.source, None, "", "ever", starts_on)


def _locked(program: Program, public_id: str) -> Campaign | None:
    campaigns = program.campaigns.select_for_update(no_key=True, of=("self",))
    return campaigns.select_related("wallet", "program").filter(public_id=public_id).first()


def _refuse_breach(campaign: Campaign, fields: dict[str, Any], now: datetime) -> None:
    """What was promised can be made longer or richer; not undone behind the members' backs."""
    problems: dict[str, str] = {}
    stage = campaign.stage(now)
    if stage == "ended":
        raise CampaignOver(_("This campaign is over. Copy it to plan another one."))
    if campaign.state != State.DRAFT:
        if now >= campaign.starts_at and fields["starts_at"] != campaign.starts_at:
            problems["starts_at"] = _("It has begun already.")
        if fields["ends_at"] <= now:
            problems["ends_at"] = _("That has passed. End the campaign instead.")
        if fields["wallet"].pk != campaign.wallet_id:
            problems["wallet"] = _("What was promised in one wallet stays in it.")
        if now >= campaign.starts_at and fields["held_out_percent"] != campaign.held_out_percent:
            problems["held_out_percent"] = _("Who is held out stays the same while it runs.")
        if (budget := fields["budget"]) is not None and budget < paid(campaign):
            problems["budget"] = _("More than that was given already.")
    if problems:
        raise CampaignRefused(" ".join(problems.values()), problems=problems)


def _keep_version(campaign: Campaign, *, by: By, now: datetime) -> None:
    campaign.version += 1
    campaign.save(update_fields=["version"])
    CampaignVersion.objects.create(
        campaign=campaign, number=campaign.version, told=campaign_data(campaign),
        changed_by=trail.person(by), changed_at=now,
    )  # fmt: skip


def _tell(
    action: str,
    campaign: Campaign,
    before: dict[str, Any] | None = None,
    *,
    by: By,
    now: datetime,
) -> None:
    bump(campaign.program)
    after = campaign_data(campaign) if before is not None else None
    trail.record(
        action, f"campaign:{campaign.public_id}", program=campaign.program, now=now, by=by,
        before=before, after=after,
    )  # fmt: skip
