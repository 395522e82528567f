"""Every form of the dashboard and the portal, by the table of addresses: what moves points moves
them once, however often the form is sent.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from django.test import Client

from loyalty import routes
from loyalty.flows import activities, code_batches
from loyalty.flows.redeem import redeem
from loyalty.ledger.models import Balance, Entry
from loyalty.merchants.models import Program
from loyalty.purchases.models import Purchase, Refund
from loyalty.rewards import codes
from loyalty.rewards.models import Redemption, Voucher
from members.models import Member
from tests.dashboard.things import make_things
from tests.makers import NOON, give, make_member, make_reward, make_staff
from tests.portal.conftest import phone_of

# Forms that move points or vouchers: where each stands, and what somebody types into it.
MOVING: dict[str, tuple[str, dict[str, str]]] = {
    "dashboard:counter_member": ("dashboard:counter_member", {"amount": "10.00"}),
    "dashboard:counter_reward": ("dashboard:counter_reward", {}),
    "dashboard:member_adjust": ("dashboard:member_adjust", {"points": "5", "reason": "Sorry"}),
    "dashboard:member_gift": ("dashboard:member_gift", {"reward": "{reward}", "reason": "Joy"}),
    "dashboard:purchase_new": (
        "dashboard:purchase_new", {"whose": "ana@example.org", "amount": "10"}
    ),
    "dashboard:purchase_refund": ("dashboard:purchase", {"way": "amount", "amount": "1.00"}),
    "portal:reward": ("portal:reward", {}),
    "portal:pay": ("portal:pay", {"amount": "1.00"}),
    "portal:wheel": ("portal:wheel", {}),
}  # fmt: skip
# Whose effect has a name of its own: a voucher, an entry, a proposal. No second click changes it.
NAMED: dict[str, tuple[str, dict[str, str]]] = {
    "dashboard:member_cancel": ("", {}),
    "dashboard:member_undo": ("", {"reason": "A slip"}),
    "dashboard:proposal_approve": ("", {}),
    "dashboard:proposal_decline": ("", {}),
    "dashboard:voucher_use": ("", {"code": "{code}"}),
    "portal:voucher_cancel": ("", {}),
    "portal:codes": ("", {"code": "{product_code}"}),
    "portal:way": ("", {}),
    # An answer is one member's to one survey: the first earns.
    "portal:survey": ("", {"a-q1": "9"}),
    "dashboard:contribution_approve": ("", {}),
    "dashboard:contribution_reject": ("", {"reason": "No"}),
    "dashboard:contribution_undo": ("", {}),
}
MOVES_NOTHING = {"dashboard:proposal_decline", "dashboard:contribution_reject"}
# What may give points as well: joining, a complete profile, the answer to a letter: once for ever.
ONCE_FOR_EVER = {
    "dashboard:counter_new", "dashboard:member_new", "dashboard:member_edit", "portal:join",
    "portal:profile", "portal:asked",
}  # fmt: skip
# What changes all that somebody has: that twice is once is tested with each of them, in
# tests/flows/test_merge.py, test_erase.py and test_referral_desk.py.
WHOLE = {
    "dashboard:member_merge", "dashboard:member_part", "dashboard:member_forget",
    "dashboard:member_remember", "portal:erase", "dashboard:referral_release",
    "dashboard:referral_refuse", "dashboard:referral_reopen",
}  # fmt: skip
# What says how things are to be, who works here, or asks a question. None of it moves points.
STILL = re.compile(
    r"dashboard:(program_file|template|"
    r"start|join|another|counter|counter_shop|member_state|member_note|vouchers"
    r"|letters?_again|jobs?_again|rule\w*|wallet\w*|reward\w*|tier\w*|settings\w*|location\w*"
    r"|team_\w+|key_\w+|hook_\w+|arrival_again|campaign_\w+|member_data"
    r"|badge_\w+|referral_terms"
    r"|code_\w+"
    r"|contest_\w+"
    r"|segment_\w+"
    r"|challenge_\w+|wheel_\w+|followup_\w+"
    r"|activity\w*"
    r"|plan\w*"
    r"|survey_\w+|call(_\w+)?"
    r")|portal:(leave|enter_code|day_\w+|friend_code|call|contribution(_withdraw)?|contest_\w+)"
)


def writing() -> list[str]:
    return [
        it.name
        for it in routes.routes()
        if it.admission and it.admission.writing and it.name.startswith(("dashboard:", "portal:"))
    ]


@pytest.mark.parametrize("name", writing())
def test_every_form_that_is_sent_is_known_here(name):
    """A new one is put into one of the lists above, and so thought about."""
    lists = (MOVING, NAMED, ONCE_FOR_EVER, WHOLE)
    assert sum(name in known for known in lists) + bool(STILL.fullmatch(name)) == 1


class Fields(HTMLParser):
    """The fields of a page's forms, as a browser sends them untouched."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag != "input" or not (name := told.get("name")) or told.get("type") == "search":
            return
        if told.get("type") not in ("radio", "checkbox") or "checked" in told:
            self.found.setdefault(name, told.get("value") or "")


def thing_to_do(cafe: Program) -> str:
    named = activities.save(
        cafe, None, name={"en": "Share"}, kind="share", proof="word", points=5, by=None, now=NOON
    )
    return named.public_id


def printed_code(cafe: Program) -> str:
    batch = code_batches.make(
        cafe, name={"en": "Cold brew"}, kind="single", count=1, points=5, by=None, now=NOON,
        wallet=cafe.wallets.get(code="points"),
    )  # fmt: skip
    return code_batches.printed(batch)[0][1]


class Stage:
    """The café with all that its forms are about, and two browsers."""

    def __init__(self, cafe: Program) -> None:
        Program.objects.filter(pk=cafe.pk).update(pay_points=1, pay_minor=1)
        cafe.refresh_from_db()
        owner = make_staff(cafe, email="olga@example.org")
        self.ana = make_member(cafe, "ana@example.org", name="Ana", email_verified_at=NOON)
        give(self.ana, 10_000)
        self.reward = make_reward(cafe, 1)
        self.things = make_things(cafe, owner)
        made = redeem(self.ana, self.reward, key="first", now=NOON)
        self.words = {
            "{reward}": self.reward.public_id, "{code}": codes.code_of(made.voucher),
            "{product_code}": printed_code(cafe),
        }  # fmt: skip
        self.portal = {
            "portal:survey": self.things["survey"]["public_id"],
            "portal:reward": self.reward.public_id,
            "portal:voucher_cancel": made.public_id,
            "portal:way": thing_to_do(cafe),
            "portal:wheel": self.things["wheel"]["public_id"],
        }
        self.desk = Client()
        self.desk.force_login(owner.user, "django.contrib.auth.backends.ModelBackend")
        self.phone = phone_of(self.ana)
        self.slug = cafe.slug

    def address(self, name: str) -> str:
        route = next(it for it in routes.routes() if it.name == name)
        names = {"slug": self.slug, "public_id": self.portal.get(name, "")}
        if name.startswith("dashboard:"):
            names = self.things[name.removeprefix("dashboard:")]
        return "/" + re.sub(r"<\w+:(\w+)>", lambda found: names[found[1]], route.address)

    def browser(self, name: str) -> Client:
        return self.desk if name.startswith("dashboard:") else self.phone

    def filled(self, name: str, page: str, typed: dict[str, str]) -> dict[str, str]:
        """The form as its page shows it now, with what somebody types."""
        found: dict[str, str] = {}
        if page:
            answer = self.browser(name).get(self.address(page))
            found = Fields(answer.content.decode()).found
        return found | {field: self.words.get(it, it) for field, it in typed.items()}

    def send(self, name: str, fields: dict[str, str]) -> int:
        return int(self.browser(name).post(self.address(name), fields).status_code)


def moved() -> dict[str, Any]:
    """All that a form can move."""
    return {
        "entries": Entry.objects.count(),
        "balances": list(Balance.objects.order_by("pk").values_list("pk", "points")),
        "sales": Purchase.objects.count(),
        "refunds": Refund.objects.count(),
        "redemptions": Redemption.objects.count(),
        "vouchers": list(Voucher.objects.order_by("pk").values_list("pk", "status")),
        "members": Member.objects.count(),
    }


@pytest.fixture
def stage(cafe) -> Iterator[Stage]:
    with time_machine.travel(NOON, tick=False):
        yield Stage(cafe)


@pytest.mark.parametrize("name", MOVING)
def test_a_form_that_is_sent_twice_moves_points_once(stage, name):
    """A double click, the back button, or an answer that was lost on the way."""
    before = moved()
    fields = stage.filled(name, *MOVING[name])
    assert {"once", "key"} & fields.keys(), "It carries no key."
    assert stage.send(name, fields) == 302
    after = moved()
    assert after != before
    for _again in range(2):
        assert stage.send(name, fields) in (302, 409, 422)
        assert moved() == after


@pytest.mark.parametrize("name", [name for name, (_page, typed) in MOVING.items() if typed])
def test_a_key_with_other_contents_moves_nothing_more(stage, name):
    """Back, another figure, and sent again: the first wish stands, and the second is told so."""
    fields = stage.filled(name, *MOVING[name])
    stage.send(name, fields)
    after = moved()
    other = {"amount": "2.00", "points": "7"}
    changed = fields | {field: it for field, it in other.items() if field in fields}
    if changed != fields:
        assert stage.send(name, changed) in (302, 409, 422)
        assert moved() == after


@pytest.mark.parametrize("name", MOVING)
def test_a_form_that_is_opened_again_is_another_wish(stage, name):
    stage.send(name, stage.filled(name, *MOVING[name]))
    once = moved()
    assert stage.send(name, stage.filled(name, *MOVING[name])) == 302
    assert moved() != once


@pytest.mark.parametrize("name", MOVING)
def test_a_form_without_its_key_moves_nothing(stage, name):
    before = moved()
    fields = stage.filled(name, *MOVING[name])
    bare = {field: it for field, it in fields.items() if field not in ("once", "key")}
    for worse in (bare, fields | {"once": "x", "key": "x"}, fields | {"once": "", "key": ""}):
        assert stage.send(name, worse) in (409, 422)
        assert moved() == before


@pytest.mark.parametrize("name", NAMED)
def test_what_has_a_name_happens_once(stage, name):
    before = moved()
    fields = stage.filled(name, *NAMED[name])
    stage.send(name, fields)
    after = moved()
    assert (after == before) == (name in MOVES_NOTHING)
    for _again in range(2):
        assert stage.send(name, fields) in (302, 409, 422)
        assert moved() == after
