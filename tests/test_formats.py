"""Money, points and days as people read them, in both languages."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.translation import override

from loyalty import formats
from loyalty.ledger.models import Wallet
from loyalty.localized import Localized
from loyalty.merchants.models import Program

POINTS = Wallet(
    kind=Wallet.Kind.POINTS,
    unit_one=Localized(en="point", th="แต้ม"),
    unit_many=Localized(en="points", th="แต้ม"),
)
MIDNIGHT_IN_BANGKOK = datetime(2026, 12, 31, 17, tzinfo=UTC)


@pytest.mark.parametrize("language", ["en", "th"])
@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123450, "THB", "฿1,234.50"),
        (-45000, "THB", "−฿450.00"),
        (1234, "JPY", "¥1,234"),
        (1234500, "KWD", "KWD 1,234.500"),
        (599, "GBP", "£5.99"),
    ],
)
def test_money_is_printed_with_the_currency_s_own_digits(language, minor, currency, text):
    with override(language):
        assert formats.money(minor, currency).replace("\N{NO-BREAK SPACE}", " ") == text


def test_a_price_tag_leaves_out_zero_satang_only():
    assert formats.money(45000, "THB", whole=True) == "฿450"
    assert formats.money(45050, "THB", whole=True) == "฿450.50"


def test_one_point_is_not_points():
    assert formats.points(1, POINTS) == "1\N{NO-BREAK SPACE}point"
    assert formats.points(1250, POINTS) == "1,250\N{NO-BREAK SPACE}points"
    assert formats.points(-80, POINTS, sign=True) == "−80\N{NO-BREAK SPACE}points"
    with override("th"):
        assert formats.points(120, POINTS, sign=True) == "+120\N{NO-BREAK SPACE}แต้ม"


def test_a_cashback_wallet_prints_money():
    wallet = Wallet(kind=Wallet.Kind.CASHBACK, exponent=2, program=Program(currency="THB"))
    assert formats.points(1050, wallet) == "฿10.50"


def test_a_day_belongs_to_the_zone():
    assert formats.day(MIDNIGHT_IN_BANGKOK, zone="Asia/Bangkok") == "1 Jan 2027"
    assert formats.day(MIDNIGHT_IN_BANGKOK, zone="Europe/London") == "31 Dec 2026"


def test_thai_years_are_of_either_era():
    with override("th"):
        assert formats.day(date(2026, 11, 21)) == "21 พ.ย. 2026"
        assert formats.day(date(2026, 11, 21), era="be", style="long") == "21 พฤศจิกายน 2569"
        told = formats.moment(MIDNIGHT_IN_BANGKOK, zone="Asia/Bangkok", era="be")
        assert told == "1 ม.ค. 2570, 00:00\N{NO-BREAK SPACE}น."


def test_time_that_passed_is_told_in_words():
    assert formats.ago(MIDNIGHT_IN_BANGKOK - timedelta(hours=3), MIDNIGHT_IN_BANGKOK) == (
        "3 hours ago"
    )


def test_a_thai_name_begins_with_its_consonant():
    assert formats.initial("เบน ทองดี") == "บ"
    assert formats.initial("ana") == "A"
    assert formats.initial("") == "•"
