"""The team: invited by letter, given roles, shown out; and an owner is always left."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from loyalty.flows import team as flow
from loyalty.merchants.models import AuditEntry, Invitation, Role, Staff, User
from loyalty.messaging.models import Message
from tests.makers import make_staff
from tests.post import inbox

PASSWORD = "tea under the old tree"  # noqa: S105


def invite(desk, email="new@example.org", role=Role.CASHIER):
    return desk.post("/dashboard/cafe/team/invite/", {"email": email, "role": role})


def link() -> str:
    """The link in the last invitation's letter, as an address here."""
    letters = " ".join(str(letter.body) for letter in inbox())
    return re.findall(r"https?://[^/]+(/dashboard/join/\S+)", letters)[-1]


def make_person(email: str) -> User:
    user = User.objects.create_user(email, PASSWORD)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_an_invitation_leaves_as_a_letter_that_must_arrive(desk, cafe) -> None:
    assert invite(desk).status_code == 302
    letter = Message.objects.get()
    assert (letter.to, letter.must_arrive) == ("new@example.org", True)
    assert Invitation.objects.get().token_hash not in link()
    assert "new@example.org" in desk.get("/dashboard/cafe/team/").content.decode()


def test_inviting_again_ends_the_first_link(desk, cafe, client) -> None:
    invite(desk)
    first = link()
    invite(desk)
    assert Invitation.objects.count() == 1
    assert client.get(first).status_code == 409
    assert client.get(link()).status_code == 200


def test_who_is_in_the_team_is_not_invited(desk, cafe, manager) -> None:
    answer = invite(desk, email="MALI@example.org")
    assert answer.status_code == 422
    assert "in the team already" in answer.content.decode()


def test_a_new_person_takes_the_place_and_comes_in(desk, cafe, client) -> None:
    invite(desk, role=Role.ANALYST)
    answer = client.post(link(), {"name": "Nok", "password": PASSWORD}, follow=True)
    assert answer.status_code == 200
    staff = Staff.objects.get(user__email="new@example.org")
    assert (staff.role, staff.user.name, staff.merchant) == (Role.ANALYST, "Nok", cafe.merchant)
    assert EmailAddress.objects.get(user=staff.user).verified
    assert client.get("/dashboard/cafe/rules/").status_code == 200


def test_opening_the_link_again_changes_nothing(desk, cafe, client) -> None:
    invite(desk, role=Role.ANALYST)
    client.post(link(), {"name": "Nok", "password": PASSWORD})
    assert client.post(link()).status_code == 302
    assert Staff.objects.filter(user__email="new@example.org").count() == 1
    assert AuditEntry.objects.filter(action="team.join").count() == 1


def test_a_password_that_everybody_tries_is_refused(desk, cafe, client) -> None:
    invite(desk)
    answer = client.post(link(), {"name": "Nok", "password": "password1"})
    assert answer.status_code == 422
    assert 'value="Nok"' in answer.content.decode()
    assert not User.objects.filter(email="new@example.org").exists()


def test_who_signs_in_here_already_signs_in_first(desk, cafe, client) -> None:
    user = make_person("new@example.org")
    invite(desk)
    assert "/accounts/login/" in client.get(link()).content.decode()
    assert browser_of(user).post(link()).status_code == 302
    assert Staff.objects.filter(user=user, merchant=cafe.merchant).exists()


def test_a_link_that_was_passed_on_opens_nothing(desk, cafe) -> None:
    invite(desk)
    eve = browser_of(make_person("eve@example.org"))
    assert "Sign out" in eve.get(link()).content.decode()
    answer = eve.post(link())
    assert answer.status_code == 409
    assert "new@example.org" in answer.content.decode()
    assert not Staff.objects.filter(user__email="eve@example.org").exists()


def test_a_link_ends_after_a_week(desk, cafe, client) -> None:
    invite(desk)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(link()).status_code == 409


def test_an_invitation_is_taken_back(desk, cafe, client) -> None:
    invite(desk)
    address = f"/dashboard/cafe/team/{Invitation.objects.get().public_id}/revoke/"
    assert desk.post(address).status_code == 302
    assert desk.post(address).status_code == 302
    assert client.get(link()).status_code == 409


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER])
def test_a_manager_invites_nobody_of_their_own_rank(cafe, manager, sign_in, role) -> None:
    assert invite(sign_in(manager), role=role).status_code == 422
    with pytest.raises(flow.NotYourRole):
        flow.invite(cafe, email="x@example.org", role=role, by=manager, now=timezone.now())


def test_a_role_is_changed_and_told(desk, cafe, cashier) -> None:
    address = f"/dashboard/cafe/team/{cashier.public_id}/"
    assert desk.post(address, {"role": Role.MANAGER}).status_code == 302
    cashier.refresh_from_db()
    assert cashier.role == Role.MANAGER
    entry = AuditEntry.objects.get(action="team.change")
    assert (entry.before, entry.after) == ({"role": "cashier"}, {"role": "manager"})


def test_a_manager_changes_no_owner(cafe, owner, manager, sign_in) -> None:
    client = sign_in(manager)
    address = f"/dashboard/cafe/team/{owner.public_id}/"
    assert "An owner can" in client.get(address).content.decode()
    assert client.post(address, {"role": Role.CASHIER}).status_code == 422
    assert client.post(f"{address}remove/").status_code == 409
    owner.refresh_from_db()
    assert (owner.role, owner.is_active) == (Role.OWNER, True)


def test_who_is_removed_comes_in_no_more_and_can_be_brought_back(
    desk, cafe, manager, sign_in
) -> None:
    address = f"/dashboard/cafe/team/{manager.public_id}/"
    page = desk.post(f"{address}remove/", follow=True).content.decode()
    assert f"{address}return/" in page
    assert sign_in(manager).get("/dashboard/cafe/rules/").status_code == 404
    assert desk.post(f"{address}remove/").status_code == 302
    desk.post(f"{address}return/")
    assert sign_in(manager).get("/dashboard/cafe/rules/").status_code == 200


def test_the_last_owner_stays(desk, cafe, owner) -> None:
    assert desk.post("/dashboard/cafe/team/leave/").status_code == 409
    assert desk.post(f"/dashboard/cafe/team/{owner.public_id}/remove/").status_code == 409
    own = desk.post(f"/dashboard/cafe/team/{owner.public_id}/", {"role": Role.CASHIER})
    assert own.status_code == 422
    owner.refresh_from_db()
    assert (owner.role, owner.is_active) == (Role.OWNER, True)


def test_one_of_two_owners_may_leave(desk, cafe, owner) -> None:
    make_staff(cafe, Role.OWNER)
    assert desk.post("/dashboard/cafe/team/leave/").status_code == 302
    owner.refresh_from_db()
    assert not owner.is_active


def test_who_was_removed_may_be_invited_again(desk, cafe, cashier) -> None:
    EmailAddress.objects.create(user=cashier.user, email="chai@example.org", verified=True)
    desk.post(f"/dashboard/cafe/team/{cashier.public_id}/remove/")
    invite(desk, email="chai@example.org", role=Role.REVIEWER)
    browser_of(cashier.user).post(link())
    cashier.refresh_from_db()
    assert (cashier.role, cashier.is_active) == (Role.REVIEWER, True)
