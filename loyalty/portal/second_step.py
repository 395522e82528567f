"""What Taem adds to the second step: pictures of our own, secrets at rest, our name and address."""

from urllib.parse import urlsplit

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.translation import gettext as _

from loyalty import sealing
from loyalty.merchants.models import User

PURPOSE = "second step"


class SecondStepAdapter(DefaultMFAAdapter):
    """allauth's questions to the house."""

    def build_totp_svg(self, url: str) -> str:
        return segno.make_qr(url, error="m").svg_inline(scale=1, border=2, omitsize=True)

    def encrypt(self, text: str) -> str:
        """A stolen table is of no use to who wants to sign in."""
        return sealing.seal(text, PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        secret = sealing.unseal(encrypted_text, PURPOSE)
        if secret is None:
            raise self.validation_error("incorrect_code")  # Sealed by a key that is lost.
        return secret

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to our public address, whatever host a request named."""
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "localhost", "name": "Taem"}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey") if number == 1 else _("Passkey %(number)s") % {"number": number}
