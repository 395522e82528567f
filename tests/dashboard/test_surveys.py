"""Surveys and calls in the dashboard: written without JavaScript, started, looked back on."""

import pytest

from loyalty.flows import answering
from loyalty.public_ids import new_public_id
from tests.makers import NOON, make_member

HERE = "/dashboard/cafe/surveys/"
SURVEY = {
    "name_en": "How was it?", "asks": "open", "after_days": "3", "good_days": "30",
    "from_rank": "0", "questions": "2", "questions-0-key": "score", "questions-0-kind": "nps",
    "questions-1-key": "what", "questions-1-kind": "choices",
    "questions-1-words_en": "What did you have?", "questions-1-options_en": "Coffee\nCake",
    "questions-1-options_th": "กาแฟ\nเค้ก", "prize-kind": "", "act": "start",
}  # fmt: skip


def post(desk, **fields):
    return desk.post(f"{HERE}new/", {**SURVEY, "once": new_public_id(), **fields})


def test_one_is_written_and_started_in_one_go(desk, cafe):
    assert post(desk).status_code == 302
    made = cafe.surveys.get()
    assert made.state == "live"
    assert made.asked[1].options[1] == {"en": "Cake", "th": "เค้ก"}


def test_a_second_click_makes_no_second(desk, cafe):
    once = new_public_id()
    for _click in range(2):
        post(desk, once=once)
    assert cafe.surveys.count() == 1


def test_what_it_gives_can_be_read_in_the_trail(desk, cafe):
    post(desk, **{"prize-kind": "points", "prize-points": "25",
                  "prize-wallet": str(cafe.wallets.get().pk)})  # fmt: skip
    assert cafe.surveys.get().prizes[0]["points"] == 25
    page = desk.get("/dashboard/cafe/trail/")
    assert page.status_code == 200
    assert "Survey written" in page.content.decode()


@pytest.mark.parametrize(
    ("act", "kinds"),
    [("add-text", ["nps", "choices", "text"]), ("drop-0", ["choices"]),
     ("up-1", ["choices", "nps"]), ("drop-9", ["nps", "choices"])],
)  # fmt: skip
def test_its_questions_are_added_moved_and_dropped(desk, cafe, act, kinds):
    page = post(desk, act=act)
    rows = page.context["builder"].questions.rows
    assert [row["kind"].value() for row in rows] == kinds
    assert not cafe.surveys.exists()
    assert "What did you have?" in page.content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"name_en": ""}, {"questions-1-options_en": "Coffee", "questions-1-options_th": ""},
     {"questions-1-words_en": ""}, {"questions-1-key": "score"}, {"again_days": "0"},
     {"good_days": "9999"}, {"asks": "nobody"}, {"questions": "0"}],
    ids=str,
)  # fmt: skip
def test_what_is_wrong_is_said(desk, cafe, wrong):
    assert post(desk, **wrong).status_code == 422


def test_what_was_answered_cannot_be_asked_otherwise(desk, cafe):
    post(desk)
    made = cafe.surveys.get()
    answering.answer(make_member(cafe), made, {"score": 9, "what": [1, 2]}, now=NOON)
    page = desk.get(f"{HERE}{made.public_id}/").content.decode()
    assert "+100" in page
    assert "Cake" in page
    told = desk.post(f"{HERE}{made.public_id}/edit/", {**SURVEY, "once": new_public_id(),
                     "act": "save", "questions-0-kind": "csat"})  # fmt: skip
    assert "only their words can be mended" in told.content.decode()
    sheet = b"".join(desk.get(f"{HERE}{made.public_id}/csv/").streaming_content).decode()
    assert '9,"Coffee, Cake"' in sheet
