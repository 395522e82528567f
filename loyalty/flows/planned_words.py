"""What a planned letter says: the merchant's words with names put in, or ours; and a look at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import translation

from campaigns.campaign_forms import campaign_sentence
from campaigns.models import Campaign
from campaigns.planned.models import PlannedLetter
from loyalty import colours, formats
from loyalty.flows import plans
from loyalty.messaging import rendering
from loyalty.messaging.models import Message
from loyalty.messaging.rendering import Written
from members.models import Member, Tier

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class About:
    """A campaign that letters are about, with the names that its sentence needs."""

    campaign: Campaign
    tiers: dict[int, Any]
    shops: dict[str, Any]

    @classmethod
    def of(cls, campaign: Campaign) -> "About":
        program = campaign.program
        return cls(
            campaign,
            {tier.rank: tier.name for tier in Tier.objects.kept().filter(program=program)},
            {shop.code: shop.name for shop in program.merchant.locations.all()},
        )

    @property
    def sentence(self) -> str:
        return campaign_sentence(
            self.campaign, self.campaign.program, tiers=self.tiers, locations=self.shops
        )


def behind(messages: Sequence[Message]) -> tuple[dict[int, PlannedLetter], dict[int, About]]:
    """The plans and campaigns that some letters are about, by their ids."""
    told = [it.context for it in messages if "plan_id" in it.context]
    if not told:
        return {}, {}
    found = PlannedLetter.objects.kept().filter(pk__in={it["plan_id"] for it in told})
    about = Campaign.objects.filter(pk__in={it["campaign_id"] for it in told})
    return (
        {plan.pk: plan for plan in found.select_related("program")},
        {it.pk: About.of(it) for it in about.select_related("program__merchant", "wallet")},
    )


def told_of(plan: PlannedLetter, about: About | None, number: int, member: Member | None) -> Facts:
    """What the template of a planned letter is told, in the language that is set."""
    program = plan.program
    campaign = about.campaign if about else None
    name = str(campaign.name) if campaign else ""
    named = {
        "name": member.name if member else "", "program": str(program), "campaign": name,
        "number": formats.number(number),
    }  # fmt: skip
    era = "be" if formats.language() == "th" else "ce"
    return {
        "event": plan.event,
        "own_subject": plans.filled(str(plan.subject), named),
        "own_words": _paragraphs(plans.filled(str(plan.words), named)),
        "number": number,
        "campaign": name,
        "about": str(campaign.about) if campaign else "",
        "sentence": about.sentence if about else "",
        "starts_text": formats.moment(campaign.starts_at, zone=program.time_zone, era=era)
        if campaign
        else "",
        "ends_text": formats.moment(campaign.ends_at, zone=program.time_zone, era=era)
        if campaign
        else "",
    }


def preview(plan: PlannedLetter, *, language: str) -> Written:
    """How the letter reads to an example of a member."""
    with translation.override(language):
        example = Member(name={"th": "อานา"}.get(language, "Ana"))
        told = told_of(plan, example_of(plan), plans.example_of(plan), example)
    return rendering.write(plan.event, language=language, told=told | {
        "program": plan.program, "brand": colours.brand(plan.program.brand_color),
        "name": example.name, "links": {}, "language": language, "unsubscribe": "",
    })  # fmt: skip


def example_of(plan: PlannedLetter) -> About | None:
    """The program's newest campaign, where the letter is about one."""
    if plan.event not in (PlannedLetter.Event.CAMPAIGN_START, PlannedLetter.Event.CAMPAIGN_END):
        return None
    newest = plan.program.campaigns.kept().select_related("program__merchant", "wallet")
    found = newest.order_by("-pk").first()
    return About.of(found) if found else None


def _paragraphs(text: str) -> list[list[str]]:
    """Paragraphs of lines, as they were typed."""
    parts = [part.strip() for part in text.replace("\r", "").split("\n\n")]
    return [part.split("\n") for part in parts if part]
