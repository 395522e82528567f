"""What the words beside an amount say that it is."""

import re

from receipts.fields.texts import key_of

# The first that fits decides: "total tax" is a tax, "total rounded" is what was to pay.
_KINDS: tuple[tuple[str, str], ...] = (
    ("count", r"totalqty|totalquantity|qtytotal|totalitem|itemcount|noofitem|totalpcs|totalunit|totalno|จำนวนชิ้น|"
              r"จำนวนรายการ|รวมชิ้น|totalarticle"),
    ("part", r"supplies|zerorated|taxable$|nontaxable|exempt"),
    ("tax", r"includedintotal|totalincludes?(?!d)|inclgst\d*rm0|gstincluded"),
    ("grand", r"total(?:gst|vat|tax)incl|tobepaid|topay(?!ment)|totals?(?:sales?|amt|amount|bill)?\(?(?:rm)?\)?incl|totalsalesinc|inclusiveof|totalinc|totalwithgst|totalaftergst|amountincl"),
    ("points", r"point|แต้ม|คะแนน|balance(?!due)|reward|stamp"),
    ("discount", r"discount|disc(?=\W|\d|$)|saving|saved|youhavesave|rebate|voucher(?!no)|coupon|ส่วนลด|diskaun|potongan|promo"),
    ("rounding", r"rou?r?nd[il]ngadj|roundingadj|rndadj|roundadj|roundadj|rounding(?!.*total)|roundoff|adjustment|ปัดเศษ|penggenapan|pelarasan"),
    ("change", r"(?<!ex)change(?!able|d)|ทอน|baki|kembali|tukar"),
    ("paid", r"cash(?!i?er|bill|sale|memo|receipt)|tender|visa|master|amex|debit|creditcard|payment|paid|card|เงินสด|รับเงิน|ชำระ|"
             r"(?:^|\d)edc|พร้อมเพย์|promptpay|qrpay|โอน|tunai|bayaran|grabpay|ewallet|touchngo|boost"),
    ("before", r"subtotal|sutotal|subttl|sub-total|totalex|totalbefore|beforegst|beforetax|excl|withoutgst|netofgst|taxable|"
               r"totalsales?\(?excl|amountbefore|ยอดก่อน|ก่อนภาษี|มูลค่าสินค้า|มูลค่าก่อน|รวมย่อย|jumlahkecil|subjumlah|nettotalexcl"),
    ("tax", r"totaltax|totalgst|gstamount|amountofgst|gst(?=6|0|7|10|$)|totalvat|vat|ภาษี|servicetax|sst|svctax|gstpayable|addgst|"
            r"^gst|gst\d|taxamt|cukai"),
    ("service", r"servicecharge|svccharge|svcchg|svcchrg|serv\.?charge|ค่าบริการ|caj"),
    ("grand", r"grandtotal|totalpayable|amountpayable|amountdue|totaldue|balancedue|nettotal|netttotal|totalnet|nettamount|netamount|"
              r"netamt|totalamount|totalamt|totalround|rounde?dtotal|roundedamt|totalsaleincl|totalinc|totalsalesincl|totalsales|"
              r"inclusive|totalrm|totalmyr|totalbill|billtotal|totalpaid|totalafter|afterround|totalgstinc|pleasepay|"
              r"ยอดสุทธิ|รวมทั้งสิ้น|รวมสุทธิ|สุทธิ|ยอดชำระ|ยอดรวมทั้งสิ้น|จำนวนเงินรวม|เป็นเงินทั้งสิ้น|jumlahbesar|jumlahbayaran|amaun"),
    ("total", r"t[o0]ta[l1i]|tota|ยอดรวม|รวมเงิน|รวมเป็นเงิน|^รวม|รวม$|jumlah|^amount|^nett?|summe|totaal|合计|合計"),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)


def kind_of(text: str) -> str:
    """The kind of amount that a label names; nothing for the name of a product."""
    key = key_of(re.sub(r"[\d.,]+", lambda it: it[0] if len(it[0]) < 3 else " ", text))
    for kind, pattern in _COMPILED:
        if pattern.search(key):
            return kind
    return ""
