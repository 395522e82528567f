"""Who comes by whose link: colleagues of one office, and one person with many accounts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
MINIMUM = 80_00
OFFICE, OFFICE_NETWORK = "88/9 อาคารสาทรธานี ชั้น 12 ถ.สาทรเหนือ", "203.0.113.{}"
_FIRST = """
somchai somsak suda malee wichai porntip krisada anong niran orathai prasert lamai chaiwat
nattaya kanda ploy jintana wanida pairoj somsri arthit benjamas chanida decha ekachai fon
gamon hathai itsara jirapon kamon ladda mongkol nicha onuma pakorn rachel sarawut tanawat
urai varin wasan yada panida supansa thanakorn kittisak monthira piyawat saranya
"""
_LAST = """
suksawat thongdee jandaeng boonmee rattana srisuk wongyai prommas chaiyo phakdee saetang
kaewta inthara maneerat nakorn panya ruangsri somboon tongchai udomsuk vorakit yimyam
charoen dechakul ekwit hongsa intarak jaidee khamdee limpiti
"""
FIRST, LAST = _FIRST.split(), _LAST.split()
DOMAINS = ["gmail.com"] * 6 + ["hotmail.com", "yahoo.com", "outlook.com", "icloud.com"]
COMPANY = "sathornsoft.co.th"
BROWSERS = [
    f"Mozilla/5.0 ({system}) {engine}"
    for system in ("iPhone; CPU iPhone OS 18_5", "Linux; Android 15; SM-S921B", "Windows NT 10.0",
                   "Macintosh; Intel Mac OS X 10_15_7", "Linux; Android 14; Redmi Note 13")
    for engine in ("Chrome/137.0", "Safari/605.1", "Line/15.8")
]  # fmt: skip


@dataclass(kw_only=True)
class Comer:
    """Somebody who joins by a link, and perhaps buys."""

    advocate: int  # Which of those who invite.
    email: str
    joins_at: datetime
    name: str = ""
    phone: str = ""
    device: str = ""
    browser: str = ""
    address: str = ""  # Of the network.
    buys_at: datetime | None = None
    amount: int = 0
    payment: str = ""
    delivery: str = OFFICE
    is_attack: bool = False


@dataclass(kw_only=True)
class Inviter:
    name: str
    email: str
    phone: str
    device: str
    browser: str
    address: str
    payment: str
    delivery: str
    is_attack: bool = False


class Luck:
    """One seed's people: no address, number or device comes twice unless it is meant to."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.taken: set[str] = set()
        self.number = 0

    def email(self, *, at_work: float = 0.2) -> tuple[str, str]:
        pick = self.random.choice
        while True:
            first, last = pick(FIRST), pick(LAST)
            year = str(self.random.randint(70, 99) if self.random.random() < 0.5 else
                       self.random.randint(1970, 2004))  # fmt: skip
            local = pick([
                f"{first}.{last}", f"{first}{last}", f"{first}.{last[0]}", f"{first}{year}",
                f"{first}_{last[:3]}{year}", f"{first[:3]}{last}{year}", f"{first}.{last}{year}",
            ])  # fmt: skip
            if self.random.random() < at_work:
                local, domain = f"{first}.{last[:3]}", COMPANY
            else:
                domain = pick(DOMAINS)
            email = f"{local}@{domain}"
            if email not in self.taken:
                self.taken.add(email)
                return email, f"{first.title()} {last.title()}"

    def phone(self) -> str:
        while True:
            phone = f"+668{self.random.randint(0, 10**8 - 1):08}"
            if phone not in self.taken:
                self.taken.add(phone)
                return phone

    def mobile(self) -> str:
        """A carrier's network: some thousands share each."""
        return f"49.{self.random.randint(228, 231)}.{self.random.randint(0, 9)}.{self.octet()}"

    def octet(self) -> int:
        return self.random.randint(1, 254)

    def fresh(self, word: str) -> str:
        self.number += 1
        return f"{word}-{self.number}-{self.random.getrandbits(40):x}"

    def moment(self, days: int) -> datetime:
        """Working days have lunch breaks; people join in them more than at other hours."""
        day = BEGIN + timedelta(days=self.random.randrange(days))
        hour = 5 + self.random.random() if self.random.random() < 0.5 else 14 * self.random.random()
        return day + timedelta(hours=hour)


def honest(luck: Luck, count: int, inviters: int) -> tuple[list[Inviter], list[Comer]]:
    """Colleagues who invite colleagues: one address, one network, one lunch hour, many people."""
    those = [
        Inviter(
            name=name, email=email, phone=luck.phone(), device=luck.fresh("device"),
            browser=luck.random.choice(BROWSERS), address=OFFICE_NETWORK.format(luck.octet()),
            payment=luck.fresh("card"), delivery=OFFICE,
        )
        for email, name in (luck.email() for _one in range(inviters))
    ]  # fmt: skip
    weights = [1 / (rank + 1) for rank in range(inviters)]
    town_hall = BEGIN + timedelta(days=12, hours=6)  # Everybody was told of it at once.
    friends: list[Comer] = []
    for _one in range(count):
        email, name = luck.email()
        together = luck.random.random() < 0.12
        joins = town_hall + timedelta(minutes=50 * luck.random.random())
        friend = Comer(
            advocate=luck.random.choices(range(inviters), weights)[0], email=email, name=name,
            joins_at=joins if together else luck.moment(45), browser=luck.random.choice(BROWSERS),
            phone=luck.phone() if luck.random.random() < 0.8 else "", device=luck.fresh("device"),
            address=OFFICE_NETWORK.format(luck.octet()) if luck.random.random() < 0.7
            else luck.mobile(),
            payment=luck.fresh("card") if luck.random.random() < 0.7 else "",
        )  # fmt: skip
        friends.append(friend)
    _households(luck, friends, those)
    for friend in friends:
        if luck.random.random() < 0.92:
            friend.buys_at = friend.joins_at + timedelta(days=20 * luck.random.random() ** 2)
            friend.amount = luck.random.randint(MINIMUM - 10_00, 900_00)
    return those, friends


def _households(luck: Luck, friends: list[Comer], those: list[Inviter]) -> None:
    """Couples share a tablet or a card, some buy their numbers together, one pays for a wife."""
    if not friends:
        return
    pairs = luck.random.sample(range(len(friends) // 2), k=len(friends) // 25)
    for turn, place in enumerate(pairs):
        one, other = friends[2 * place], friends[2 * place + 1]
        if turn % 3 == 0:
            other.device, other.browser = one.device, one.browser
        elif turn % 3 == 1:
            other.payment = one.payment = one.payment or luck.fresh("card")
        elif one.phone:
            other.phone = one.phone[:-2] + f"{(int(one.phone[-2:]) + 1) % 100:02}"
    spouse = luck.random.choice(friends)
    spouse.payment = those[spouse.advocate].payment


def attack(luck: Luck, count: int, *, careful: bool = False) -> tuple[Inviter, list[Comer]]:
    """One person with many accounts, five addresses and three devices.

    A careful one also empties the browser each time, pays cash, and never uses a like address.
    """
    local = "malai.jaidee"
    devices = [luck.fresh("device") for _one in range(3)]
    browsers = luck.random.sample(BROWSERS, 3)
    networks = ["171.96.20.{}", "184.22.7.{}", "49.230.4.{}"]
    doors = [f"{luck.random.randint(1, 300)}/{n} ซอยลาดพร้าว {n * 7}" for n in range(1, 6)]
    cards = ["", *(luck.fresh("card") for _one in range(4))]
    mallory = Inviter(
        name="Malai Jaidee", email=f"{local}@gmail.com", phone=luck.phone(), device=devices[0],
        browser=browsers[0], address=networks[0].format(9), payment=cards[1], delivery=doors[0],
        is_attack=True,
    )  # fmt: skip
    start = luck.random.randint(10**6, 9 * 10**6)
    at, friends = BEGIN + timedelta(hours=20), []
    for number, email in enumerate(_addresses(luck, local, count, careful)):
        at += timedelta(minutes=luck.random.choice([7, 25, 90, 240, 600]) * luck.random.random())
        turn = luck.random.randrange(3)
        friends.append(Comer(
            advocate=0, email=email, name="", joins_at=at, is_attack=True,
            phone=f"+6690{start + number}" if not careful and number % 2 else "",
            device=luck.fresh("device") if careful else devices[turn], browser=browsers[turn],
            address=networks[turn].format(luck.octet()), delivery=luck.random.choice(doors),
            payment="" if careful else luck.random.choice(cards),
            buys_at=at + timedelta(hours=1 + 60 * luck.random.random()),
            amount=MINIMUM + luck.random.randint(0, 40_00),
        ))  # fmt: skip
    return mallory, friends


def _addresses(luck: Luck, local: str, count: int, careful: bool) -> Iterator[str]:
    for number in range(count):
        style = 2 if careful else number % 3
        if style == 0:
            letters = local.replace(".", "")
            cut = 1 + number % (len(letters) - 1)
            dotted = f"{letters[:cut]}.{letters[cut:]}"
            yield f"{dotted}+{number}@{luck.random.choice(['gmail.com', 'googlemail.com'])}"
        elif style == 1:
            yield f"happybuyer{number:03}@{luck.random.choice(['hotmail.com', 'yahoo.com'])}"
        else:
            yield luck.email(at_work=0)[0]
