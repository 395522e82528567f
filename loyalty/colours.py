"""Colours that can be read: a merchant gives one, and what is written on it follows."""

from collections.abc import Callable
from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass

Rgb = tuple[int, int, int]

WHITE: Rgb = (255, 255, 255)
NEARLY_BLACK: Rgb = (22, 17, 13)
BLACK: Rgb = (0, 0, 0)
# The grounds of static/css/tokens.css that brand-coloured text stands on: surface, then sunken.
LIGHT_GROUNDS: tuple[Rgb, ...] = ((255, 255, 255), (239, 236, 232))
DARK_GROUNDS: tuple[Rgb, ...] = ((31, 28, 26), (42, 38, 35))
SOFT_SHARE = 0.11
READABLE = 4.5  # WCAG 2.2 AA for text.
MARGIN = 0.3  # Browsers mix in another colour space than we do.
STEPS = 100
# How far a filled button stands out from the page: black in the dark, white in the light.
SEEN_ON_LIGHT, SEEN_ON_DARK = 1.15, 1.6


@dataclass(frozen=True)
class Brand:
    """A colour to fill with, what is written on it, and itself as text, in either theme."""

    fill: str
    on_fill: str
    fill_on_dark: str
    on_fill_on_dark: str
    ink_on_light: str
    ink_on_dark: str

    def css(self) -> str:
        return (
            f":root{{--brand:light-dark({self.fill},{self.fill_on_dark});"
            f"--on-brand:light-dark({self.on_fill},{self.on_fill_on_dark});"
            f"--brand-ink:light-dark({self.ink_on_light},{self.ink_on_dark})}}\n"
        )


def brand(colour: str) -> Brand:
    """All that follows from a merchant's ``#rrggbb``."""
    given = parse(colour)
    fill = _moved(given, BLACK, lambda fill: contrast(fill, LIGHT_GROUNDS[0]) >= SEEN_ON_LIGHT)
    on_dark = _moved(given, WHITE, lambda fill: contrast(fill, DARK_GROUNDS[0]) >= SEEN_ON_DARK)
    return Brand(
        fill=written(fill),
        on_fill=written(text_on(fill)),
        fill_on_dark=written(on_dark),
        on_fill_on_dark=written(text_on(on_dark)),
        ink_on_light=written(_moved(given, BLACK, lambda ink: _reads(ink, LIGHT_GROUNDS))),
        ink_on_dark=written(_moved(given, WHITE, lambda ink: _reads(ink, DARK_GROUNDS))),
    )


def contrast(one: Rgb, other: Rgb) -> float:
    """The WCAG contrast ratio, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_on(fill: Rgb) -> Rgb:
    """White where it can be read, else nearly black, else black: one of them always can."""
    inks = (WHITE, NEARLY_BLACK, BLACK)
    return next(ink for ink in inks if contrast(ink, fill) >= READABLE)


def parse(colour: str) -> Rgb:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def written(rgb: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    """So much of one in the other."""
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _reads(ink: Rgb, grounds: tuple[Rgb, ...]) -> bool:
    """Whether text of this colour reads on each ground, and on a breath of itself."""
    soft = mixed(ink, grounds[0], SOFT_SHARE)
    return all(contrast(ink, ground) >= READABLE + MARGIN for ground in (*grounds, soft))


def _moved(colour: Rgb, towards: Rgb, fits: Callable[[Rgb], bool]) -> Rgb:
    """The colour itself, or as little darker or lighter as makes it fit, in its own hue."""
    hue, lightness, saturation = rgb_to_hls(*(channel / 255 for channel in colour))
    end = 1.0 if towards == WHITE else 0.0
    for step in range(STEPS + 1):
        light = lightness + (end - lightness) * step / STEPS
        red, green, blue = (round(part * 255) for part in hls_to_rgb(hue, light, saturation))
        if fits((red, green, blue)):
            return red, green, blue
    return towards


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (_linear(channel / 255) for channel in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
