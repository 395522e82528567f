import pytest

from loyalty.merchants.models import Location
from tests.api.conftest import code_of, codes_of
from tests.makers import give, make_reward, points


@pytest.fixture
def code(till, cafe, ana) -> str:
    """The code of Ana's voucher for a coffee."""
    give(ana, 100)
    body = {"member": ana.public_id, "reward": make_reward(cafe, 10).public_id}
    return till.post("redemptions", body, key="k-1").json()["voucher"]["code"]


def test_a_voucher_is_checked_as_often_as_one_likes(till, ana, code):
    told = till.post("vouchers/check", {"code": code}).json()
    assert (told["status"], told["member"]) == ("ready", ana.public_id)
    assert told["reward"]["name"]["en"] == "Free coffee"
    assert till.post("vouchers/check", {"code": code}).json() == told


def test_a_code_is_read_as_people_type_it(till, code):
    typed = code.replace("-", " ").lower()
    assert till.post("vouchers/check", {"code": typed}).status_code == 200


def test_a_voucher_is_used_once(till, cafe, code):
    Location.objects.create(merchant=cafe.merchant, code="s1", name={"en": "Shop"})
    body = {"code": code, "location": "s1", "reference": "till-9"}
    told = till.post("vouchers/use", body).json()
    assert (told["status"], told["used_at_location"], told["used_reference"]) == (
        "used", "s1", "till-9",
    )  # fmt: skip
    answer = till.post("vouchers/use", {"code": code})
    assert code_of(answer) == (409, "voucher_used")
    assert answer.json()["facts"] == {"used_at": "2026-06-02T05:00:00Z", "reference": "till-9"}


def test_a_retry_is_no_second_use(till, code):
    first = till.post("vouchers/use", {"code": code}, key="u-1")
    assert till.post("vouchers/use", {"code": code}, key="u-1").json() == first.json()


def test_a_voucher_is_cancelled_and_its_points_come_back(till, ana, code):
    told = till.post("vouchers/cancel", {"code": code, "reason": "broken cup"}).json()
    assert (told["status"], points(ana)) == ("cancelled", 100)
    assert till.post("vouchers/cancel", {"code": code}).json()["status"] == "cancelled"
    assert code_of(till.post("vouchers/use", {"code": code})) == (409, "voucher_cancelled")
    assert points(ana) == 100


def test_an_unknown_code_is_not_found(till, stranger, code):
    for wrong in ("nothing", "x" * 120, "ไม่มี"):
        answer = till.post("vouchers/check", {"code": wrong})
        assert code_of(answer) == (404, "voucher_unknown")
    assert codes_of(till.post("vouchers/check", {"code": "x" * 121})) == {"code": "too_long"}
    assert codes_of(till.post("vouchers/use", {})) == {"code": "required"}
    assert code_of(till.post("vouchers/use", {"code": code, "location": "?"})) == (
        422, "unknown_location",
    )  # fmt: skip
    for path in ("vouchers/check", "vouchers/use", "vouchers/cancel"):
        assert code_of(stranger.post(path, {"code": code})) == (404, "voucher_unknown")
    assert till.post("vouchers/check", {"code": code}).json()["status"] == "ready"


def test_nobody_tries_many_codes(till, settings):
    settings.API_VOUCHERS_A_MINUTE = 2
    answers = [till.post("vouchers/check", {"code": f"guess-{n}"}) for n in range(3)]
    assert [code_of(answer)[0] for answer in answers] == [404, 404, 429]
    assert till.get("members").status_code == 200
