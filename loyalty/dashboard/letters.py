"""Letters: what went to whom, what did not, and why; a letter that was given up is tried again."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from loyalty.dashboard import sealed
from loyalty.dashboard.doors import DeskRequest, needs, show
from loyalty.dashboard.told import LETTER, letter_told, members_of_letters
from loyalty.flows import again as again_flow
from loyalty.flows import by_hand
from loyalty.messaging.models import Message
from loyalty.refusal import Refusal
from loyalty.toasts import say
from members import searching
from members.searching import Search

PAGE = 40
MOST_READERS = 50  # Members whose letters one search shows.
CURSOR = "letters"
WAITING = (Message.Status.OWED, Message.Status.SENDING)


class UnknownLetter(Refusal):
    code = "unknown_letter"


class SearchForm(forms.Form):
    q = forms.CharField(required=False, max_length=searching.LONGEST)


@needs("letters.see")
@require_safe
def letters(request: DeskRequest) -> HttpResponse:
    program = request.program
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    chosen = next((name for name in ("look", "waiting") if name in request.GET), "")
    written = Message.objects.filter(program=program)
    plan = program.planned_letters.filter(public_id=request.GET.get("plan", "")).first()
    if plan:
        written = written.filter(template=plan.event, context__plan_id=plan.pk)
    if chosen == "look":
        written = written.dead()
    elif chosen == "waiting":
        written = written.filter(status__in=WAITING)
    if text:
        readers = Search(program, text).page(limit=MOST_READERS)
        written = written.filter(account_id__in=[it.account_id for it in readers])
    if before := request.GET.get("before", ""):
        last = sealed.unseal(before, CURSOR)
        if last is None:
            raise Http404
        written = written.filter(pk__lt=last)
    found = list(written.order_by("-pk")[: PAGE + 1])
    shown = found[:PAGE]
    people = members_of_letters(program, shown)
    narrowed = ([(chosen, "")] if chosen else []) + ([("q", text)] if text else [])
    narrowed += [("plan", plan.public_id)] if plan else []
    context = {
        "rows": [
            letter_told(it, program) | {"member": people.get(it.account_id or 0)} for it in shown
        ],
        "text": text,
        "plan": plan,
        "chosen": chosen,
        "can_try_all": chosen == "look" and any(it.status == Message.Status.DEAD for it in shown),
        "tabs": _tabs(program.slug, chosen),
        "older": _address([*narrowed, ("before", sealed.seal(shown[-1].pk, CURSOR))])
        if len(found) > PAGE
        else "",
        "newest": _address(narrowed) if before else "",
    }
    return show(request, "dashboard/letters/list.html", context, nav="letters")


@needs("letters.retry")
@require_POST
def again(request: DeskRequest) -> HttpResponse:
    """Try a letter again, because somebody decided so."""
    number = sealed.unseal(request.POST.get("letter", ""), LETTER)
    written = Message.objects.filter(program=request.program, pk=number or 0)
    message = written.select_related("program").first()
    if message is None:
        raise UnknownLetter(_("There is no such letter."))
    try:
        by_hand.send_again(message, now=timezone.now(), by=request.staff)
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
    else:
        say(request, _("The letter to %(to)s is tried again now.") % {"to": message.to})
    address = reverse("dashboard:letters", args=[request.program.slug])
    return redirect(f"{address}?look" if request.POST.get("from") == "look" else address)


@needs("letters.retry")
@require_POST
def all_again(request: DeskRequest) -> HttpResponse:
    """Try all letters again that were not sent."""
    try:
        tried = again_flow.send_all(request.program, now=timezone.now(), by=request.staff)
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
    else:
        told = ngettext(
            "%(letters)s letter is tried again now.",
            "%(letters)s letters are tried again now.",
            tried,
        )
        say(request, told % {"letters": tried})
    return redirect(reverse("dashboard:letters", args=[request.program.slug]) + "?look")


def _tabs(slug: str, chosen: str) -> list[dict[str, Any]]:
    here = reverse("dashboard:letters", args=[slug])
    labels = {
        "": pgettext("mail", "All"),
        "waiting": pgettext("mail", "Waiting"),
        "look": pgettext("mail", "Not sent"),
    }
    return [
        {"label": label, "url": f"{here}?{name}" if name else here, "current": name == chosen}
        for name, label in labels.items()
    ]


def _address(query: list[tuple[str, str]]) -> str:
    return f"?{urlencode(query)}" if query else "?"
