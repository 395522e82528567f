"""P07: linking Facebook and Instagram gives 20 each, once each; posts are capped."""

import pytest
import time_machine

from loyalty.flows import activities
from members.models import Member
from tests.makers import NOON
from tests.portal.conftest import phone_of, read
from tests.programs.stage import Shop

pytestmark = pytest.mark.django_db


def name_networks(shop: Shop) -> dict[str, str]:
    """Facebook and Instagram, as the dashboard names them; the addresses of their pages."""
    slug = shop.program.slug
    return {
        network: f"/p/{slug}/earn/" + activities.save(
            shop.fresh(), None, name={"en": f"Link {network.title()}"}, kind="linked_account",
            subject=network, proof="handle", points=20, by=None, now=NOON,
        ).public_id + "/"
        for network in ("facebook", "instagram")
    }  # fmt: skip


def test_p07_each_network_is_linked_once(db):
    shop = Shop()
    pages = name_networks(shop)
    with shop.at(2026, 6, 2, 12):
        ana = shop.join(email="ana@example.org")
        phone = phone_of(Member.objects.get(public_id=ana))
        for network in ("facebook", "instagram"):
            answer = phone.post(pages[network], {"handle": "@Ana.Cafe"}, follow=True)
            assert "Thank you! +20 points." in read(answer)
        again = phone.post(pages["facebook"], {"handle": "another"}, follow=True)
        assert "It gives something once." in read(again)
        assert shop.balance(ana) == 40


def test_p07_a_name_is_linked_by_one_member(db):
    shop = Shop()
    page = name_networks(shop)["facebook"]
    with shop.at(2026, 6, 2, 12):
        for number, told in enumerate(("+20 points", "Another member has linked this name.")):
            member = shop.join(email=f"m{number}@example.org")
            phone = phone_of(Member.objects.get(public_id=member))
            handle = ("@ana", "https://facebook.com/Ana/")[number]
            assert told in read(phone.post(page, {"handle": handle}, follow=True))
        assert shop.balance(member) == 0


def test_p07_sharing_pays_once_a_post_and_so_much_a_week(db):
    """The shop's own system confirms each post, over the API."""
    shop = Shop()
    shop.rule(
        "Shared", trigger="shared_post", effect={"kind": "fixed", "points": 5},
        caps=[{"period": "ever", "limit": 5, "per_subject": True}, {"period": "week", "limit": 15}],
    )  # fmt: skip
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
        for post in ("a", "b", "A", "c", "d"):
            shop.do(ana, "shared_post", subject=post)
        assert shop.balance(ana) == 15


def test_p07_ways_to_earn_show_what_is_left(db):
    shop = Shop()
    pages = name_networks(shop)
    shop.rule(
        "Video", trigger="watched_video", effect={"kind": "fixed", "points": 10},
        caps=[{"period": "week", "limit": 30}],
    )  # fmt: skip
    with time_machine.travel(NOON, tick=False):
        ana = shop.join(email="ana@example.org")
        phone = phone_of(Member.objects.get(public_id=ana))
        shop.do(ana, "watched_video")
        phone.post(pages["facebook"], {"handle": "ana"})
        page = read(phone.get(f"/p/{shop.program.slug}/earn/"))
    assert "20 of 30 points left this week" in page
    assert page.count("20 points") >= 1
    assert "Done" in page
