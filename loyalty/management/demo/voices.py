"""What the café asks its members, and what they said: a survey, reviews, a call for ambassadors."""

from datetime import datetime, timedelta
from itertools import cycle

from campaigns.contributions.models import Call
from campaigns.surveys.models import Survey
from loyalty.flows import answering, badges, calls, contributions, deciding, surveys
from loyalty.flows.contributions import Handed
from loyalty.management.demo.shop import MENU, both
from loyalty.merchants.models import Program

SCORES = (9, 10, 8, 10, 7, 9, 10, 6, 9, 10, 8, 3, 10, 9)
WORDS = (
    "กาแฟอร่อย พนักงานน่ารัก", "Best croissant in the neighbourhood.", "ที่นั่งน้อยไปหน่อยช่วงเช้า",
    "The dirty is worth the queue.", "อยากให้มีนมโอ๊ต",
)  # fmt: skip
REVIEWS = (
    (5, "หอม เข้มกำลังดี ดื่มทุกเช้า", "approve"), (4, "Crisp outside, soft inside.", "approve"),
    (2, "Follow my shop for cheaper cake!", "reject"), (5, "มะพร้าวเต็มคำ ไม่หวานเกิน", ""),
    (4, "Smooth, not too sweet.", ""),
)  # fmt: skip


def speak(program: Program, *, now: datetime) -> None:
    """Members answer, review and apply, in the weeks before somebody looks."""
    survey = _survey(program, now=now - timedelta(days=90))
    review, squad = _calls(program, now=now - timedelta(days=60))
    members = list(program.members.filter(state="active").order_by("pk")[3:27])
    words, scores = cycle(WORDS), cycle(SCORES)
    for number, member in enumerate(members):
        said = {"score": next(scores)} | ({"why": next(words)} if number % 4 == 0 else {})
        at = now - timedelta(days=2 * number)
        answering.answer(member, survey, said, now=at, letters=False)
    for (stars, text, verdict), member, ware in zip(REVIEWS, members, MENU, strict=False):
        at = now - timedelta(days=stars)
        handed = Handed(
            answers={"text": text}, rating=stars, product=ware.code, product_name=ware.name
        )
        made = contributions.submit(member, review, handed, now=at)
        if verdict == "approve":
            deciding.approve(made, by=None, now=at)
        elif verdict:
            deciding.reject(made, by=None, now=at, reason="เป็นโฆษณา ไม่ใช่รีวิวสินค้า")
    told = {"why": "ชวนเพื่อนมานั่งทุกอาทิตย์อยู่แล้ว", "page": "https://social.example/kaewcafe"}
    contributions.submit(members[9], squad, Handed(answers=told), now=now - timedelta(hours=5))


def _survey(program: Program, *, now: datetime) -> Survey:
    why = {"key": "why", "kind": "long", "words": both("เพราะอะไร", "What is the reason?")}
    made = surveys.save(
        program, None, by=None, now=now, name=both("คุณจะแนะนำเราไหม", "Would you recommend us?"),
        intro=both("คำถามเดียว ใช้เวลาไม่ถึงนาที", "One question, less than a minute."),
        questions=[{"key": "score", "kind": "nps"}, why], again_days=180,
        prizes=[_points(25)],
    )  # fmt: skip
    return surveys.become(made, Survey.State.LIVE, by=None, now=now)


def _calls(program: Program, *, now: datetime) -> tuple[Call, Call]:
    text = {"key": "text", "kind": "long", "words": both("รีวิวของคุณ", "Your review"),
            "required": True}  # fmt: skip
    review = calls.save(
        program, None, by=None, now=now, kind="review",
        name=both("รีวิวเมนูโปรด", "Review what you had"), questions=[text], most_pictures=2,
        prizes=[_points(20)], picture_prizes=[_points(10)],
    )  # fmt: skip
    badge = badges.save(
        program, None, by=None, now=now, name=both("แอมบาสเดอร์", "Ambassador"), icon="megaphone"
    )
    why = {"key": "why", "kind": "long", "words": both("ทำไมต้องเป็นคุณ", "Why you?"),
           "required": True}  # fmt: skip
    page = {"key": "page", "kind": "link", "words": both("ลิงก์โซเชียลของคุณ", "Your page"),
            "required": True}  # fmt: skip
    squad = calls.save(
        program, None, by=None, now=now, name=both("ทีมแอมบาสเดอร์", "Ambassador squad"),
        about=both(
            "เล่าเรื่องร้านให้เพื่อนฟัง แล้วรับเมนูใหม่ก่อนใคร",
            "Tell your friends about us, and taste what is new before everybody else.",
        ),
        questions=[why, page], most_pictures=3,
        prizes=[_points(500), {"kind": "badge", "badge": badge.public_id}],
    )  # fmt: skip
    for call in (review, squad):
        calls.switch(call, is_open=True, by=None, now=now)
    return review, squad


def _points(points: int) -> dict[str, object]:
    return {"kind": "points", "wallet": "points", "points": points}
