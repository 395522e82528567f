"""Every kind of thing a program can have goes through a file: there, back, and into another."""

import pytest
from jsonschema import Draft202012Validator

from loyalty.flows import plans, running
from loyalty.flows.program_files import tree
from loyalty.flows.program_files.registry import PARTS
from loyalty.flows.program_files.schema import schema
from tests.flows.program_files.files import HEAD, ask, do, empty_program, problems, summary, told
from tests.makers import NOON

pytestmark = pytest.mark.django_db
EVERYTHING = (
    HEAD
    + """
program: {pending_days: 3}
locations: {ari: {name: {en: Ari}}}
wallets:
  points: {kind: points, unit_one: {en: point}, unit_many: {en: points}}
  cash: {kind: cashback, unit_one: {en: cash}, unit_many: {en: cash}, expiry: never}
tier_policy: {measure: visits, window: rolling}
tiers:
  base: {name: {en: Base}, threshold: 0}
  gold: {name: {en: Gold}, threshold: 10, entry_reward: cake}
badges:
  regular: {name: {en: Regular}, icon: coffee}
segments:
  big: {name: {en: Big}, conditions: [{kind: spent, amount: '500.00', days: 90}]}
  vip: {name: {en: VIP}, kind: code, code: VIP2026}
  asked: {name: {en: Asked}, kind: list}
rewards:
  cake: {name: {en: Cake}, wallet: points, price: 50}
  credit: {name: {en: Credit}, wallet: cash, price: '5.00', from_tier: gold}
rules:
  spend:
    name: {en: Spend}
    wallet: points
    effect: {kind: per_spend, points: 1, per: '1.00'}
    conditions: [{kind: segment, segments: [big], out: true}]
  follow:
    name: {en: Follow}
    trigger: follow
    wallet: points
    effect: {kind: fixed, points: 20}
    caps: [{limit: 20, period: ever, per_subject: true}]
campaigns:
  honour:
    name: {en: Honour}
    wallet: points
    effect: {kind: badge, badge: regular}
    conditions: [{kind: minimum_spend, amount: '300.00'}]
    starts_at: 2026-07-01 00:00
    ends_at: 2026-08-01 00:00
  gift:
    name: {en: Gift}
    wallet: points
    effect: {kind: reward, reward: cake}
    state: scheduled
    starts_at: 2026-07-01 00:00
    ends_at: 2026-08-01 00:00
activities:
  facebook: {name: {en: Facebook}, kind: follow, subject: facebook, proof: word}
  instagram: {name: {en: Instagram}, kind: follow, subject: instagram, proof: handle,
              link: 'https://instagram.com/cafe'}
codes:
  bottles: {name: {en: Bottles}, kind: single, count: 20, wallet: points, points: 10}
  poster: {name: {en: Poster}, kind: shared, reward: cake, total_limit: 100}
challenges:
  four-weeks:
    name: {en: Four weeks}
    kind: streak
    weeks: 4
    steps: [{trigger: purchase, conditions: [{kind: minimum_spend, amount: '50.00'}]}]
    prize: {kind: badge, badge: regular}
    state: open
    starts_at: 2026-06-01 00:00
    ends_at: null
wheels:
  fortune:
    name: {en: Fortune}
    wallet: points
    price: 10
    state: paused
    starts_at: 2026-06-01 00:00
    segments:
      - {name: {en: Cake}, percent: 1, prize: {kind: reward, reward: cake}, stock: 1}
      - {name: {en: Cash}, percent: '9.5', prize: {kind: points, wallet: cash, points: '1.00'}}
      - {name: {en: Nothing}, percent: '89.5', consolation: true}
followups:
  blend:
    name: {en: Blend}
    codes: [BLEND]
    every: 4
    reward: cake
    offer_on: along
    starts_at: 2026-06-01 00:00
referrals:
  active: true
  advocate_prize: {kind: points, wallet: points, points: 100}
  friend_prize: {kind: reward, reward: cake}
  minimum: '10.00'
  title: {en: Come in}
contests:
  share:
    name: {en: Share the love}
    state: open
    time_zone: America/Los_Angeles
    starts_at: 2026-06-15 00:00
    ends_at: 2026-07-01 00:00
    buys_from: 2026-07-01 00:00
    buys_until: 2026-08-01 00:00
    freezes_at: 2026-09-01 00:00
    raised_to: 150
    prizes:
      - {first: 1, last: 1, gives: [{kind: reward, reward: cake}]}
      - {first: 2, last: 5, gives: [{kind: points, wallet: cash, points: '10.00'}]}
surveys:
  after:
    name: {en: After a purchase}
    state: live
    asks: purchase
    from_tier: gold
    questions:
      - {kind: nps}
      - {kind: choice, words: {en: Which?}, options: [{en: Tea}, {en: Coffee}], required: true}
    prizes: [{kind: points, wallet: points, points: 25}]
calls:
  squad:
    name: {en: Squad}
    active: true
    most_pictures: 2
    badge: regular
    questions: [{kind: long, words: {en: Tell us about you}}]
    prizes: [{kind: points, wallet: points, points: 500}, {kind: badge, badge: regular}]
    closes_at: 2027-01-01 00:00
letters:
  songkran:
    event: holiday
    day: 2027-04-13
    hour: 9
    subject: {en: 'Happy new year, {name}', th: 'สวัสดีปีใหม่ {name}'}
    words: {en: 'Come in.'}
  quiet: {event: win_back, days: 60, active: false}
"""
)


@pytest.fixture
def program(db):
    program = empty_program(currency="THB")
    do(program, EVERYTHING)
    return program


def test_everything_goes_there_and_back(program) -> None:
    text = told(program)
    assert {part.name for part in PARTS} <= tree.read(text).value.keys()
    assert not ask(program, EVERYTHING).changes
    assert not do(program, text).changes
    other = empty_program()
    do(other, text)
    assert told(other) == text
    Draft202012Validator(schema()).validate(tree.read(text).plain())
    Draft202012Validator(schema()).validate(tree.read(EVERYTHING).plain())


def test_no_secret_is_in_a_file(program) -> None:
    text = told(program)
    secrets = [
        program.wheels.get().secret_sealed,
        program.wheels.get().secret_seal,
        *(batch.secret for batch in program.code_batches.all()),
        *(it.public_id for it in program.rewards.all()),
    ]
    assert not [secret for secret in secrets if secret and secret in text]


def test_what_is_over_is_left_as_it_is(program) -> None:
    text = told(program)
    running.end(program.challenges.get(), by=None, now=NOON)
    assert "challenges:" not in told(program)
    (problem,) = problems(program, text)
    assert "This is over" in problem


def test_printed_codes_stay(program) -> None:
    (problem,) = problems(program, told(program).replace("points: 10\n", "points: 11\n", 1))
    assert "stay as they were printed" in problem


def test_published_odds_stay(program) -> None:
    text = told(program).replace("percent: '9.5'", "percent: 9").replace("'89.5'", "90")
    (problem,) = problems(program, text)
    assert "odds and prizes are published" in problem


def test_odds_that_do_not_sum_are_told_by_their_line() -> None:
    text = EVERYTHING.replace("percent: 1,", "percent: 2,")
    (problem,) = problems(empty_program(currency="THB"), text)
    assert "odds come to 101%" in problem
    assert f"Line {text[: text.index('segments:', text.index('fortune'))].count(chr(10)) + 2}" in (
        problem
    )


def test_what_is_open_is_no_draft_again(program) -> None:
    found = problems(program, told(program).replace("    state: open\n", ""))
    assert len(found) == 2  # The challenge and the contest.
    assert all("cannot be a draft again" in problem for problem in found)


def test_a_prize_names_what_is_there(program) -> None:
    text = told(program).replace("{kind: badge, badge: regular}", "{kind: badge, badge: regulr}")
    first, *_rest = problems(program, text)
    assert "Did you mean “regular”?" in first


def test_a_letter_that_was_put_away_is_planned_again(program) -> None:
    text = told(program)
    letter = program.planned_letters.get(event="win_back")
    plans.archive(letter, by=None, now=NOON)
    assert "win_back" not in told(program)
    assert summary(do(program, text)) == ["made letters.quiet"]
    letter.refresh_from_db()
    assert letter.archived_at is None
    assert told(program) == text


def test_a_letter_s_wrong_fields_are_told_by_their_lines(program) -> None:
    text = HEAD + "letters:\n  quiet: {event: win_back}\n  eve:\n    event: holiday\n"
    quiet, eve = problems(program, text)
    assert "Line 3, letters.quiet" in quiet
    assert "quiet days" in quiet
    assert "letters.eve" in eve
    assert "which day" in eve
    text = text.replace("win_back}", "win_back, days: 9}") + "    day: 31.12.\n"
    (bad,) = problems(program, text)
    assert "Line 6, letters.eve.day: Give a day like 2027-04-13." in bad


def test_lists_are_moved_and_put_away(program) -> None:
    text = told(program)
    facebook = text.index("  facebook:")
    codes = text.index("codes:\n  bottles")
    alone = text[:facebook] + text[text.index("  instagram:") : codes] + text[codes:]
    assert not ask(program, alone).changes
    assert "archived activities.facebook" in summary(do(program, alone, prunes=True))
