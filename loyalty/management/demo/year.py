"""A year of a café's life, made by the flows themselves: joining, buying, redeeming, returning."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from loyalty.days import at_hour, local_date, start_of
from loyalty.flows import earn, enroll, night, redeem, refund, vouchers
from loyalty.flows.outcomes import Outcome
from loyalty.management.demo.shop import DAYS, MENU, Ware, branches_of, sign_in
from loyalty.merchants.models import Program
from loyalty.purchases.sale import Return, Sale, SaleLine
from loyalty.refusal import Refusal
from loyalty.rewards import codes
from loyalty.rewards.models import Redemption, Reward
from members.consents import MAIL, OFFERS
from members.models import Member

DAY = timedelta(1)

# Who can be signed in as, and how often they come: visits a week, and what they like.
CAST = (
    ("มะลิ จันทร์เพ็ญ", "mali@example.com", "th", 3.0, ("coffee", "bakery")),
    ("สมชาย รุ่งเรือง", "somchai@example.com", "th", 1.4, ("coffee",)),
    ("Nina Berg", "nina@example.com", "en", 0.9, ("tea", "bakery", "goods")),
)
FIRST = (
    "กานต์", "แก้ว", "ขวัญ", "จอย", "ชมพู่", "ดาว", "ต้น", "ทิพย์", "นัท", "บีม", "ปอ", "ฝ้าย", "พลอย",
    "ฟ้า", "ภูมิ", "มิ้นต์", "ยุ้ย", "ริน", "วิว", "หนึ่ง", "อาร์ม", "เอม", "โอ๊ต", "ไอซ์", "Ben", "Clara", "Emi",
    "Hana", "Jonas", "Kai", "Lukas", "Mei", "Olivia", "Sara", "Tom", "Yuki",
)  # fmt: skip
LAST = (
    "แสงทอง", "บุญมา", "ทองดี", "สุขใจ", "วัฒนา", "ศรีวงศ์", "พรหมสุข", "ชัยชนะ", "มณีรัตน์", "คำแก้ว",
)  # fmt: skip
STRANGERS = 57  # Beside the cast.


@dataclass(slots=True)
class Regular:
    """A member, and the habits that make their year."""

    member: Member
    joins_on: date
    visits_a_week: float
    likes: tuple[str, ...]


class Year:
    """One year up to now. The same seed lives the same year."""

    def __init__(self, program: Program, *, now: datetime, seed: int) -> None:
        self.program = program
        self.zone = program.time_zone
        self.luck = random.Random(seed)  # noqa: S311 - a story, not a secret.
        self.now = now
        self.regulars: list[Regular] = []
        self.places = list(branches_of(program).items())
        self.rewards = list(Reward.objects.filter(program=program, is_automatic=False))
        self.receipts = 0

    def live(self, progress: Callable[[float], None]) -> None:
        today = local_date(self.now, self.zone)
        first = today - timedelta(days=DAYS)
        newcomers = sorted(self._newcomers(first), key=lambda it: it[0])
        for number in range(DAYS + 1):
            day = first + number * DAY
            night.pass_night(self.program, day, now=start_of(day, self.zone), letters=False)
            while newcomers and newcomers[0][0] <= day:
                self._join(*newcomers.pop(0))
            self._open_for(day)
            progress(number / DAYS)

    def _newcomers(
        self, first: date
    ) -> Iterator[tuple[date, str, str, str, float, tuple[str, ...]]]:
        for name, email, language, visits, likes in CAST:
            yield (
                first + timedelta(days=self.luck.randint(3, 20)),
                name,
                email,
                language,
                visits,
                likes,
            )
        tastes = (
            ("coffee",),
            ("coffee", "bakery"),
            ("tea", "bakery"),
            ("coffee", "goods"),
            ("tea",),
        )
        for number in range(STRANGERS):
            name = self.luck.choice(FIRST)
            language = "en" if name.isascii() else "th"
            if language == "th":
                name = f"{name} {self.luck.choice(LAST)}"
            joins_on = first + timedelta(days=int(self.luck.triangular(1, DAYS - 5, 60)))
            visits = self.luck.choice((0.15, 0.3, 0.5, 0.8, 1.2, 2.0))
            yield (
                joins_on,
                name,
                f"guest{number + 1}@example.com",
                language,
                visits,
                self.luck.choice(tastes),
            )

    def _join(  # noqa: PLR0917
        self, on: date, name: str, email: str, language: str, visits: float, likes: tuple[str, ...]
    ) -> None:
        now = at_hour(on, 9, self.zone)
        in_cast = any(email == it[1] for it in CAST)
        born = date(
            self.luck.randint(1965, 2006), self.luck.randint(1, 12), self.luck.randint(1, 28)
        )
        member = enroll.enroll(
            self.program, now=now, name=name, email=email, email_verified=True, language=language,
            phone=f"08{self.luck.randint(10_000_000, 99_999_999)}", letters=False,
            birthday=born if in_cast or self.luck.random() < 0.7 else None,
            user=sign_in(email, name, now) if in_cast else None,
            choices={(MAIL, OFFERS): in_cast or born.day > 12},
        )  # fmt: skip
        self.regulars.append(Regular(member, on, visits, likes))

    def _open_for(self, day: date) -> None:
        closes = at_hour(day, 20, self.zone)
        visits = [it for it in self.regulars if self.luck.random() < it.visits_a_week / 7]
        sales = sorted((self._sale(it, day) for it in visits), key=lambda sale: sale.made_at)
        sales = [sale for sale in sales if sale.made_at <= self.now]
        outcomes = earn.from_purchases(
            self.program, sales, now=min(closes, self.now), letters=False
        )
        for regular in visits:
            self._perhaps_redeem(regular, min(closes, self.now))
        for outcome in outcomes:
            if self.luck.random() < 0.012:
                self._bring_back(outcome, min(closes + timedelta(hours=1), self.now))

    def _sale(self, regular: Regular, day: date) -> Sale:
        at = start_of(day, self.zone) + timedelta(
            minutes=self.luck.choice((450, 500, 560, 720, 840, 960))
        )
        at += timedelta(minutes=self.luck.randint(0, 55))
        wares = self._basket(regular)
        code, place = self.luck.choice(self.places)
        self.receipts += 1
        return Sale(
            source="pos", reference=f"{day:%y%m%d}-{self.receipts:04}", made_at=at,
            account_id=regular.member.account_id, lines=tuple(map(_line, wares)),
            payment_method=self.luck.choice(("promptpay", "promptpay", "cash", "card")),
            channel=self.luck.choice(("counter", "counter", "counter", "delivery")),
            location_id=place.pk, location_code=code,
        )  # fmt: skip

    def _basket(self, regular: Regular) -> list[Ware]:
        liked = [
            ware for ware in MENU if ware.category in regular.likes and ware.category != "goods"
        ]
        wares = [self.luck.choice(liked or list(MENU[:6]))]
        if self.luck.random() < 0.45:
            wares.append(self.luck.choice([ware for ware in MENU if ware.category == "bakery"]))
        if "goods" in regular.likes and self.luck.random() < 0.08:
            wares.append(self.luck.choice([ware for ware in MENU if ware.category == "goods"]))
        return wares

    def _perhaps_redeem(self, regular: Regular, now: datetime) -> None:
        if self.luck.random() > 0.12:
            return
        reward = self.luck.choice(self.rewards)
        key = f"demo-{regular.member.pk}-{now:%y%m%d}"
        try:
            redemption = redeem.redeem(regular.member, reward, key=key, now=now, letters=False)
        except Refusal:
            return  # Too few points, too low a tier, none left: as in life.
        if self.luck.random() < 0.85:
            self._use(redemption, now)

    def _use(self, redemption: Redemption, now: datetime) -> None:
        _code, place = self.luck.choice(self.places)
        vouchers.use(self.program, codes.code_of(redemption.voucher), now=now, location=place)

    def _bring_back(self, outcome: Outcome, now: datetime) -> None:
        refund.refund(
            self.program,
            Return(
                source="pos", reference=f"return-{outcome.reference}", made_at=now,
                purchase_id=outcome.id,
            ),
            now=now, letters=False,
        )  # fmt: skip


def _line(ware: Ware) -> SaleLine:
    return SaleLine(
        amount_minor=ware.price_minor, product=ware.code, name=ware.name, category=ware.category,
        tax_minor=ware.price_minor * 7 // 107,
    )  # fmt: skip
