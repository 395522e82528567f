from datetime import timedelta

import pytest

from loyalty.flows.lapse import lapse_due
from loyalty.flows.redeem import cancel, redeem
from loyalty.flows.spending import MemberNotActive
from loyalty.flows.vouchers import (
    VoucherCancelled,
    VoucherExpired,
    VoucherUnknown,
    VoucherUsed,
    find,
    use,
)
from loyalty.ledger import audit
from loyalty.merchants.models import AuditEntry, Location
from loyalty.rewards.codes import code_of, new_code
from loyalty.rewards.models import Voucher
from members.models import Member
from tests.at_once import times
from tests.makers import NOON, give, make_member, make_program, make_reward, make_staff, points


@pytest.fixture
def voucher(ana):
    """Ana's free coffee, good for a day."""
    give(ana, 10)
    return redeem(ana, make_reward(ana.program, 10, voucher_days=1), key="click", now=NOON).voucher


def test_a_voucher_is_found_as_people_type_it(cafe, voucher):
    typed = code_of(voucher).lower().replace("-", " ")
    assert find(cafe, typed) == voucher
    assert str(find(cafe, typed).redemption.reward) == "Free coffee"


def test_unknown_and_foreign_codes_look_the_same(cafe, voucher):
    elsewhere = make_program("elsewhere")
    sentences = set()
    for program, code in [
        (elsewhere, code_of(voucher)), (cafe, new_code()), (cafe, ""), (cafe, "--"),
        (cafe, "\ud800\x00"), (cafe, "x" * 100_000),
    ]:  # fmt: skip
        with pytest.raises(VoucherUnknown) as refusal:
            use(program, code, now=NOON)
        sentences.add((str(refusal.value), *refusal.value.facts))
    assert len(sentences) == 1


def test_using_a_voucher_says_where_by_whom_and_for_what(cafe, voucher):
    cashier = make_staff(cafe, "cashier")
    shop = Location.objects.create(merchant=cafe.merchant, code="silom", name={"en": "Silom"})
    used = use(cafe, code_of(voucher), now=NOON, by=cashier, location=shop, reference="till-7")
    stored = Voucher.objects.get()
    for it in (used, stored):
        assert (it.status, it.used_at, it.used_by) == (Voucher.Status.USED, NOON, cashier.user)
        assert (it.used_at_location, it.used_reference) == (shop, "till-7")
    assert AuditEntry.objects.get().told.after["location"] == "silom"


def test_a_voucher_is_used_once(cafe, voucher):
    use(cafe, code_of(voucher), now=NOON, reference="till-7")
    with pytest.raises(VoucherUsed) as refusal:
        use(cafe, code_of(voucher), now=NOON + timedelta(hours=1))
    assert refusal.value.facts == {"used_at": NOON, "reference": "till-7"}


def test_a_cancelled_voucher_is_worth_nothing(cafe, voucher):
    cancel(voucher.redemption, now=NOON)
    with pytest.raises(VoucherCancelled):
        use(cafe, code_of(voucher), now=NOON)


def test_a_voucher_expires_on_time_and_lapses_with_the_sweep(ana, voucher):
    end = voucher.expires_at
    assert lapse_due(now=end - timedelta(microseconds=1)) == 0
    for _before_and_after in range(2):
        with pytest.raises(VoucherExpired):
            use(ana.program, code_of(voucher), now=end)
        lapse_due(now=end)
    voucher.refresh_from_db()
    assert voucher.status == Voucher.Status.EXPIRED
    assert points(ana) == 0
    assert lapse_due(now=end) == 0


def test_the_state_is_told_as_it_is_now(voucher):
    assert voucher.state(NOON) == Voucher.Status.READY
    assert voucher.state(voucher.expires_at) == Voucher.Status.EXPIRED
    assert Voucher.objects.usable(NOON).get() == voucher
    assert not Voucher.objects.usable(voucher.expires_at).exists()


def test_what_a_blocked_member_holds_is_not_used(cafe, voucher):
    Member.objects.update(state=Member.State.BLOCKED)
    with pytest.raises(MemberNotActive):
        use(cafe, code_of(voucher), now=NOON)


def test_a_sweep_takes_bites(ana):
    give(ana, 50)
    reward = make_reward(ana.program, 10, voucher_days=1)
    for key in "abcde":
        redeem(ana, reward, key=key, now=NOON)
    later = NOON + timedelta(days=5)
    assert [lapse_due(now=later, limit=2) for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_a_voucher_used_at_many_tills_at_once_is_used_once(cafe):
    ana = make_member(cafe)
    give(ana, 10)
    code = code_of(redeem(ana, make_reward(cafe, 10), key="click", now=NOON).voucher)
    told = times(12, lambda number: use(cafe, code, now=NOON, reference=f"till-{number}"))
    assert told.count("voucher_used") == 11
    [won] = [it for it in told if isinstance(it, Voucher)]
    assert Voucher.objects.get().used_reference == won.used_reference
    assert audit.breaches() == []
