"""How the step of a code on a product is told to people."""

from django.utils.translation import gettext

from loyalty.earning.explanation import Step, name_of, tells
from loyalty.earning.terms import Terms


@tells("product_code")
def _product_code(step: Step, terms: Terms) -> str:
    return gettext("%(worth)s for a code of “%(name)s”") % {
        "worth": terms.worth(int(step["gives"])),
        "name": name_of(step),
    }
