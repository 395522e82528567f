"""For the sign-in pages: the program one is on the way to, and forms without repeated words."""

import re

from django import forms, template
from django.template import Context
from django.utils.safestring import SafeString

from loyalty.merchants.models import Program

register = template.Library()

PORTAL = re.compile(r"^/p/(?P<slug>[-\w]{1,60})/")


@register.simple_tag(takes_context=True)
def program_ahead(context: Context) -> Program | None:
    """The program whose portal the reader goes to after signing in, for its name and its colour."""
    request = context.get("request")
    asked = request.POST.get("next") or request.GET.get("next") or "" if request else ""
    found = PORTAL.match(asked)
    if not found:
        return None
    fields = ("slug", "name", "brand_color")
    return Program.objects.only(*fields).filter(slug=found["slug"]).first()


@register.simple_tag
def plainly(form: forms.Form) -> SafeString:
    """The form's fields, without placeholders that only say the label again."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
    return form.as_div()
