"""P41: codes that we make, or a partner's; checked and used at the counter or by a machine."""

import pytest

from loyalty.flows.redeem import redeem
from loyalty.flows.rewards import save_reward, upload_codes
from loyalty.flows.vouchers import find, use
from loyalty.ledger import audit
from loyalty.merchants.models import ApiKey
from loyalty.refusal import Refusal
from loyalty.rewards.codes import ALPHABET, code_of
from loyalty.rewards.models import Voucher
from tests.at_once import times
from tests.makers import NOON, give, make_member, make_reward, make_staff


def test_a_code_that_we_made_is_checked_and_used_at_the_counter(cafe, ana):
    give(ana, 10)
    shown = code_of(redeem(ana, make_reward(cafe, 10), key="click", now=NOON).voucher)
    assert len(shown.replace("-", "")) == 12
    assert set(shown.replace("-", "")) <= set(ALPHABET)
    cashier = make_staff(cafe, "cashier")
    assert find(cafe, shown.lower()).state(NOON) == Voucher.Status.READY
    use(cafe, shown, now=NOON, by=cashier, reference="till-7")
    assert find(cafe, shown).used_by == cashier.user


def test_a_partners_code_is_used_by_a_machine(cafe, ana):
    owner = make_staff(cafe)
    cinema = save_reward(
        cafe, None, by=owner, now=NOON, name={"en": "Cinema"}, price=10,
        wallet=cafe.wallets.get(), uses_pool=True,
    )  # fmt: skip
    upload_codes(cinema, ["MOVIE-0001"], by=owner, now=NOON)
    give(ana, 20)
    shown = code_of(redeem(ana, cinema, key="click", now=NOON).voucher)
    assert shown == "MOVIE-0001"
    with pytest.raises(Refusal) as refusal:
        redeem(ana, cinema, key="again", now=NOON)
    assert refusal.value.code == "sold_out"
    shop = ApiKey.objects.create(program=cafe, name="Shop", prefix="taem_shop", secret_hash="x")
    assert use(cafe, shown, now=NOON, by=shop).status == Voucher.Status.USED


@pytest.mark.django_db(transaction=True)
def test_a_code_used_twice_at_once_is_used_once(cafe):
    ana = make_member(cafe)
    give(ana, 10)
    shown = code_of(redeem(ana, make_reward(cafe, 10), key="click", now=NOON).voucher)
    told = times(2, lambda number: use(cafe, shown, now=NOON, reference=f"till-{number}"))
    assert told.count("voucher_used") == 1
    assert audit.breaches() == []
