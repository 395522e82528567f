"""How much two e-mail addresses or phone numbers look like one person's. Plain texts in and out."""

import re

# Providers that take no dots, or know one box under several names.
DOMAINS = {
    "googlemail.com": "gmail.com",
    "hotmail.co.th": "hotmail.com",
    "live.com": "hotmail.com",
    "outlook.com": "hotmail.com",
    "outlook.co.th": "hotmail.com",
    "ymail.com": "yahoo.com",
    "rocketmail.com": "yahoo.com",
    "yahoo.co.th": "yahoo.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "proton.me": "protonmail.com",
    "pm.me": "protonmail.com",
}
# Only these are one box under several names; the others give the same name to two people.
_ONE_BOX = {"gmail.com", "icloud.com", "protonmail.com"}
_NO_DOTS = {"gmail.com"}
_DIGITS = re.compile(r"\d+")
SHORTEST = 5  # Letters: shorter names are alike by chance.
NEAR = 2  # Letters that differ at most.
PHONE_TAIL = 2  # Digits at the end by which numbers bought together differ.


def box_of(email: str) -> str:
    """The box that letters end up in, as far as the address tells: no dots, tags or aliases."""
    local, _at, domain = email.strip().casefold().rpartition("@")
    if not local:
        return ""
    family = DOMAINS.get(domain, domain)
    local = local.split("+", 1)[0]
    if family in _NO_DOTS:
        local = local.replace(".", "")
    return f"{local}@{family if family in _ONE_BOX else domain}"


def shape_of(email: str) -> str:
    """The name in an address without its numbers: one for all of nok01, nok02 and nok.03.

    Empty where too little is left to be like anything.
    """
    local, _at, domain = box_of(email).partition("@")
    letters = _DIGITS.sub("", re.sub(r"[._-]", "", local))
    if letters == re.sub(r"[._-]", "", local) or len(letters) < SHORTEST:
        return ""
    return f"{letters}@{DOMAINS.get(domain, domain)}"


def are_near(one: str, other: str) -> bool:
    """Whether the names of two addresses differ in a letter or two, though they are long."""
    first, second = (box_of(it).partition("@")[0] for it in (one, other))
    first, second = (re.sub(r"[._-]", "", it) for it in (first, second))
    shortest = min(len(first), len(second))
    if shortest <= SHORTEST or abs(len(first) - len(second)) > NEAR:
        return False
    return _differ(first, second, most=NEAR if shortest > 8 else 1)


def are_numbered(one: str, other: str) -> bool:
    """Whether two phone numbers are as like as those that are bought together."""
    same_length = len(one) == len(other) > PHONE_TAIL + 4
    return same_length and one != other and one[:-PHONE_TAIL] == other[:-PHONE_TAIL]


def _differ(one: str, other: str, *, most: int) -> bool:
    """Whether at most so many letters are to be changed, added or left out."""
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        before, row = row, [place]
        for at, its in enumerate(other, 1):
            row.append(min(before[at] + 1, row[at - 1] + 1, before[at - 1] + (letter != its)))
        if min(row) > most:
            return False
    return row[-1] <= most
