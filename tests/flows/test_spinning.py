"""The wheel: paid and drawn at once, never more than there is, and anybody can draw it again."""

import hashlib
import hmac
from collections import Counter
from datetime import timedelta

import pytest

from campaigns.wheel import drawing
from campaigns.wheel.models import Segment, Spin
from loyalty.flows import running, wheels
from loyalty.flows.spinning import NoSpinLeft, SealMoved, WheelNotLive, secret_of, spin, turn_for
from loyalty.flows.wheels import WheelRefused
from loyalty.ledger.posting import InsufficientPoints
from tests.at_once import times
from tests.flows.games import make_wheel, points, segment
from tests.makers import NOON, give, make_member, make_program, make_reward
from tests.makers import points as points_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def shop(db):
    return make_program("shop")


@pytest.fixture
def nok(shop):
    member = make_member(shop, "nok@example.org", name="Nok")
    give(member, 100)
    return member


def word_for(wheel, member, segment, now=NOON):
    """A word that makes the member's next spin land on a segment, as only the house could find."""
    seed = drawing.seed_of(
        secret_of(wheel), member.public_id, turn_for(wheel, member, now=now).number
    )
    shares = list(wheel.segments.order_by("position").values_list("share", flat=True))
    words = (str(number) for number in range(100_000))
    return next(it for it in words if drawing.landed(shares, drawing.roll(seed, it)) == segment)


def test_a_spin_is_paid_and_won_at_once(shop, nok):
    wheel = make_wheel(shop)
    spun = spin(nok, wheel, key="a", word=word_for(wheel, nok, 1), now=NOON)
    assert (str(spun.segment), spun.fate, points_of(nok)) == ("Twenty", "given", 110)
    spun = spin(nok, wheel, key="b", word=word_for(wheel, nok, 2), now=NOON)
    assert (spun.fate, points_of(nok)) == ("nothing", 100)


def test_a_double_click_spins_once(shop, nok):
    wheel = make_wheel(shop)
    assert spin(nok, wheel, key="a", now=NOON).pk == spin(nok, wheel, key="a", now=NOON).pk
    assert Spin.objects.count() == 1


def test_anybody_can_draw_it_again(shop, nok):
    """With nothing of ours: only what the page shows, and the published way."""
    wheel = make_wheel(shop)
    sealed = turn_for(wheel, nok, now=NOON).seal
    spun = spin(nok, wheel, key="a", word="ดีใจ", seal=sealed, now=NOON)

    seed = bytes.fromhex(spun.seed)
    assert hashlib.sha256(seed).hexdigest() == sealed == spun.seal
    digest = hmac.new(seed, "ดีใจ".encode(), hashlib.sha256).digest()
    roll = int.from_bytes(digest[:8], "big") * 10_000 // 2**64
    assert roll == spun.roll
    upto = 0
    for share, place in ((100, 0), (1_900, 1), (8_000, 2)):
        upto += share
        if roll < upto:
            assert spun.landed.position == place
            break
    # And once the wheel is over, that all seeds were made of the one secret.
    secret = secret_of(wheel)
    assert hashlib.sha256(secret).hexdigest() == wheel.secret_seal
    assert hmac.new(secret, f"{nok.public_id}/1".encode(), hashlib.sha256).digest() == seed


def test_the_draw_is_as_likely_as_it_says():
    """Chi-square over 40,000 seeds: with four degrees of freedom below 18.5 in all but 0.1 %."""
    shares = (100, 400, 1_500, 3_000, 5_000)
    drawn = Counter(
        drawing.landed(shares, drawing.roll(drawing.seed_of(b"chi", "card", number), "word"))
        for number in range(40_000)
    )
    expected = [share * 4 for share in shares]
    chi = sum((drawn[place] - it) ** 2 / it for place, it in enumerate(expected))
    assert chi < 18.5


def test_a_prize_that_has_run_out_falls_to_the_consolation(shop, nok):
    wheel = make_wheel(
        shop,
        segment("Car", 5_000, points(shop, 1_000), stock=1),
        segment("Pen", 5_000, points(shop, 5), is_consolation=True),
    )
    assert spin(nok, wheel, key="a", word=word_for(wheel, nok, 0), now=NOON).fate == "given"
    spun = spin(nok, wheel, key="b", word=word_for(wheel, nok, 0), now=NOON)
    assert (str(spun.landed), str(spun.segment), spun.fate) == ("Car", "Pen", "ran_out")
    assert points_of(nok) == 100 - 20 + 1_000 + 5


def test_a_reward_that_has_run_out_falls_to_the_consolation_too(shop, nok):
    reward = make_reward(shop, stock=0)
    wheel = make_wheel(
        shop, segment("Twenty", 9_999, points(shop)), segment("No", 1, is_consolation=True)
    )
    Segment.objects.filter(wheel=wheel, position=0).update(
        prize={"kind": "reward", "reward": reward.pk}
    )
    spun = spin(nok, wheel, key="a", word=word_for(wheel, nok, 0), now=NOON)
    assert (spun.fate, Segment.objects.get(wheel=wheel, position=0).given) == ("ran_out", 0)


def test_one_a_day_is_free(shop, nok):
    wheel = make_wheel(shop, free_daily=True, price=0, wallet=None)
    spin(nok, wheel, key="a", word=word_for(wheel, nok, 2), now=NOON)
    with pytest.raises(NoSpinLeft):
        spin(nok, wheel, key="b", now=NOON)
    spun = spin(nok, wheel, key="b", word=word_for(wheel, nok, 2), now=NOON + DAY)
    assert (spun.number, spun.entry, points_of(nok)) == (2, None, 100)


def test_so_many_a_day_and_no_more(shop, nok):
    wheel = make_wheel(shop, free_daily=True, most_daily=2)
    for key in "ab":
        spin(nok, wheel, key=key, word=word_for(wheel, nok, 2), now=NOON)
    assert points_of(nok) == 90
    with pytest.raises(NoSpinLeft):
        spin(nok, wheel, key="c", now=NOON)


def test_without_the_points_nothing_is_drawn(shop, nok):
    wheel = make_wheel(shop, price=101)
    with pytest.raises(InsufficientPoints):
        spin(nok, wheel, key="a", now=NOON)
    assert not Spin.objects.exists()


def test_a_seal_of_before_is_refused(shop, nok):
    wheel = make_wheel(shop)
    seal = turn_for(wheel, nok, now=NOON).seal
    spin(nok, wheel, key="a", seal=seal, now=NOON)
    with pytest.raises(SealMoved):
        spin(nok, wheel, key="b", seal=seal, now=NOON)


def test_it_turns_only_while_it_is_live(shop, nok):
    wheel = make_wheel(shop, ends_at=NOON + DAY)
    for now in (NOON - DAY, NOON + DAY):
        with pytest.raises(WheelNotLive):
            spin(nok, wheel, key="a", now=now)
    running.end(wheel, by=None, now=NOON)
    with pytest.raises(WheelNotLive):
        spin(nok, wheel, key="a", now=NOON)


@pytest.mark.django_db(transaction=True)
def test_the_last_one_is_given_once(transactional_db):
    """P27: 64 members land on a prize of which there is one, at the same moment."""
    shop = make_program("shop")
    wheel = make_wheel(
        shop,
        segment("Car", 100, points(shop, 1_000), stock=1),
        segment("Nothing", 9_900, is_consolation=True),
    )
    people = [make_member(shop, f"m{number}@example.org") for number in range(64)]
    for member in people:
        give(member, 10)
    words = [word_for(wheel, member, 0) for member in people]
    spun = times(64, lambda it: spin(people[it], wheel, key="a", word=words[it], now=NOON).fate)
    assert Counter(spun) == {"given": 1, "ran_out": 63}
    assert Segment.objects.get(wheel=wheel, position=0).given == 1
    assert sum(points_of(it) for it in people) == 1_000


# --- What cannot be --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ([("A", 5_000), ("B", 4_000)], "come to 90%"),
        ([("A", 9_999), ("B", 100)], "come to 100.99%"),
        ([("A", 10_000)], "from 2 to 16 segments"),
        ([("A", 0), ("B", 10_000)], "from 1 to 10000"),
    ],
)
def test_odds_that_do_not_sum_are_told_in_a_sentence(shop, parts, sentence):
    with pytest.raises(WheelRefused) as refused:
        make_wheel(shop, *(segment(*part, is_consolation=not it) for it, part in enumerate(parts)))
    assert sentence in str(refused.value)


def test_what_stands_in_for_others_must_not_run_out(shop):
    for prize, stock in (
        (points(shop), 5),
        ({"kind": "reward", "reward": make_reward(shop).pk}, None),
    ):
        with pytest.raises(WheelRefused, match="must not run out"):
            make_wheel(
                shop,
                segment("A", 5_000),
                segment("B", 5_000, prize, stock=stock, is_consolation=True),
            )
    with pytest.raises(WheelRefused, match="Mark one segment"):
        make_wheel(shop, segment("A", 5_000), segment("B", 5_000))


@pytest.mark.parametrize(
    "told",
    [{"price": 0}, {"wallet": None}, {"wallet": "gold"}, {"ends_at": NOON}, {"most_daily": 0}],
)
def test_what_cannot_be_is_refused(shop, told):
    with pytest.raises(WheelRefused):
        make_wheel(shop, **told)


def test_odds_that_are_published_stay(shop):
    wheel = make_wheel(shop)
    parts = wheels.wheel_data(wheel)["segments"]
    more = [parts[0] | {"stock": 3}, *parts[1:]]
    wheels.save(shop, wheel, by=None, now=NOON, segments=more)
    assert wheel.segments.get(position=0).stock == 3
    for worse in (
        [parts[0] | {"stock": 0}, *parts[1:]],
        [parts[0] | {"share": 200}, parts[1], parts[2] | {"share": 7_900}],
    ):
        with pytest.raises(WheelRefused):
            wheels.save(shop, wheel, by=None, now=NOON, segments=worse)
    with pytest.raises(WheelRefused):
        wheels.save(shop, wheel, by=None, now=NOON, price=20)
