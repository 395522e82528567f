from loyalty.earning.models import EarningRule
from loyalty.ledger.models import Entry
from loyalty.purchases.models import Purchase
from tests.api.conftest import code_of, codes_of
from tests.makers import make_rule


def test_a_basket_is_quoted_and_nothing_is_written(till, cafe, ana):
    make_rule(
        cafe, name={"en": "Big spender"}, effect={"kind": "fixed", "points": 100},
        conditions=[{"kind": "minimum_spend", "minor": 500_00}],
    )  # fmt: skip
    told = till.post("quotes", {"member": ana.public_id, "total": "59.90"}).json()
    assert told["points"] == {"points": 59}
    usual, big = told["rules"]
    assert (usual["points"], usual["unmet"]) == (59, [])
    assert usual["sentences"][0].startswith("฿59.90")
    assert usual["id"] == EarningRule.objects.earliest("pk").public_id
    assert (big["points"], big["name"], len(big["unmet"])) == (0, {"en": "Big spender"}, 1)
    assert "฿500" in big["unmet"][0]
    assert not Purchase.objects.exists()
    assert not Entry.objects.exists()


def test_a_basket_of_nobody_is_quoted_too(till):
    assert till.post("quotes", {"total": "10.00"}).json()["points"] == {"points": 10}


def test_a_quote_is_told_in_the_readers_language(till):
    till.headers["Accept-Language"] = "th"
    told = till.post("quotes", {"total": "10.00"}).json()
    assert "แต้ม" in told["rules"][0]["sentences"][0]


def test_what_is_no_basket_is_not_quoted(till, stranger, ana):
    assert codes_of(till.post("quotes", {})) == {"total": "required"}
    assert codes_of(till.post("quotes", {"total": "-1"})) == {"total": "negative"}
    assert codes_of(till.post("quotes", {"total": "1", "reference": "x"})) == {
        "reference": "unknown_field"
    }
    assert code_of(till.post("quotes", {"total": "1", "currency": "EUR"})) == (
        422, "unknown_currency",
    )  # fmt: skip
    theirs = {"total": "1", "member": ana.public_id}
    assert code_of(stranger.post("quotes", theirs)) == (404, "unknown_member")
