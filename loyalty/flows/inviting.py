"""What a member sends to friends: a link, and a message around it."""

from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from campaigns.referrals.models import ReferralTerms
from loyalty.merchants.models import Program

LONGEST_MESSAGE = 500


def link_of(program: Program, code: str) -> str:
    """An absolute address, from our own settings and never from a request."""
    return settings.PUBLIC_URL + reverse("portal:invited", args=[program.slug, code])


def message_of(terms: ReferralTerms, program: Program, *, language: str) -> str:
    """What the merchant suggests to send, without the link."""
    with override(language):
        usual = _("I collect points at %(program)s. Join with my link, and we both get something:")
        return terms.message.in_language(language) or usual % {
            "program": program.name.in_language(language)
        }


def ways_to_share(message: str, link: str) -> dict[str, str]:
    """Addresses that open another app with the message in it. They need no script."""
    text = f"{message} {link}".strip()
    return {
        "line": f"https://line.me/R/share?text={quote(text, safe='')}",
        "mail": f"mailto:?body={quote(text, safe='')}",
        "whatsapp": f"https://wa.me/?text={quote(text, safe='')}",
        "sms": f"sms:?&body={quote(text, safe='')}",
    }
