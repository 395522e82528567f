"""What a password must not be. There is no rule of signs: those make passwords no better."""

import unicodedata
from functools import lru_cache

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from loyalty.merchants.models import Role, Staff, User

STAFF_LENGTH = 12
FEWEST_SIGNS = 5
# How people write letters to please rules; several readings are all tried.
_READINGS = [
    str.maketrans("@4830157$!|", "aabeolsts" + "il"),
    str.maketrans("@4830157$!|", "aabeoists" + "ii"),
]


class NotAVariation:
    """No password that everybody tries, nor what people make of one: "Password2026!", "P@ssw0rd".

    The list is Django's own, 20,000 of the most common, and is asked without any network.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        if len(set(password.casefold())) < FEWEST_SIGNS:
            raise ValidationError(_("Choose one with more different signs."), code="too_monotonous")
        if any(form in _common() for form in _plain_forms(password)):
            raise ValidationError(
                _("This is one of the passwords that everybody tries first."), code="too_common"
            )

    def get_help_text(self) -> str:
        return _("No password that everybody tries, with some digits added.")


class NotOurOwnName:
    """Nor the product, the business or what one is in it: who guesses begins with those."""

    def validate(self, password: str, user: User | None = None) -> None:
        if _letters(password) in {_letters(name) for name in _names_around(user)}:
            raise ValidationError(
                _("This names the shop or the product, which everybody knows. Add a word or two."),
                code="names_us",
            )

    def get_help_text(self) -> str:
        return _("Not the name of the shop.")


class LongEnoughForStaff:
    """Who works in the dashboard holds other people's points: their password is longer."""

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) < STAFF_LENGTH and user is not None and _is_staff(user):
            raise ValidationError(
                _("In a team a password has at least %(length)s characters. Three words will do.")
                % {"length": STAFF_LENGTH},
                code="too_short_for_staff",
            )

    def get_help_text(self) -> str:
        return _("At least %(length)s characters for who works in a team.") % {
            "length": STAFF_LENGTH
        }


def _names_around(user: User | None) -> set[str]:
    """What stands on the sign: words that are no password, alone or with digits added."""
    names = {"taem", "taem loyalty", *(str(role) for role in Role.values)}
    if user is not None and user.pk is not None:
        for post in Staff.objects.filter(user=user).select_related("merchant"):
            names.add(post.merchant.name)
            for program in post.merchant.programs.all():
                names |= {program.slug, *program.name.values()}
    return names


def _letters(text: str) -> str:
    """The letters of a text alone, so that "Café 2026!" is the café's name."""
    return "".join(sign for sign in text.casefold() if sign.isalpha())


def _is_staff(user: User) -> bool:
    """Whether somebody works for a merchant, or is about to: they have an account only then."""
    if user.pk is None:
        return getattr(user, "joins_a_team", False)
    return Staff.objects.filter(user=user, is_active=True).exists()


def _plain_forms(password: str) -> set[str]:
    """A password as it was before it was dressed up."""
    folded = unicodedata.normalize("NFKC", password).casefold().strip()
    forms = {folded, *(folded.translate(reading) for reading in _READINGS)}
    core = folded.strip("0123456789.,;:!?*#+-_/&%()=' ")
    forms |= {core, *(core.translate(reading) for reading in _READINGS)}
    half = len(folded) // 2
    if folded[:half] == folded[half:]:
        forms.add(folded[:half])
    return forms - {""}


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)
