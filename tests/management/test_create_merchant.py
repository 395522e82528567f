import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from loyalty.earning.models import EarningRule
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Merchant, Program, Role, Staff, User
from members.models import Tier

GIFTS = {
    "name": "Gift shop", "program": "gifts", "owner": "Owner@example.com", "currency": "GBP",
    "time_zone": "Europe/London", "points_per": "1.00", "tiers": ["Silver=500", "Gold=2000"],
}  # fmt: skip


def create(**told) -> Program:
    call_command("create_merchant", **GIFTS | told)
    return Program.objects.get(slug=told.get("program", "gifts"))


def test_a_business_is_open_in_one_command(db, capsys):
    program = create()
    assert (program.currency, program.time_zone, program.languages) == (
        "GBP", "Europe/London", ["en"],
    )  # fmt: skip
    tiers = Tier.objects.order_by("threshold")
    assert [(tier.name["en"], tier.threshold) for tier in tiers] == [
        ("Member", 0),
        ("Silver", 500_00),
        ("Gold", 2_000_00),
    ]
    effect = EarningRule.objects.get().effect
    assert (effect["kind"], effect["points"], effect["per_minor"]) == ("per_spend", 1, 100)
    wallet = Wallet.objects.get()
    assert (wallet.expiry, wallet.expiry_count) == ("months", 12)
    owner = Staff.objects.get()
    assert (owner.user.email, owner.role) == ("owner@example.com", Role.OWNER)
    assert not owner.user.has_usable_password()
    assert "/dashboard/gifts/" in capsys.readouterr().out


def test_who_owns_one_business_may_own_another(db):
    create()
    create(program="toys", name="Toy shop")
    assert User.objects.count() == 1
    assert Merchant.objects.count() == 2


def test_a_shop_in_bangkok_speaks_thai(db):
    program = create(
        language="th", name="ร้านของขวัญ", currency="THB", time_zone="Asia/Bangkok",
        points_per="25", points_last=24, tiers=["เงิน=5000"],
    )  # fmt: skip
    assert dict(program.name) == {"th": "ร้านของขวัญ"}
    assert dict(Wallet.objects.get().unit_one) == {"th": "แต้ม"}
    assert Wallet.objects.get().expiry_count == 24
    assert Tier.objects.filter(threshold=5_000_00).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"currency": "XXX"}, {"currency": "gold"}, {"time_zone": "Mars/Olympus"},
        {"program": "new"}, {"program": "not a slug"}, {"program": "ร้าน"}, {"owner": "nobody"},
        {"owner": ""}, {"points_per": "0"}, {"points_per": "1.005"}, {"points_per": "-1"},
        {"tiers": ["Silver"]}, {"tiers": ["=500"]}, {"tiers": ["Silver=0"]},
        {"tiers": ["Silver=500", "Gold=500"]}, {"tiers": ["Silver=many"]},
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_half_open(db, wrong):
    with pytest.raises(CommandError) as refused:
        create(**wrong)
    assert str(refused.value).endswith(".")
    assert not Merchant.objects.exists()
    assert not User.objects.exists()


def test_an_address_is_given_out_once(db):
    create()
    with pytest.raises(CommandError, match="taken"):
        create(name="Another")
    assert Merchant.objects.count() == 1
