"""What members hand in: for a call, as a review; changed and withdrawn while nobody has decided."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.answer_forms import AnswersForm, PicturesField, ScaleInput
from campaigns.contributions.models import Call, Contribution
from campaigns.questions import BadAnswers
from loyalty.flows import contributions as flow
from loyalty.flows import prizes
from loyalty.flows.contributions import LONGEST_PRODUCT, STARS, Handed
from loyalty.pictures import serving, taking
from loyalty.portal.doors import MemberRequest, members_only, show, status_of
from loyalty.portal.forms import KeyedForm
from loyalty.refusal import Refusal
from loyalty.toasts import say
from members.models import Member

TONES = {"waiting": "info", "approved": "good", "rejected": "plain", "withdrawn": "plain"}
PAST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCall:
    """A call that a member may answer now."""

    call: Call
    gives: str

    @property
    def icon(self) -> str:
        return "star" if self.call.is_review else "hand-heart"


class HandInForm(AnswersForm, KeyedForm):
    """The questions of a call, and what each kind of call asks for besides."""

    def __init__(
        self, call: Call, member: Member, data: Any, files: Any, made: Contribution | None = None
    ) -> None:
        self.call, self.made = call, made
        initial = {"product": made.product, "rating": made.rating} if made else {}
        super().__init__(
            call.asked, data, files, answers=made.answers if made else {}, initial=initial
        )
        first: list[str] = []
        self.bought: dict[str, str] = {}
        if call.is_review:
            self.bought = dict(flow.products_of(member))
            self.fields["product"] = self._product()
            self.fields["rating"] = forms.TypedChoiceField(
                label=_("Stars"), choices=[(it, str(it)) for it in STARS], coerce=int,
                widget=ScaleInput(ends=(_("poor"), _("excellent"))),
            )  # fmt: skip
            first = ["product", "rating"]
        if call.most_pictures:
            self._ask_for_pictures()
        self.order_fields([*first, *(it for it in self.fields if it not in first)])

    def _product(self) -> forms.Field:
        label = _("Product")
        if self.call.only_bought:
            bought = [("", "—"), *self.bought.items()]
            return forms.ChoiceField(label=label, choices=bought)
        widget = forms.TextInput(attrs={"list": "bought", "autocomplete": "off"})
        return forms.CharField(label=label, max_length=LONGEST_PRODUCT, widget=widget)

    def _ask_for_pictures(self) -> None:
        held = list(flow.pictures_of(self.made)) if self.made else []
        if held:
            self.fields["drop"] = forms.MultipleChoiceField(
                label=_("Take away"), required=False, widget=forms.CheckboxSelectMultiple,
                choices=[
                    (it.public_id, _("Picture %(number)s") % {"number": number})
                    for number, it in enumerate(held, 1)
                ],
            )  # fmt: skip
        self.fields["pictures"] = PicturesField(
            label=_("Pictures"), most=self.call.most_pictures,
            help_text=_("JPEG, PNG or WebP, at most %(most)s. Where they were taken is removed.")
            % {"most": self.call.most_pictures},
        )  # fmt: skip

    def handed(self) -> Handed:
        """What was handed in, its pictures not looked at yet."""
        it = self.cleaned_data
        product = str(it.get("product") or "")
        # Who types a product's name means the one that they bought by that name.
        by_name = {name.casefold(): code for code, name in self.bought.items()}
        code = by_name.get(product.strip().casefold(), product)
        return Handed(
            answers=self.told(), product=code, product_name=self.bought.get(code, product),
            rating=it.get("rating"), dropped=it.get("drop", ()),
        )  # fmt: skip


def open_calls(member: Member, *, now: datetime) -> list[OpenCall]:
    calls = member.program.calls.open(now).select_related("badge")
    found = [it for it in calls if flow.can_submit(it, member, now=now)]
    return [OpenCall(call=it, gives=_gives(it)) for it in found]


@members_only
@require_safe
def calls(request: MemberRequest) -> HttpResponse:
    member, now = request.member, timezone.now()
    mine = request.program.contributions.filter(account=member.account_id)
    context = {
        "calls": open_calls(member, now=now),
        "mine": [
            {"it": it, "tone": TONES[it.state]}
            for it in mine.select_related("call").order_by("-pk")[:PAST]
        ],
    }
    return show(request, "portal/calls/list.html", context, nav="home")


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: MemberRequest, public_id: str) -> HttpResponse:
    now = timezone.now()
    found = request.program.calls.open(now).select_related("program", "badge")
    it = get_object_or_404(found, public_id=public_id)
    form = HandInForm(it, request.member, request.POST or None, request.FILES or None)
    made = _attempt(form, lambda handed: flow.submit(
        request.member, it, handed, now=timezone.now(), public_id=form.cleaned_data["key"],
    ))  # fmt: skip
    if made:
        say(request, _("Thank you. We look at it and write to you."))
        return redirect("portal:contribution", slug=request.program.slug, public_id=made.public_id)
    context = {
        "call": it, "form": form, "gives": _gives(it),
        "can": form.is_bound or flow.can_submit(it, request.member, now=now),
    }  # fmt: skip
    return show(request, "portal/calls/call.html", context, nav="home", status=status_of(form))


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def contribution(request: MemberRequest, public_id: str) -> HttpResponse:
    """What one handed in: to change while it waits, to read what was decided afterwards."""
    it = _mine(request, public_id)
    is_open = it.state == Contribution.State.WAITING
    form = HandInForm(
        it.call, request.member, request.POST or None, request.FILES or None, made=it
    )  # fmt: skip
    changed = _attempt(form, lambda handed: flow.change(it, handed, now=timezone.now()))
    if changed:
        say(request, _("Saved."))
        return redirect("portal:contribution", slug=request.program.slug, public_id=public_id)
    context = {
        "it": it, "form": form if is_open else None, "tone": TONES[it.state],
        "pictures": flow.pictures_of(it), "given": prizes.told_all(it.given),
        "answers": [
            (question.asked(), question.told(it.answers[question.key]))
            for question in it.call.asked if question.key in it.answers
        ],
    }  # fmt: skip
    page = "portal/calls/contribution.html"
    return show(request, page, context, nav="home", status=status_of(form))


@members_only
@require_POST
def withdraw(request: MemberRequest, public_id: str) -> HttpResponse:
    if flow.withdraw(_mine(request, public_id), now=timezone.now()):
        say(request, _("Withdrawn. Its pictures are deleted."))
    return redirect("portal:calls", slug=request.program.slug)


@members_only
@require_safe
def picture(request: MemberRequest, public_id: str) -> HttpResponseBase:
    mine = request.program.pictures.filter(account=request.member.account_id)
    return serving.answer(get_object_or_404(mine, public_id=public_id))


def _attempt(form: HandInForm, act: Any) -> Contribution | None:
    """Draw the pictures anew, and hand everything in; what is refused is said at its field."""
    if not form.is_valid():
        return None
    try:
        sent = form.cleaned_data.get("pictures", [])
        handed = replace(form.handed(), pictures=[taking.draw(it) for it in sent])
        made: Contribution = act(handed)
    except BadAnswers as wrong:
        form.refuse(wrong)
    except taking.BadPicture as refusal:
        form.add_error("pictures", str(refusal))
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        form.refusal = refusal  # type: ignore[attr-defined]
    else:
        return made
    return None


def _gives(call: Call) -> str:
    """What approval gives, in a few words: "20 points, with a picture 10 points more"."""
    told = ", ".join(prizes.told_all(call.prizes))
    more = ", ".join(prizes.told_all(call.picture_prizes))
    if told and more:
        return _("%(prizes)s, and %(more)s with a picture") % {"prizes": told, "more": more}
    return told or (_("%(more)s with a picture") % {"more": more} if more else "")


def _mine(request: MemberRequest, public_id: str) -> Contribution:
    mine = request.program.contributions.filter(account=request.member.account_id)
    return get_object_or_404(
        mine.select_related("call__program", "program", "account__member"), public_id=public_id
    )
