"""What speaks against a referral, in sentences for the team."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.referrals.signals import Signal

NAMES: Mapping[str, Any] = {
    "email": gettext_lazy("Same e-mail box"),
    "email_shape": gettext_lazy("Numbered e-mail addresses"),
    "email_near": gettext_lazy("Similar e-mail addresses"),
    "phone": gettext_lazy("Numbers in a row"),
    "unproven": gettext_lazy("Nothing is confirmed"),
    "device": gettext_lazy("Same device"),
    "payment": gettext_lazy("Same card or account"),
    "ring": gettext_lazy("A ring"),
    "home": gettext_lazy("Same home"),
    "address": gettext_lazy("Same address"),
    "network": gettext_lazy("Same network"),
    "browser": gettext_lazy("Same browser in one network"),
    "burst": gettext_lazy("Many at once"),
    "customer": gettext_lazy("Bought before"),
    "blocked": gettext_lazy("Blocked"),
}


def sentence(signal: Signal) -> str:
    """What was seen, with whom it is shared."""
    teller = _TELLERS.get(signal.kind)
    return teller(signal) if teller else str(NAMES.get(signal.kind, signal.kind))


def _shared(signal: Signal, what: str) -> str:
    """Whose it is too: the advocate's, and so many others'."""
    whose = [_("the member who invited them")] if signal.with_advocate else []
    if signal.others:
        whose.append(
            ngettext("%(count)s other member", "%(count)s other members", signal.others)
            % {"count": signal.others}
        )
    return _("%(what)s, as %(whose)s.") % {"what": what, "whose": _(" and ").join(whose)}


def _network(signal: Signal) -> str:
    if not signal.with_advocate:
        return _many_from_one_network(signal)
    told = _("They joined from a network in which the member who invited them signs in.")
    return f"{told} {_many_from_one_network(signal)}" if signal.others > 1 else told


def _many_from_one_network(signal: Signal) -> str:
    return ngettext(
        "%(count)s friend joined from this network within an hour.",
        "%(count)s friends joined from this network within an hour.",
        signal.others,
    ) % {"count": signal.others}


_TELLERS: Mapping[str, Callable[[Signal], str]] = {
    "email": lambda it: _shared(it, _("Letters to this address end up in the same box")),
    "email_shape": lambda it: _shared(it, _("The address is the same but for its numbers")),
    "email_near": lambda it: _shared(it, _("The address differs by a letter or two")),
    "phone": lambda it: _shared(it, _("The number differs in its last digits")),
    "unproven": lambda it: _("Neither an e-mail address nor a phone number is confirmed."),
    "device": lambda it: _shared(it, _("They sign in on the same device")),
    "payment": lambda it: _shared(it, _("They pay with the same card or account")),
    "ring": lambda it: (
        ngettext(
            "%(count)s other member shares devices or cards with them, and invited or was invited.",
            "%(count)s other members share devices or cards with them, and invited one another.",
            it.others,
        )
        % {"count": it.others}
    ),
    "home": lambda it: _shared(it, _("Things are delivered to an address that few have")),
    "address": lambda it: _shared(it, _("Things are delivered to the same address")),
    "network": _network,
    "browser": lambda it: _shared(it, _("The same kind of browser is used in the same network")),
    "burst": lambda it: (
        ngettext(
            "%(count)s other friend of the same member joined within an hour.",
            "%(count)s other friends of the same member joined within an hour.",
            it.others,
        )
        % {"count": it.others}
    ),
    "customer": lambda it: _(
        "Somebody bought under this e-mail address or phone number before they joined. It is not "
        "confirmed, so it may be a stranger's."
    ),
    "blocked": lambda it: _("One of the two is blocked."),
}
