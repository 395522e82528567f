import pytest

from loyalty.earning.models import ActivityRecord
from tests.api.conftest import code_of, codes_of
from tests.makers import make_rule, points

SEEN = {
    "kind": "watched_video", "reference": "v-1", "occurred_at": "2026-06-02T12:00:00+07:00",
    "subject": "latte-art",
}  # fmt: skip


@pytest.fixture(autouse=True)
def videos(cafe):
    return make_rule(
        cafe, trigger="watched_video", effect={"kind": "fixed", "points": 10},
        caps=[{"period": "week", "limit": 30}],
    )  # fmt: skip


def test_an_activity_earns(till, ana):
    answer = till.post("activities", SEEN | {"member": ana.public_id})
    assert answer.status_code == 201
    assert (answer.json()["status"], answer.json()["source"]) == ("earned", "api")
    assert points(ana) == 10


def test_the_same_activity_earns_once(till, ana):
    first = till.post("activities", SEEN | {"card_code": ana.card_code})
    again = till.post("activities", SEEN | {"card_code": ana.card_code})
    assert (again.status_code, again.json()) == (200, first.json() | {"status": "repeated"})
    assert points(ana) == 10


def test_the_same_reference_with_another_body_is_refused(till, ana, ben):
    till.post("activities", SEEN | {"member": ana.public_id})
    for other in ({"subject": "tea"}, {"kind": "sang"}, {"member": ben.public_id}):
        answer = till.post("activities", SEEN | {"member": ana.public_id} | other)
        assert code_of(answer) == (409, "reference_reused")
    assert points(ben) == 0


def test_an_activity_is_explained_when_asked(till, ana):
    told = till.post("activities?explain=true", SEEN | {"member": ana.public_id}).json()
    assert told["entries"][0]["sentences"] == ["10 points"]


def test_a_batch_answers_each_in_its_place_and_keeps_the_cap(till, ana):
    mine = SEEN | {"member": ana.public_id}
    told = till.post("activities/batch", {"activities": [
        *(mine | {"reference": f"v-{n}"} for n in range(5)),
        mine | {"reference": "v-0"},
        mine | {"reference": "v-7", "member": "nobody"},
        mine | {"reference": "v-8", "kind": "birthday"},
        mine | {"reference": "v-9", "occurred_at": "2036-01-01T00:00:00Z"},
    ]}).json()  # fmt: skip
    codes = [it["problem"] and it["problem"]["code"] for it in told["items"]]
    assert codes == [None] * 6 + ["unknown_member", "invalid", "made_in_future"]
    assert told["counts"] == {"earned": 5, "repeated": 1, "refused": 3}
    assert points(ana) == 30


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"kind": "purchase"}, {"kind": "reserved_kind"}),
        ({"kind": "sign_up"}, {"kind": "reserved_kind"}),
        ({"kind": "Watched video"}, {"kind": "wrong_form"}),
        ({"kind": ["watched"]}, {"kind": "not_a_text"}),
        ({"occurred_at": "yesterday"}, {"occurred_at": "not_an_instant"}),
        ({"points": 100}, {"points": "unknown_field"}),
    ],
)
def test_what_is_no_activity_is_refused_by_field(till, ana, wrong, told):
    assert codes_of(till.post("activities", SEEN | {"member": ana.public_id} | wrong)) == told
    assert not ActivityRecord.objects.exists()


def test_an_activity_is_somebodys(till, stranger, ana):
    assert code_of(till.post("activities", SEEN)) == (404, "unknown_member")
    assert code_of(till.post("activities", SEEN | {"email": ana.email})) == (404, "unknown_member")
    late = SEEN | {"member": ana.public_id, "occurred_at": "2036-01-01T00:00:00Z"}
    assert code_of(till.post("activities", late)) == (422, "made_in_future")
    theirs = SEEN | {"member": ana.public_id}
    assert code_of(stranger.post("activities", theirs)) == (404, "unknown_member")
    assert points(ana) == 0


def test_nobody_tells_in_the_name_of_the_house(till, ana):
    told = SEEN | {"member": ana.public_id, "source": "member", "reference": "sign_up:1"}
    assert codes_of(till.post("activities", told)) == {"source": "reserved_source"}
    assert not ActivityRecord.objects.filter(source="member").exists()
