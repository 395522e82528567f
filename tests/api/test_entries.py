from tests.api.conftest import code_of, codes_of
from tests.makers import bring_back, buy, give, make_wallet


def test_entries_come_with_sentences_newest_first(till, ana):
    buy(ana, 59_90, reference="till-1")
    give(ana, 5)
    items = till.get(f"members/{ana.public_id}/entries").json()["items"]
    assert [(it["id"], it["points"], it["balance_after"]) for it in items] == [
        ("points-2", 5, 64), ("points-1", 59, 59),
    ]  # fmt: skip
    assert items[1]["sentences"][0].startswith("฿59.90")
    assert (items[1]["status"], items[1]["remaining"]) == ("available", 59)


def test_entries_come_in_pages_and_by_wallet(till, cafe, ana):
    make_wallet(cafe, "stamps", kind="stamps")
    for _ in range(3):
        give(ana, 1)
    give(ana, 1, wallet="stamps")
    path = f"members/{ana.public_id}/entries"
    first = till.get(path, limit=3).json()
    assert [it["id"] for it in first["items"]] == ["stamps-1", "points-3", "points-2"]
    second = till.get(path, limit=3, cursor=first["next"]).json()
    assert ([it["id"] for it in second["items"]], second["next"]) == (["points-1"], None)
    only = till.get(path, wallet="stamps").json()["items"]
    assert [it["id"] for it in only] == ["stamps-1"]
    assert code_of(till.get(path, wallet="gold")) == (422, "unknown_wallet")
    assert code_of(till.get(path, cursor="points-9")) == (400, "unknown_cursor")
    assert codes_of(till.get(path, wallets="x")) == {"wallets": "unknown_field"}


def test_an_entry_says_why_it_was_made(till, cafe, ana):
    bought = buy(ana, 59_90, reference="till-1")
    bring_back(ana, bought, 20_00, reference="back-1")
    path = f"members/{ana.public_id}/entries"
    earned = till.get(f"{path}/points-1").json()
    assert earned["cause"] == {
        "kind": "purchase", "id": bought.public_id, "source": "pos", "reference": "till-1",
    }  # fmt: skip
    assert (earned["promise"]["kind"], earned["reversed_points"]) == ("rule", 20)
    taken = till.get(f"{path}/points-2").json()
    assert (taken["cause"]["kind"], taken["cause"]["reference"]) == ("refund", "back-1")
    assert (taken["reverses"], taken["promise"]) == ("points-1", None)
    assert taken["draws"] == [{"entry": "points-1", "points": 20}]


def test_no_number_of_ours_leaves_the_house(till, ana):
    bought = buy(ana, 59_90)
    path = f"members/{ana.public_id}/entries"
    text = till.get(f"{path}/points-1").content.decode() + till.get(path).content.decode()
    assert f"purchase:{bought.id}" not in text
    assert "rule:" not in text


def test_an_entry_that_is_not_there_is_not_found(till, stranger, ana):
    buy(ana, 10_00)
    path = f"members/{ana.public_id}/entries"
    for number in (
        "points-2",
        "points",
        "points-x",
        "-1",
        "points-๑",
        "gold-1",
        "points-" + "9" * 30,
    ):
        assert code_of(till.get(f"{path}/{number}")) == (404, "not_found")
    assert code_of(stranger.get(f"{path}/points-1")) == (404, "not_found")
    assert code_of(stranger.get(path)) == (404, "not_found")


def test_balances_are_told_wallet_by_wallet(till, cafe, ana, stranger):
    make_wallet(cafe, "cash", kind="cashback", exponent=2, position=1)
    buy(ana, 59_90)
    items = till.get(f"members/{ana.public_id}/balances").json()["items"]
    held = {it["wallet"]["code"]: it for it in items}
    assert (held["points"]["points"], held["points"]["lifetime"]) == (59, 59)
    assert held["points"]["next_expiry"] == {"points": 59, "last_day": "2027-06-01"}
    assert held["points"]["next_available"] is None
    assert code_of(stranger.get(f"members/{ana.public_id}/balances")) == (404, "not_found")


def test_the_program_is_told(till, cafe, stranger):
    told = till.get("program").json()
    assert (told["slug"], told["currency"], told["points_pay"]) == ("cafe", "THB", None)
    assert [it["code"] for it in told["wallets"]] == ["points"]
    assert stranger.get("program").json()["slug"] == "bar"
    cafe.pay_points, cafe.pay_minor = 100, 100
    cafe.save()
    assert till.get("program").json()["points_pay"] == {"points": 100, "amount": "1.00"}
