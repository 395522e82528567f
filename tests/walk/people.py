"""Who walks: our café's people and machines, and those whom the bakery has shown the door."""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from django.test import Client

from loyalty.merchants.models import Role, User
from loyalty.signin.models import Device
from tests.makers import NOON
from tests.walk.business import PASSWORD, Business


@dataclass
class Walker:
    """Somebody with a browser, or a machine with a key."""

    name: str
    client: Client
    headers: dict[str, str] = field(default_factory=dict)
    role: str = ""  # In the café's team.
    scopes: frozenset[str] = frozenset()
    is_signed_in: bool = False
    is_member: bool = False  # Of the café.
    is_neighbour: bool = False  # A member of the bakery, who sees what the bakery tells members.

    @property
    def has_own(self) -> bool:
        """Whether there is something that opens to them by right."""
        return bool(self.role or self.is_member or self.is_neighbour or self.scopes)

    def __post_init__(self) -> None:
        # Whatever an answer does to the browser, the next request comes from the same person.
        self.cookies = deepcopy(self.client.cookies)


def browser_of(user: User) -> Client:
    """Where somebody is signed in, and has shown that it is them."""
    client = Client(raise_request_exception=False)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    client.get("/accounts/email/")
    Device.objects.filter(user=user).update(confirmed_at=NOON)
    return client


def people_of(cafe: Business, bakery: Business, neighbour: User) -> list[Walker]:
    """Everybody who comes to pages."""
    walkers = [Walker("anonymous", Client(raise_request_exception=False))]
    walkers += [
        Walker(f"café {role}", browser_of(cafe.staff[role].user), role=role, is_signed_in=True)
        for role in Role.values
    ]
    walkers.append(
        Walker("café member", browser_of(cafe.member.user), is_signed_in=True, is_member=True)
    )
    walkers.append(
        Walker("bakery member", browser_of(neighbour), is_signed_in=True, is_neighbour=True)
    )
    walkers.append(
        Walker("left the bakery", browser_of(bakery.staff["gone"].user), is_signed_in=True)
    )
    barred = browser_of(bakery.staff[Role.MANAGER].user)
    User.objects.filter(pk=bakery.staff[Role.MANAGER].user_id).update(is_active=False)
    walkers.append(Walker("deactivated user", barred))
    walkers.append(_machine("café key", cafe, "all"))
    return walkers


def machines_of(cafe: Business, bakery: Business) -> list[Walker]:
    """Everybody who calls the API."""
    names = [name for name in cafe.keys if name != "revoked"]
    return [
        Walker("no key", Client(raise_request_exception=False)),
        Walker("café owner's browser", browser_of(cafe.staff[Role.OWNER].user)),
        *(_machine(f"café key {name}", cafe, name) for name in names),
        _machine("revoked key of the bakery", bakery, "revoked"),
    ]


def _machine(name: str, business: Business, key: str) -> Walker:
    scopes = business.keys.keys() - {"all", "revoked"} if key == "all" else {key}
    return Walker(
        name, Client(raise_request_exception=False),
        headers={"Authorization": f"Bearer {business.keys[key]}"},
        scopes=frozenset(scopes if key != "revoked" else ()),
    )  # fmt: skip


def passkey_of(user: User) -> str:
    made = Authenticator.objects.create(user=user, type="webauthn", data={"name": "Phone"})
    return str(made.pk)


def sign_in_form(business: Business) -> dict[str, Any]:
    return {"login": business.member.email, "password": PASSWORD}
