"""A café with all that a program can have, a stranger beside it, and who speaks to them."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.utils import timezone

from loyalty.flows import endpoints, keys
from loyalty.flows.redeem import redeem
from loyalty.inbox import signatures
from loyalty.merchants.keys import SCOPES
from loyalty.merchants.models import Program, Role, Staff
from members.models import Member
from tests.api.openapi import description
from tests.dashboard.things import make_things
from tests.makers import (
    NOON,
    buy,
    give,
    make_member,
    make_program,
    make_reward,
    make_rule,
    make_staff,
)
from tests.portal.conftest import phone_of

SECRET = "the secret of a shop that nobody knows"


@dataclass
class World:
    """What cases need. Clients let an error of ours be a 500, as a server does."""

    program: Program
    owner: Staff
    ana: Member
    token: str
    things: dict[str, dict[str, str]]
    portal: dict[str, str]
    names: dict[str, str]  # What stands in the examples of the API, and what it is here.
    api: Client = field(default_factory=lambda: Client(raise_request_exception=False))
    endpoints: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)


def make_world() -> World:
    program = make_program("cafe")
    make_rule(program)
    Program.objects.filter(pk=program.pk).update(pay_points=1, pay_minor=1)
    program.refresh_from_db()
    owner = make_staff(program, Role.OWNER, "olga@example.org")
    ana = make_member(program, "ana@example.org", name="Ana", email_verified_at=NOON)
    give(ana, 1_000_000)
    reward = make_reward(program, 1)
    made = redeem(ana, reward, key="first", now=NOON)
    bought = buy(ana, 59_90, reference="till-3/2026-06-02/0041")
    _key, token = keys.create(program, name="Till", scopes=tuple(SCOPES), by=None, now=NOON)
    world = World(
        program=program, owner=owner, ana=ana, token=token, things=make_things(program, owner),
        portal={"slug": program.slug, "reward": reward.public_id, "voucher": made.public_id},
        names={
            "bcdfghjkmnpqrstv": ana.public_id, "vtsrqpnmkjhgfdcb": reward.public_id,
            "redemption": made.public_id, "purchase": bought.public_id,
        },
    )  # fmt: skip
    for dialect in signatures.DIALECTS:
        endpoint, secret = endpoints.make(
            program, name=dialect, dialect=dialect, by=owner, now=timezone.now()
        )
        if not secret:
            endpoints.change_secret(endpoint, by=owner, now=timezone.now(), secret=SECRET)
        world.endpoints[dialect], world.secrets[dialect] = endpoint, secret or SECRET
    make_program("bakery")
    return world


def desk_of(world: World) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(world.owner.user, "django.contrib.auth.backends.ModelBackend")
    return client


def phone(world: World) -> Client:
    client = phone_of(world.ana)
    client.raise_request_exception = False
    return client


def here(world: World, value: Any) -> Any:
    """An example of the documentation, with the names that things have here."""
    if isinstance(value, dict):
        return {name: here(world, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [here(world, inner) for inner in value]
    return world.names.get(value, value) if isinstance(value, str) else value


def address(world: World, path: str) -> str:
    """An address of the API, with things that are there."""
    noun = path.removeprefix("/api/v1/").partition("/")[0]
    ids = {"members": "bcdfghjkmnpqrstv", "rewards": "vtsrqpnmkjhgfdcb",
           "redemptions": "redemption", "purchases": "purchase"}  # fmt: skip
    filled = path.replace("{id}", world.names.get(ids.get(noun, ""), "nothing"))
    return re.sub(r"\{\w+\}", "points-1", filled)


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Each operation of the API, as it describes itself."""
    return [
        (method, path, operation)
        for path, methods in sorted(description()["paths"].items())
        for method, operation in sorted(methods.items())
    ]


def body_of(operation: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
    content: dict[str, Any] = told.get("application/json", {})
    return content
