"""Badges at the desk, and the fields by which prizes are chosen."""

import pytest

from loyalty.dashboard.prizes import PrizeForm
from loyalty.flows import badges as flow
from loyalty.public_ids import new_public_id
from members import badges
from tests.makers import NOON, make_reward, make_wallet

HERE = "/dashboard/cafe/badges/"


@pytest.fixture
def regular(cafe):
    return flow.save(cafe, None, name={"en": "Night owl"}, icon="coffee", by=None, now=NOON)


def test_a_badge_is_made_once_and_listed(desk, cafe):
    told = {"name_en": "Night owl", "icon": "coffee", "once": new_public_id()}
    for _click in range(2):
        assert desk.post(f"{HERE}new/", told).status_code == 302
    assert cafe.badges.get().icon == "coffee"
    assert "Night owl" in desk.get(HERE).content.decode()


def test_a_drawing_that_is_not_offered_is_refused(desk, cafe):
    told = {"name_en": "Night owl", "icon": "<svg>", "once": new_public_id()}
    assert desk.post(f"{HERE}new/", told).status_code == 422
    assert not cafe.badges.exists()


def test_its_page_names_the_holders_and_lets_staff_take_it_back(desk, cafe, ana, regular):
    badges.give(ana, regular, key="a", at=NOON)
    page = f"{HERE}{regular.public_id}/"
    assert "Ana" in desk.get(page).content.decode()
    assert desk.post(f"{page}take/{ana.public_id}/").status_code == 302
    desk.get(HERE)  # Shows the word about it.
    assert "Ana" not in desk.get(page).content.decode()
    assert badges.held_by(ana) == []


def test_one_that_is_archived_is_kept_by_who_holds_it(desk, ana, regular):
    badges.give(ana, regular, key="a", at=NOON)
    desk.post(f"{HERE}{regular.public_id}/archive/")
    desk.get("/dashboard/cafe/tiers/")  # Shows the word about it.
    assert "Night owl" not in desk.get(HERE).content.decode()
    assert "Night owl" in desk.get(f"{HERE}?archived").content.decode()
    assert "Night owl" in desk.get(f"/dashboard/cafe/members/{ana.public_id}/").content.decode()
    desk.post(f"{HERE}{regular.public_id}/restore/")
    assert "Night owl" in desk.get(HERE).content.decode()


def prize_of(program, told, **more):
    form = PrizeForm(program, {f"prize-{name}": it for name, it in told.items()}, **more)
    return form, (form.prize if form.is_valid() else form.errors)


def test_a_prize_is_read_from_its_fields(cafe, regular):
    reward, wallet = make_reward(cafe), cafe.wallets.get()
    for told, prize in (
        (
            {"kind": "points", "points": "1,000", "wallet": wallet.pk, "badge": regular.pk},
            {"kind": "points", "points": 1000, "wallet": wallet.pk},
        ),
        ({"kind": "reward", "reward": reward.pk}, {"kind": "reward", "reward": reward.pk}),
        ({"kind": "badge", "badge": regular.pk}, {"kind": "badge", "badge": regular.pk}),
    ):
        assert prize_of(cafe, told)[1] == prize


def test_a_prize_may_be_none_only_where_it_may(cafe):
    assert prize_of(cafe, {"kind": ""}, required=False)[1] is None
    assert "kind" in prize_of(cafe, {"kind": ""})[1]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"kind": "points"}, "points"), ({"kind": "reward"}, "reward"),
        ({"kind": "reward", "reward": "999999"}, "reward"), ({"kind": "car"}, "kind"),
        ({"kind": "points", "points": "5", "wallet": "77777"}, "wallet"),
    ],
)  # fmt: skip
def test_each_field_says_what_is_wrong(cafe, told, field):
    make_wallet(cafe, "stamps")
    assert field in prize_of(cafe, told)[1]


def test_what_was_promised_may_stay_though_it_has_run_out(cafe):
    reward = make_reward(cafe, stock=0)
    prize = {"kind": "reward", "reward": reward.pk}
    assert "reward" in prize_of(cafe, prize)[1]
    assert prize_of(cafe, prize, prize=prize)[1] == prize
