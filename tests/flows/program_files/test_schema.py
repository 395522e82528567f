"""The published schema and the code that reads files are of one mind."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from campaigns.campaign_forms import campaign_data
from campaigns.models import Campaign
from loyalty.earning.models import EarningRule
from loyalty.earning.rule_forms import rule_data
from loyalty.flows.program_files import tree
from loyalty.flows.program_files.nouns.campaigns import Campaigns
from loyalty.flows.program_files.nouns.rewards import Rewards
from loyalty.flows.program_files.nouns.rules import Rules
from loyalty.flows.program_files.nouns.settings import Settings
from loyalty.flows.program_files.nouns.tiers import Tiers
from loyalty.flows.program_files.nouns.wallets import Wallets
from loyalty.flows.program_files.schema import schema
from loyalty.flows.rules import wallet_facts
from loyalty.flows.settings import KEPT
from loyalty.ledger.models import Wallet
from loyalty.management.demo import shop
from loyalty.rewards.drafts import facts
from loyalty.rewards.models import Reward
from members.models import Tier
from members.tier_drafts import tier_facts
from tests.flows.program_files.files import HEAD, do, empty_program, told
from tests.makers import NOON

ROOT = Path(__file__).parents[3]
VALIDATOR = Draft202012Validator(schema())


def test_the_published_schema_is_the_code_s() -> None:
    published = json.loads((ROOT / "docs" / "program-file.schema.json").read_text())
    assert published == schema(), "manage.py program schema > docs/program-file.schema.json"
    Draft202012Validator.check_schema(published)


@pytest.mark.django_db
def test_an_export_is_valid_by_the_schema() -> None:
    VALIDATOR.validate(tree.read(told(shop.open_shop(NOON))).plain())


@pytest.mark.parametrize(
    "text",
    [
        "rulez: {}",
        "program: {pending_days: x}",
        "rules: {One Rule: {}}",
        "rewards: {one: {name: {en: x}, wallet: points, price: 5, amount: 5}}",
        "wallets: {points: {kind: pointz, unit_one: {en: a}, unit_many: {en: b}}}",
        "rules: {one: {name: {en: x}, wallet: points, effect: {kind: nothing}}}",
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(text: str) -> None:
    assert not VALIDATOR.is_valid(tree.read(HEAD + text).plain())


def test_a_file_says_all_that_flows_keep() -> None:
    """A field that a rule, a reward, a campaign … gets one day is in its files, too."""
    wallet = Wallet(code="points")
    rule = EarningRule(effect={}, wallet=wallet)
    now = {"starts_at": NOON, "ends_at": NOON}
    for noun, kept, elsewhere in (
        (Rules(), rule_data(rule), {"position", "is_qualifying", "is_active"}),
        (Campaigns(), campaign_data(Campaign(wallet=wallet, **now)), {"is_qualifying"}),
        (Rewards(), facts(Reward(wallet=wallet)),
         {"position", "amount_minor", "is_automatic", "from_rank", "is_active"}),
        (Wallets(), wallet_facts(wallet), {"code"}),
        (Tiers(), tier_facts(Tier()), {"multiplier_percent"}),
        (Settings(), KEPT, {"slug", "pay_points", "pay_minor"}),
    ):  # fmt: skip
        assert set(kept) - elsewhere <= noun.fields.fields.keys(), noun.name


@pytest.mark.django_db
def test_the_example_of_the_documentation_loads() -> None:
    page = (ROOT / "docs" / "program-files.md").read_text()
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    program = empty_program()
    assert len(do(program, example).changes) == 14
    assert not do(program, example).changes
    VALIDATOR.validate(tree.read(example).plain())
