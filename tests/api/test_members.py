from loyalty.merchants.models import AuditEntry
from members.models import Member
from tests.api.conftest import code_of, codes_of


def test_a_member_is_enrolled(till, cafe):
    answer = till.post("members", {"name": "Nok", "email": "Nok@Example.org", "external_id": "n-1"})
    assert answer.status_code == 201
    nok = answer.json()
    assert nok["email"] == "nok@example.org"
    assert nok["email_verified_at"] is None
    assert Member.objects.get(program=cafe).public_id == nok["id"]


def test_enrolling_twice_shows_the_same_member(till):
    first = till.post("members", {"email": "nok@example.org", "external_id": "n-1"})
    again = till.post("members", {"email": "other@example.org", "external_id": "n-1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


def test_an_address_of_another_member_is_refused(till, ana):
    answer = till.post("members", {"email": "ana@example.org", "external_id": "other"})
    assert code_of(answer) == (409, "already_member")


def test_somebody_without_any_name_is_refused(till):
    assert code_of(till.post("members", {"name": "Nobody"})) == (422, "bad_contact")


def test_members_are_found_by_their_names(till, ana, ben):
    for field, value in {
        "email": "ANA@example.org ", "card_code": ana.card_code,
    }.items():  # fmt: skip
        found = till.get("members", **{field: value}).json()["items"]
        assert [member["id"] for member in found] == [ana.public_id]
    assert till.get("members", external_id="nobody").json()["items"] == []


def test_a_phone_number_finds_however_it_is_written(till, cafe):
    nok = till.post("members", {"phone": "081 234 5678"}).json()
    found = till.get("members", phone="+66812345678").json()["items"]
    assert [member["id"] for member in found] == [nok["id"]]


def test_members_come_in_pages(till, ana, ben):
    first = till.get("members", limit=1).json()
    second = till.get("members", limit=1, cursor=first["next"]).json()
    names = [member["name"] for member in first["items"] + second["items"]]
    assert names == ["Ben", "Ana"]
    assert second["next"] is None


def test_a_page_has_its_limits(till, ana):
    assert codes_of(till.get("members", limit=201)) == {"limit": "out_of_range"}
    assert codes_of(till.get("members", limit="x")) == {"limit": "not_an_integer"}
    assert codes_of(till.get("members", limit="๑๐")) == {"limit": "not_an_integer"}
    assert codes_of(till.get("members", order="name")) == {"order": "unknown_field"}
    assert code_of(till.get("members", cursor="nowhere")) == (400, "unknown_cursor")
    assert code_of(till.get("members", email="no address")) == (422, "bad_contact")
    assert code_of(till.client.get("/api/v1/members?limit=1&limit=2", headers=till.headers)) == (
        400, "invalid",
    )  # fmt: skip


def test_a_member_is_read(till, ana):
    answer = till.get(f"members/{ana.public_id}").json()
    assert (answer["id"], answer["name"], answer["tier"]) == (ana.public_id, "Ana", None)


def test_only_what_is_told_is_changed(till, ana):
    answer = till.patch(f"members/{ana.public_id}", {"birthday": "1990-04-01"})
    assert answer.status_code == 200
    assert answer.json()["birthday"] == "1990-04-01"
    assert answer.json()["name"] == "Ana"
    again = till.patch(f"members/{ana.public_id}", {"birthday": "1990-04-01"})
    assert again.json() == answer.json()


def test_nothing_wrong_is_changed(till, ana, ben):
    path = f"members/{ana.public_id}"
    assert codes_of(till.patch(path, {"name": 7})) == {"name": "not_a_text"}
    assert codes_of(till.patch(path, {"name": "a\nb"})) == {"name": "control_characters"}
    assert codes_of(till.patch(path, {"name": "x" * 121})) == {"name": "too_long"}
    assert codes_of(till.patch(path, {"name": None})) == {"name": "null"}
    assert codes_of(till.patch(path, {"birthday": "1990-02-30"})) == {"birthday": "not_a_date"}
    wrong = {"consents": [{"purpose": "offers", "given": 1}]}
    assert codes_of(till.patch(path, wrong)) == {"consents.0.given": "not_a_boolean"}
    assert codes_of(till.patch(path, {"language": "xx"})) == {"language": "not_a_choice"}
    assert codes_of(till.patch(path, {"state": "blocked"})) == {"state": "unknown_field"}
    assert codes_of(till.patch(path, [])) == {"": "not_an_object"}
    assert code_of(till.patch(path, {"birthday": "2190-01-01"})) == (422, "bad_contact")
    assert code_of(till.patch(path, {"email": "no address"})) == (422, "bad_contact")
    assert code_of(till.patch(path, {"email": ben.email})) == (409, "already_member")
    ana.refresh_from_db()
    assert (ana.name, ana.birthday, ana.email) == ("Ana", None, "ana@example.org")


def test_a_stranger_finds_nobody(stranger, ana):
    assert stranger.get("members").json()["items"] == []
    assert stranger.get("members", email=ana.email).json()["items"] == []
    assert code_of(stranger.get(f"members/{ana.public_id}")) == (404, "not_found")
    assert code_of(stranger.patch(f"members/{ana.public_id}", {"name": "X"})) == (404, "not_found")
    assert code_of(stranger.get("members", cursor=ana.public_id)) == (400, "unknown_cursor")


def test_whom_a_machine_enrolled_is_in_the_trail(till, cafe):
    enrolled = till.post("members", {"email": "nok@example.org", "external_id": "n-1"}).json()
    till.post("members", {"external_id": "n-1"})
    [line] = AuditEntry.objects.filter(action="member.enroll")
    assert line.subject == f"member:{enrolled['id']}"
    assert line.api_key.program == cafe
