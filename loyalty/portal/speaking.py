"""The language of the portal: chosen on this device, else the person's own, else the browser's."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from loyalty import formats

LANGUAGES = dict(settings.LANGUAGES)


def speak(request: HttpRequest, language: str) -> None:
    """Answer in a person's own language, unless they chose one on this device."""
    if language in LANGUAGES and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()


def remember(response: HttpResponse, language: str) -> None:
    """Keep a language on this device, as the switch at the foot of each page does."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )


def era() -> str:
    """The years that are counted in the reader's language: Thai counts from the Buddha."""
    return "be" if formats.language() == "th" else "ce"
