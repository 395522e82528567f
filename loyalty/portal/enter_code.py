"""A code by which a member joins the audience of something: typed, or brought by a link."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from loyalty.flows import segments as flow
from loyalty.portal.doors import MemberRequest, attempt, members_only, show, status_of
from loyalty.signin import tries
from loyalty.signin.tries import TooManyTries
from loyalty.toasts import say
from members.models import Segment

TRIES_AN_HOUR, HOUR = 20, 60 * 60


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Your code"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}
        ),
    )


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: MemberRequest) -> HttpResponse:
    form = CodeForm(request.POST or None, initial={"code": request.GET.get("code", "")[:60]})
    joined = attempt(form, lambda told: _join(request, told["code"]))
    if joined:
        say(request, _("It worked: you are in."))
        return redirect("portal:home", slug=request.program.slug)
    return show(
        request, "portal/enter_code.html", {"form": form}, nav="home", status=status_of(form)
    )


def _join(request: MemberRequest, code: str) -> Segment:
    now = timezone.now()
    name = f"audience codes:{request.member.pk}"
    if wait := tries.count(name, TRIES_AN_HOUR, at=now, seconds=HOUR):
        sentence = _("Those were many tries. Wait an hour, or ask at the till.")
        raise TooManyTries(sentence, wait=wait)
    return flow.join(request.program, request.member, code, now=now)
