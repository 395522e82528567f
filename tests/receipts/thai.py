"""Thai abbreviated tax invoices, drawn by a seed and worn: what no public collection has.

A paper roll as tills in Thailand print it: name, branch, tax number, number, day in the Buddhist
era, lines, total, cash and change. Wear: grey paper, blur, tilt, shade, noise and JPEG.
"""

import io
import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = Path("/usr/share/fonts/truetype/tlwg")
FACES = ("Loma", "Garuda", "Waree", "Umpush", "Laksaman", "Sawasdee")
LEVELS = ("clean", "mild", "worn")
SHOPS = (
    ("บริษัท ซีพี ออลล์ จำกัด (มหาชน)", "0107542000011"),
    ("บริษัท เอก-ชัย ดีสทริบิวชั่น ซิสเทม จำกัด", "0105536092641"),
    ("บริษัท สยามแม็คโคร จำกัด (มหาชน)", "0107537000521"),
    ("บริษัท บิ๊กซี ซูเปอร์เซ็นเตอร์ จำกัด (มหาชน)", "0107536000633"),
    ("ห้างหุ้นส่วนจำกัด กาแฟดอยสูง", "0503555001238"),
)
GOODS = (
    ("น้ำดื่ม 600 มล.", 700), ("นมสด", 1400), ("ขนมปังโฮลวีต", 4500), ("กาแฟเย็น", 5500),
    ("ข้าวหอมมะลิ 5 กก.", 23500), ("ไข่ไก่ เบอร์ 1", 6900), ("แชมพู", 12900), ("กระดาษทิชชู", 8900),
)  # fmt: skip
MONTHS = (
    "ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.",
)  # fmt: skip
WIDTH, SIZE = 620, 26


@dataclass(frozen=True)
class Drawn:
    """A picture of a receipt, and what it says."""

    jpeg: bytes
    tax_id: str
    number: str
    bought_on: date
    total_minor: int


def receipt(seed: int, level: str) -> Drawn:
    chance = random.Random(seed)
    shop, tax_id = chance.choice(SHOPS)
    face = ImageFont.truetype(str(FONTS / f"{FACES[seed % len(FACES)]}.ttf"), SIZE)
    day = date(2024, 1, 1) + timedelta(days=chance.randrange(700))
    number = f"{chance.choice(['R', 'INV', 'A'])}{chance.randrange(10**6, 10**9):09d}"
    rows, total = _rows(chance, shop, tax_id, number, day)
    paper = _paper(rows, face)
    return Drawn(_worn(paper, level, chance), tax_id, number, day, total)


def _rows(
    chance: random.Random, shop: str, tax_id: str, number: str, day: date
) -> tuple[list[tuple[str, str]], int]:
    bought = [
        (*chance.choice(GOODS), chance.choice([1, 1, 1, 2, 3]))
        for _line in range(chance.randint(1, 6))
    ]
    total = sum(price * count for _name, price, count in bought)
    paid = -(-total // 10_000) * 10_000
    clock = f"{chance.randrange(8, 22):02d}:{chance.randrange(60):02d}"
    rows = [
        (shop, ""), (f"สาขาที่ {chance.randrange(1, 9999):05d}", ""),
        (f"เลขประจำตัวผู้เสียภาษี {tax_id}", ""), ("ใบเสร็จรับเงิน/ใบกำกับภาษีอย่างย่อ", ""),
        (f"เลขที่ใบเสร็จ {number}", ""), (f"วันที่ {_day(chance, day)}  {clock}", ""), ("", ""),
        *((f"{count} {name}", _money(price * count)) for name, price, count in bought), ("", ""),
        (f"ยอดสุทธิ {len(bought)} รายการ", _money(total)),
    ]  # fmt: skip
    if paid > total:
        rows += [("เงินสด", _money(paid)), ("เงินทอน", _money(paid - total))]
    else:
        rows += [("เงินสด", _money(paid))]
    return [*rows, ("ราคารวมภาษีมูลค่าเพิ่มแล้ว", ""), ("ขอบคุณที่ใช้บริการ", "")], total


def _day(chance: random.Random, day: date) -> str:
    year, month = day.year + 543, MONTHS[day.month - 1]
    return chance.choice([
        f"{day:%d/%m}/{year}", f"{day:%d/%m}/{year % 100}", f"{day.day} {month} {year}",
        f"{day.day} {month} {year % 100}", f"{day:%d-%m}-{year}",
    ])  # fmt: skip


def _money(minor: int) -> str:
    return f"{minor / 100:,.2f}"


def _paper(rows: list[tuple[str, str]], face: ImageFont.FreeTypeFont) -> Image.Image:
    step = int(SIZE * 1.7)
    paper = Image.new("L", (WIDTH, step * (len(rows) + 2)), 250)
    pen = ImageDraw.Draw(paper)
    for place, (left, right) in enumerate(rows, start=1):
        pen.text((30, place * step), left, font=face, fill=25)
        if right:
            pen.text(
                (WIDTH - 30 - pen.textlength(right, font=face), place * step),
                right,
                font=face,
                fill=25,
            )
    return paper


def _worn(paper: Image.Image, level: str, chance: random.Random) -> bytes:
    grade = LEVELS.index(level)
    page = paper.convert("RGB")
    if grade:
        page = page.rotate(chance.uniform(-1, 1) * grade, expand=True, fillcolor=(215, 212, 205))
        page = Image.blend(page, _shade(page.size, chance), 0.12 * grade)
        page = page.filter(ImageFilter.GaussianBlur(0.35 * grade))
        grain = Image.effect_noise(page.size, 14 * grade).convert("RGB")
        page = Image.blend(page, grain, 0.06 * grade)
    out = io.BytesIO()
    page.save(out, "JPEG", quality=(92, 75, 50)[grade])
    return out.getvalue()


def _shade(size: tuple[int, int], chance: random.Random) -> Image.Image:
    """Light that falls from one corner."""
    light = Image.linear_gradient("L").resize(size)
    if chance.random() < 0.5:
        light = light.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    return light.convert("RGB")
