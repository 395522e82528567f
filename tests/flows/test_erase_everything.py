"""A canary sits in every field that tells of a person. When they are forgotten, none sings."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.backends.db import SessionStore

from loyalty.flows import adjust, by_hand, earn, erase, pay, profile, redeem
from loyalty.ledger import audit
from loyalty.ledger.triggers import IMMUTABLE
from loyalty.merchants.models import Role, User
from loyalty.messaging.models import Message
from loyalty.signin.models import Device
from members.models import Member
from tests.makers import (
    NOON,
    bring_back,
    buy,
    do,
    give,
    make_member,
    make_reward,
    make_staff,
    make_tiers,
    purchase_of,
    sale,
)
from tests.people import TEXTS, rows_about, tables_that_say

CANARY, EMAIL, PHONE = "canary", "dao@canary.example.org", "+66812345678"
# What stays, though it leads to the account: it is the books', and tells of nobody by itself.
STAYS = {
    "earning.ActivityRecord": {"public_id", "kind", "source", "reference", "fingerprint"},
    "ledger.DayFigure": {"measure"},
    "members.TierChange": {"reason"},  # Names the sale by our own number.
    "purchases.Purchase": {
        "public_id", "source", "reference", "payment_method", "channel", "fingerprint",
    },
    "purchases.PurchaseLine": {"kind", "product", "name", "category", "tags"},
    "purchases.PurchaseAward": {"basis"},
    "purchases.Refund": {"public_id", "source", "reference", "fingerprint"},
    "purchases.RefundLine": {"product", "problem"},
    "rewards.Redemption": {"public_id", "key", "status"},
    "surveys.Asking": {"public_id"},  # Of what they said, the figure is still counted.
    # What it is good for is a product: the shop's word, not the person's.
    "rewards.Voucher": {
        "code_hash", "code_sealed", "status", "used_reference", "good_for", "good_for_name",
    },
}  # fmt: skip
# By what other tables know the person while they are with us; the row itself goes. And what a
# sale has until it is somebody's.
NAMES = {
    "account.EmailAddress": {"email"},
    "merchants.User": {"email"},
    "members.Member": {"public_id", "email", "phone", "state"},
    "purchases.Purchase": {"contact_email", "contact_phone"},
}


@pytest.fixture
def dao(cafe) -> Member:
    """Somebody of whom every table of ours knows something."""
    cafe.pay_points, cafe.pay_minor = 1, 100
    cafe.save()
    make_tiers(cafe, 0, 5_00)
    owner = make_staff(cafe)
    user = User.objects.create_user(EMAIL, name=CANARY)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    session = SessionStore()
    session["of"] = EMAIL
    session.create()
    Device.objects.create(
        user=user, token_hash=CANARY, session_key=session.session_key, browser=CANARY
    )
    dao = make_member(
        cafe, EMAIL, name=CANARY, phone=PHONE, external_id=CANARY, note=CANARY, user=user,
        email_verified_at=NOON, phone_verified_at=NOON,
    )  # fmt: skip
    for line in ("one", "two"):
        bring_back(dao, buy(dao, 20_00, reference=line), 5_00)
    by_hand.take_back(
        purchase_of(buy(dao)), key="1", now=NOON, by=owner, amount_minor=1_00, reason=CANARY
    )
    do(dao, "video", subject=CANARY)
    give(dao, 100)
    adjust.adjust(dao, cafe.wallets.get(), 5, reason=CANARY, key="1", now=NOON, by=owner)
    redeem.redeem(dao, make_reward(cafe), key="1", now=NOON, by=owner)
    redeem.gift(dao, make_reward(cafe), key="2", now=NOON, by=owner, reason=CANARY)
    pay.pay(dao, amount_minor=5_00, key="3", now=NOON)
    profile.change(dao, now=NOON, by=owner, name=f"{CANARY} the second")
    profile.set_state(dao, "active", now=NOON, by=make_staff(cafe, Role.MANAGER), reason=CANARY)
    Message.objects.create(
        program=None, key=CANARY, to=EMAIL, template="account_changed", language="en"
    )
    earn.from_purchase(cafe, sale(contact_email=EMAIL, contact_phone=PHONE), now=NOON)
    return Member.objects.get(pk=dao.pk)


def plant(member: Member) -> None:
    """Put a canary into every text about a person that somebody could have written."""
    for model, keys in rows_about(member).items():
        label = model._meta.label
        if model._meta.db_table in IMMUTABLE:
            continue
        left_out = STAYS.get(label, set()) | NAMES.get(label, set())
        for field in model._meta.concrete_fields:
            if not isinstance(field, TEXTS) or field.name in left_out or field.choices:
                continue
            for key in keys:
                text = f"{CANARY}{key}"[: field.max_length]
                model._base_manager.filter(pk=key).update(**{field.name: text})


def test_nothing_is_left_of_who_was_forgotten(dao):
    plant(dao)
    assert {"members_member", "messaging_message", "account_emailaddress"} <= set(
        tables_that_say(CANARY)
    )
    erase.erase(dao, now=NOON)
    assert tables_that_say(CANARY) == []
    assert tables_that_say("812345678") == []
    assert not audit.breaches()


def test_what_stays_is_named_rightly(dao):
    """A name that no field has any more would excuse a field of the same name that comes later."""
    of = {model._meta.label: model for model in rows_about(dao)}
    for label, fields in STAYS.items():
        if label in of:
            assert fields <= {field.name for field in of[label]._meta.concrete_fields}, label


def test_of_another_everything_is_left(cafe, dao):
    ben = make_member(cafe, "ben@example.org", name="Ben Robin", note="A robin")
    buy(ben)
    profile.change(ben, now=NOON, by=make_staff(cafe), note="Two robins")
    before = tables_that_say("robin"), Message.objects.filter(account_id=ben.account_id).count()
    erase.erase(dao, now=NOON)
    after = tables_that_say("robin"), Message.objects.filter(account_id=ben.account_id).count()
    assert after == before
