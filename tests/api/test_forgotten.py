"""What a machine asked about somebody who was forgotten since."""

from loyalty.flows import erase
from members.models import Member
from tests.api.conftest import code_of, make_caller
from tests.makers import NOON
from tests.people import tables_that_say

DAO = {"name": "Dao Canary", "email": "dao@canary.example.org", "external_id": "canary-1"}


def test_a_retry_neither_brings_them_back_nor_tells_of_them(cafe):
    till = make_caller(cafe)
    dao = till.post("members", DAO, key="new").json()["id"]
    till.patch(f"members/{dao}", {"name": "Canary Dao"}, key="name")
    adjusted = {"member": dao, "points": 5, "wallet": "points", "reason": "For canary"}
    till.post("adjustments", adjusted, key="points")
    erase.erase(Member.objects.get(), now=NOON)
    assert tables_that_say("canary") == []
    assert code_of(till.post("members", DAO, key="new")) == (409, "member_forgotten")
    again = till.post("adjustments", adjusted, key="points")
    assert code_of(again) == (409, "member_forgotten")
    assert not Member.objects.exists()


def test_without_the_old_key_they_join_afresh(cafe):
    till = make_caller(cafe)
    old = till.post("members", DAO, key="new").json()["id"]
    erase.erase(Member.objects.get(), now=NOON)
    again = till.post("members", DAO, key="another")
    assert again.status_code == 201
    assert again.json()["id"] != old
