"""Why a friend does not count: the words that are kept, and the sentences that people read."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

CUSTOMER = "customer"
REFUNDED = "refunded"
STAFF = "staff"
SAME = "same"
GONE = "gone"

SENTENCES: Mapping[str, Any] = {
    CUSTOMER: _("They were a customer before you invited them."),
    REFUNDED: _("The purchase was returned."),
    STAFF: _("The shop looked at it and decided that it does not count."),
    SAME: _("The two memberships are one person's."),
    GONE: _("They are no longer a member."),
}
