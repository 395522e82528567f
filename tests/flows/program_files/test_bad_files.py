"""What a file cannot say is told by its line, all at once, and changes nothing."""

import pytest

from loyalty.flows import settings
from loyalty.merchants.models import Role
from tests.flows.program_files.files import HEAD, do, problems, told
from tests.makers import NOON, buy, make_program, make_reward, make_staff, make_tiers

pytestmark = pytest.mark.django_db

RULE = """rules:
  one:
    name: {en: One}
    wallet: points
    effect: {kind: fixed, points: 5}
"""
BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "begins with"),
        ("- a\n- b\n", 1, "names of its parts"),
        ("taem: 2\n", 1, "begins with"),
        (HEAD + "rulez: {}\n", 2, "Did you mean “rules”?"),
        (HEAD + "rules:\n\tone: {}\n", 3, "tab"),
        (HEAD + "rules: {one: [}\n", 2, "not YAML"),
        (HEAD + BOMB, 2, "no anchors"),
        (HEAD + "rules: !!python/object/apply:os.system [ls]\n", 2, "no tags"),
        (HEAD + "program: {}\nprogram: {}\n", 3, "stands in line 2 already"),
        (HEAD + "---\ntaem: 1\n", 2, "one document"),
        (HEAD + "rules: " + "[" * 30 + "]" * 30 + "\n", 2, "nested"),
        (HEAD + "# " + "x" * 1_000_001, 0, "at most 1000 KB"),
        (HEAD + "program: {name: {en: \x00}}\n", 0, "characters"),
        (HEAD + "program: {name: {en: \ud800}}\n", 0, "characters"),
        (HEAD + "rules: []\n", 2, "fields"),
        (HEAD + "rules: {One Rule: {}}\n", 2, "small letters"),
        (HEAD + "rules: {one: 5}\n", 2, "fields"),
        (HEAD + RULE.replace("points: 5", "points: 1234567890123456789"), 6, "too large"),
        (HEAD + RULE + "    wallets: points\n", 7, "Did you mean “wallet”?"),
        (HEAD + RULE.replace("wallet: points", "wallet: pionts"), 5, "Did you mean “points”?"),
        (HEAD + RULE.replace("kind: fixed", "kind: fixt"), 6, "Did you mean “fixed”?"),
        (HEAD + RULE.replace("points: 5", "points: '5'"), 6, "whole number"),
        (HEAD + RULE.replace("points: 5", "points: 5, per: 3"), 6, "There is no “per” here"),
        (HEAD + RULE.replace("{en: One}", "{fr: Un}"), 4, "Languages are"),
        (HEAD + RULE.replace("{en: One}", "One"), 4, "by language"),
        (HEAD + RULE.replace("name: {en: One}", "active: true"), 4, "“name” is missing"),
        (HEAD + RULE + "    active: maybe\n", 7, "true or false"),
        (HEAD + RULE + "    conditions: [{kind: minimum_spend, amount: 5.90}]\n", 7, "in quotes"),
        (HEAD + RULE + "    conditions: [{kind: minimum_spend, amount: '5.905'}]\n", 7, "decimals"),
        (HEAD + RULE + "    conditions: [{kind: tier}]\n", 7, "Give either a tier"),
        (HEAD + RULE + "    conditions: [{kind: tier, from_tier: gold}]\n", 7, "nothing called"),
        (HEAD + RULE + "    caps: [{limit: 5, period: fortnight}]\n", 7, "one of these words"),
        (HEAD + RULE + "    trigger: birthday\n    conditions: [{kind: category, codes: [x]}]\n",
         8, "never holds"),
        (HEAD + "program: {time_zone: Asia/Bankok}\n", 2, "not known"),
        (HEAD + "program: {languages: [th, fr]}\n", 2, "one of these words"),
        (HEAD + "program: {pending_days: -1}\n", 2, "from 0 to 365"),
        (HEAD + "program: {currency: YEN1}\n", 2, "like THB"),
        (HEAD + "wallets: {points: {kind: stamps, unit_one: {en: a}, unit_many: {en: b}}}\n",
         2, "keeps its kind"),
        (HEAD + "tiers: {base: {name: {en: A}, threshold: 5}}\n", 2, "in quotes"),
        (HEAD + "tiers: {base: {name: {en: A}, threshold: '5.00'}}\n", 2, "reached at 0"),
    ],
    ids=str,
)  # fmt: skip
def test_it_is_told_by_its_line(cafe, text, line, words) -> None:
    (first, *_rest) = problems(cafe, text)
    assert words in first
    assert first.startswith(f"Line {line}") or line == 0


def test_all_that_is_wrong_is_told_at_once(cafe) -> None:
    text = HEAD + "program: {pending_days: x}\n" + RULE.replace("{kind: fixed, points: 5}", "5")
    text += "rewards: {}\ncampaigns: {c: {name: {en: C}}}\nnonsense: 1\n"
    lines = [problem.split(",")[0].split(":")[0] for problem in problems(cafe, text)]
    assert lines == ["Line 2", "Line 7", *["Line 9"] * 4, "Line 10"]


def test_what_only_follows_from_a_problem_is_not_told(cafe) -> None:
    text = HEAD + "wallets: {stars: {kind: pointz, unit_one: {en: a}, unit_many: {en: b}}}\n"
    text += RULE.replace("wallet: points", "wallet: stars")
    assert len(problems(cafe, text)) == 1


def test_a_file_with_a_problem_changes_nothing(cafe) -> None:
    before = told(cafe)
    assert problems(cafe, before + "nonsense: 1\n", is_asked_only=False)
    text = before.replace("pending_days: 0", "pending_days: 9") + "nonsense: 1\n"
    assert problems(cafe, text, is_asked_only=False)
    assert told(cafe) == before


def test_the_currency_stays_once_something_was_sold(ana) -> None:
    buy(ana)
    text = told(ana.program).replace("currency: THB", "currency: JPY")
    assert any("currency cannot change" in it for it in problems(ana.program, text))


def test_a_text_is_shown_as_it_is(cafe) -> None:
    do(cafe, told(cafe) + "rewards: {tag: {name: {en: <b>Tag</b>}, wallet: points, price: 5}}\n")
    assert cafe.rewards.get().name == {"en": "<b>Tag</b>"}


def test_what_a_tier_needs_is_not_archived(cafe) -> None:
    make_tiers(cafe, 0, 200_00)
    make_reward(cafe)
    (problem,) = problems(cafe, told(cafe).split("tiers:")[0] + "rewards: {}\n", prunes=True)[:1]
    assert "lowest tier" in problem


def test_only_the_owner_changes_the_limits(cafe) -> None:
    text = told(cafe).replace("manager: 10000", "manager: 99999")
    manager, owner = make_staff(cafe, Role.MANAGER), make_staff(cafe, Role.OWNER)
    (problem,) = problems(cafe, text, by=manager)
    assert "Only the owner" in problem
    assert not problems(cafe, text, by=owner)


def test_another_program_is_not_touched(cafe) -> None:
    other = make_program("other")
    before = told(other)
    do(cafe, told(cafe).replace("pending_days: 0", "pending_days: 14"))
    assert told(other) == before


def test_what_changed_meanwhile_is_looked_at_again(cafe) -> None:
    text = told(cafe).replace("pending_days: 0", "pending_days: 14")
    seen = do(cafe, told(cafe)).seen
    settings.change(cafe, by=None, now=NOON, claim_days=7)
    with pytest.raises(Exception, match="Something changed meanwhile"):
        do(cafe, text, seen=seen)
