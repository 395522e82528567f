"""Every letter in both languages, and who gets it."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import translation

from loyalty.flows import announcing, letters
from loyalty.flows.redeem import redeem
from loyalty.messaging import catalog, outbox
from loyalty.messaging.models import Message
from loyalty.messaging.outbox import Letter
from members.models import Member
from tests.makers import NOON, balance, choose, give, make_member, make_reward, make_wallet
from tests.messaging.samples import told_for, told_of_the_house

SUBJECTS = {
    "welcome": ("Welcome to Café points", "ยินดีต้อนรับสู่ แต้มคาเฟ่"),
    "points_earned": ("You have earned 45 points", "คุณได้รับ 45 แต้ม"),
    "points_taken_back": ("45 points taken back after a refund", "หักคืน 45 แต้ม จากการคืนเงิน"),
    "tier_reached": ("You have reached Gold", "คุณเลื่อนเป็นระดับ โกลด์ แล้ว"),
    "tier_at_risk": ("How to stay Gold", "รักษาระดับ โกลด์ ของคุณไว้"),
    "tier_lost": ("Your tier is now Silver", "ระดับสมาชิกของคุณเปลี่ยนเป็น ซิลเวอร์"),
    "points_expiring": ("Expiring soon: 1,251 points", "1,251 แต้ม ใกล้หมดอายุ"),
    "birthday": ("Happy birthday, Ana!", "สุขสันต์วันเกิด คุณAna"),
    "survey": ("Would you recommend us?", "คุณจะแนะนำเราไหม"),
    "contribution_decided": ("You are in: Ambassador squad", "ยินดีด้วย ทีมแอมบาสเดอร์ ได้รับการอนุมัติแล้ว"),
    "membership_day": ("30 years with us, Ana!", "ครบ 30 ปีที่อยู่ด้วยกัน คุณAna"),
    "holiday": ("Best wishes from Café points", "ด้วยความปรารถนาดีจาก แต้มคาเฟ่"),
    "win_back": ("We have missed you, Ana", "คิดถึงคุณAna"),
    "campaign_start": ("Welcome week", "สัปดาห์ต้อนรับ"),
    "campaign_end": ("Welcome week ends soon", "สัปดาห์ต้อนรับ ใกล้สิ้นสุดแล้ว"),
    "letter_trial": ("We have missed you, Ana", "คิดถึงคุณAna"),
    "member_verify_email": ("Please confirm your e-mail address", "โปรดยืนยันอีเมลของคุณ"),
    "email_changed": ("Your e-mail address was changed", "อีเมลของคุณถูกเปลี่ยนแล้ว"),
    "phone_changed": ("Your phone number was changed", "หมายเลขโทรศัพท์ของคุณถูกเปลี่ยนแล้ว"),
    "second_step_reset": (
        "Your second step was taken away",
        "การยืนยันตัวตนขั้นที่สองของคุณถูกยกเลิกแล้ว",
    ),
    "invitation": (
        "Olive invites you to the team of Corner Café",
        "Olive เชิญคุณเข้าร่วมทีม Corner Café",
    ),
}
BOTH = [(name, language) for name in SUBJECTS for language in ("en", "th")]


def letter_to(member: Member, template: str, **told):
    """The letter as it leaves, or None if nobody wants it any more."""
    if catalog.KINDS[template].purpose == "offers":
        choose(member, offers=True)
    told = told or told_for(member.program)[template]
    outbox.owe([announcing.letter_to(member, template, key="one", **told)], now=NOON)
    return sent_for(Message.objects.select_related("program").get(key="one"))


def sent_for(message: Message):
    try:
        return letters.Desk([message], now=NOON).write(message)
    except letters.NotWanted:
        return None


def html_of(mail) -> str:
    return mail.alternatives[0][0]


def test_each_letter_has_a_sample():
    assert SUBJECTS.keys() | {"voucher"} | told_of_the_house().keys() == catalog.KINDS.keys()


@pytest.mark.parametrize(("template", "language"), BOTH)
def test_a_letter_is_written_in_the_language_of_its_reader(cafe, template, language):
    ana = make_member(cafe, name="Ana", language=language)
    mail = letter_to(ana, template)
    assert mail.subject == SUBJECTS[template][language == "th"]
    assert mail.extra_headers["Content-Language"] == language
    assert f'<html lang="{language}">' in html_of(mail)
    for words in (mail.body, html_of(mail)):
        assert cafe.name[language] in words
        assert "None" not in words
        assert "{" not in words.split("</style>")[-1]
    assert "<" not in mail.body


@pytest.mark.parametrize("language", ["en", "th"])
def test_a_voucher_comes_with_its_code(cafe, language):
    ana = make_member(cafe, language=language)
    give(ana, 100)
    redemption = redeem(ana, make_reward(cafe, 30), key="a", now=NOON)
    mail = sent_for(Message.objects.get(template="voucher"))
    said = mail.body
    assert letters.code_of(redemption.voucher) in said
    assert ("กาแฟฟรี" if language == "th" else "Free coffee") in mail.subject
    assert ("30 แต้ม" if language == "th" else "30 points") in said.replace("\xa0", " ")
    assert "List-Unsubscribe" not in mail.extra_headers


def test_a_voucher_that_is_used_by_then_is_not_sent(ana):
    give(ana, 100)
    voucher = redeem(ana, make_reward(ana.program, 30), key="a", now=NOON).voucher
    voucher.status = "used"
    voucher.save()
    assert sent_for(Message.objects.get(template="voucher")) is None


def test_days_are_those_of_the_programs_zone(ana):
    body = letter_to(ana, "points_earned").body
    assert "on 2 Jun 2026" in body  # Half past midnight in Bangkok, still 1 June in London.
    assert "from 16 Jun 2026" in body


def test_thai_years_are_counted_from_the_buddha(cafe):
    som = make_member(cafe, language="th")
    assert "2 มิ.ย. 2569" in letter_to(som, "points_earned").body


def test_a_letter_says_what_can_be_spent_when_it_is_sent(ana):
    give(ana, 230)
    assert "spend at the moment: 230 points" in letter_to(ana, "points_earned").body.replace(
        "\xa0", " "
    )


def test_cashback_is_printed_as_money(ana):
    cash = make_wallet(ana.program, "cash", kind="cashback", exponent=2)
    mail = letter_to(ana, "welcome", awards=[{"wallet_id": cash.pk, "points": 1_250}])
    assert "฿12.50" in mail.body


def test_several_awards_are_named_together(cafe):
    ana = make_member(cafe, language="th")
    stamps = make_wallet(
        cafe, "stamps", kind="stamps", unit_one={"th": "ดวง"}, unit_many={"th": "ดวง"}
    )
    awards = [
        {"wallet_id": balance(ana).wallet_id, "points": 45},
        {"wallet_id": stamps.pk, "points": 2},
    ]
    mail = letter_to(ana, "birthday", awards=awards)
    assert "45 แต้ม และ 2 ดวง" in mail.body.replace("\xa0", " ")


def test_points_that_are_owed_are_told(ana):
    assert "5 points" in letter_to(ana, "points_taken_back").body.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("measure", "missing", "said"),
    [("spend", 120_000, "฿1,200.00"), ("visits", 1, "1 more day\n"), ("points", 30, "30")],
)
def test_what_is_missing_is_said_in_its_measure(ana, measure, missing, said):
    told = told_for(ana.program)["tier_at_risk"] | {"measure": measure, "missing": missing}
    assert said.strip() in letter_to(ana, "tier_at_risk", **told).body


@pytest.mark.parametrize("language", ["en", "th"])
def test_where_nothing_can_help_nothing_is_asked_for(cafe, language):
    ana = make_member(cafe, language=language)
    told = told_for(cafe)["tier_at_risk"] | {"missing": None}
    mail = letter_to(ana, "tier_at_risk", **told)
    assert ("2569" if language == "th" else "2026") in mail.subject
    assert "None" not in mail.body


def test_links_are_built_from_our_own_address(ana):
    with override_settings(PUBLIC_URL="https://points.example.org"):
        mail = letter_to(ana, "welcome")
    assert "https://points.example.org/p/cafe/card/" in mail.body
    assert "https://points.example.org/p/cafe/unsubscribe/" in html_of(mail)
    assert "localhost" not in mail.body


def test_the_letter_wears_the_colour_of_the_program(ana):
    ana.program.brand_color = "#0b6e4f"
    ana.program.save()
    assert "background-color: #0b6e4f" in html_of(letter_to(ana, "welcome"))


def test_the_sender_is_the_program(ana):
    sender = letter_to(ana, "welcome").message()["From"]
    assert "noreply@" in sender


def test_names_cannot_smuggle_anything_in(cafe):
    ana = make_member(cafe, name="<b>Ana</b>\nBcc: eve@example.org")
    mail = letter_to(ana, "birthday", awards=[])
    assert "\n" not in mail.subject
    assert "<b>Ana" not in html_of(mail)


def test_the_language_of_the_worker_does_not_matter(cafe):
    ana = make_member(cafe, language="en")
    with translation.override("th"):
        assert letter_to(ana, "tier_lost").subject == "Your tier is now Silver"


def test_a_language_that_no_letter_is_written_in_becomes_english(cafe):
    ana = make_member(cafe, language="fr")
    assert letter_to(ana, "tier_lost").subject == "Your tier is now Silver"


# --- Who gets it ---------------------------------------------------------------------------------


def test_each_optional_letter_can_be_stopped_in_one_click(ana):
    for template in set(catalog.OPTIONAL):
        Message.objects.all().delete()
        headers = letter_to(ana, template).extra_headers
        assert headers["List-Unsubscribe"].startswith("<http")
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_who_asked_for_none_gets_none(cafe):
    ana = make_member(cafe, letters=False)
    assert letter_to(ana, "points_earned") is None


def test_a_greeting_is_for_those_who_agreed_to_it(ana):
    told = told_for(ana.program)["birthday"]
    outbox.owe([announcing.letter_to(ana, "birthday", key="one", **told)], now=NOON)
    assert sent_for(Message.objects.select_related("program").get()) is None


def test_who_asked_for_none_still_gets_what_must_arrive(cafe):
    ana = make_member(cafe, letters=False)
    assert letter_to(ana, "member_verify_email")


def test_what_the_merchant_switched_off_is_not_sent(ana):
    ana.program.silent_letters = ["birthday"]
    ana.program.save()
    assert letter_to(ana, "birthday") is None


@pytest.mark.parametrize("state", ["blocked", "left"])
def test_who_is_gone_by_then_gets_nothing(ana, state):
    Member.objects.update(state=state)
    assert letter_to(ana, "points_earned") is None


def test_an_old_address_is_warned_whoever_lives_there_now(ana):
    told = told_for(ana.program)["email_changed"]
    letter = announcing.letter_to(ana, "email_changed", key="one", to="old@example.org", **told)
    outbox.owe([letter], now=NOON)
    Member.objects.update(email="new@example.org", state="left")
    mail = sent_for(Message.objects.get())
    assert mail.to == ["old@example.org"]
    assert "s•••@example.com" in mail.body
    assert "somchai" not in mail.body


def test_other_letters_follow_the_member_to_a_new_address(ana):
    outbox.owe([announcing.letter_to(ana, "welcome", key="one", awards=[])], now=NOON)
    Member.objects.update(email="new@example.org")
    assert sent_for(Message.objects.get()).to == ["new@example.org"]


def test_who_has_had_enough_in_a_day_gets_no_more(ana, mail_server):
    for number in range(letters.MOST_A_DAY + 2):
        outbox.owe([announcing.letter_to(ana, "welcome", key=f"a:{number}", awards=[])], now=NOON)
    letters.send_due(clock=lambda: NOON)
    assert len(mail_server.taken) == letters.MOST_A_DAY
    outbox.owe([announcing.letter_to(ana, "welcome", key="next", awards=[])], now=NOON)
    letters.send_due(clock=lambda: NOON + timedelta(days=1, seconds=1))
    assert len(mail_server.taken) == letters.MOST_A_DAY + 1


def test_somebody_who_is_no_member_can_be_invited(cafe):
    letter = Letter(
        program_id=cafe.pk, key="one", to="mia@example.org", template="invitation",
        language="th", context=told_for(cafe)["invitation"],
    )  # fmt: skip
    outbox.owe([letter], now=NOON)
    assert sent_for(Message.objects.get()).to == ["mia@example.org"]
