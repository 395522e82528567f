"""Reviews that a web shop tells of: they wait for the team like those of the portal."""

import pytest

from campaigns.contributions.models import Contribution
from loyalty.flows import calls, deciding
from tests.inbox.makers import Shop
from tests.makers import NOON, make_staff, points

POINTS = {"kind": "points", "wallet": "points", "points": 20}
MORE = {"kind": "points", "wallet": "points", "points": 10}
TEXT = {"key": "text", "kind": "long", "words": {"en": "Your review"}, "required": True}


def review(**fields):
    told = {
        "id": "r-1", "product": "LATTE", "product_name": "Latte", "rating": 5, "text": "Lovely",
        "customer": {"email": "ana@example.org"},
    }  # fmt: skip
    return {"type": "review", "review": {**told, **fields}}


@pytest.fixture
def shop(cafe) -> Shop:
    return Shop(cafe, "own")


@pytest.fixture
def call(cafe):
    made = calls.save(
        cafe, None, by=None, now=NOON, kind="review", name={"en": "Reviews"}, questions=[TEXT],
        prizes=[POINTS], picture_prizes=[MORE],
    )  # fmt: skip
    calls.switch(made, is_open=True, by=None, now=NOON)
    return made


def told_of(arrival) -> tuple[str, str]:
    return arrival.status, arrival.reason


@pytest.fixture
def known(ana):
    ana.email_verified_at = NOON
    ana.save()
    return ana


def test_a_review_with_a_picture_at_the_shop_gives_more(shop, cafe, call, known):
    body = review(picture_link="https://shop.example.org/1.jpg")
    assert told_of(shop.hear("", body)) == ("done", "")
    shop.hear("", body)  # Told again under another event: it is there once.
    made = Contribution.objects.get()
    assert (made.state, made.rating, made.answers) == ("waiting", 5, {"text": "Lovely"})
    deciding.approve(made, by=make_staff(cafe), now=NOON)
    assert points(known) == 30


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (review(customer={"email": "nobody@example.org"}), "no_member"),
        (review(rating=6), "not_understood"),
        (review(product=""), "bad_answers"),
        (review(picture_link="javascript:alert(1)"), "bad_answers"),
    ],
    ids=["no member", "six stars", "no product", "no link"],
)
def test_what_cannot_be_taken_says_why(shop, call, known, body, reason):
    assert told_of(shop.hear("", body))[1] == reason
    assert not Contribution.objects.exists()


def test_without_an_open_call_it_is_left(shop, known):
    assert told_of(shop.hear("", review())) == ("skipped", "no_call")
