"""Members: searched, filtered, taken along as a table, and added."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from loyalty import consenting, formats
from loyalty.dashboard import sheets
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.member_forms import NewMemberForm
from loyalty.dashboard.spans import SPAN, date_input
from loyalty.days import local_date
from loyalty.flows import by_hand
from loyalty.ledger.models import Balance, Wallet
from loyalty.merchants.access import may
from loyalty.merchants.models import Program
from loyalty.toasts import say
from members import searching
from members.models import Member, Tier
from members.searching import Search

PAGE = 30
BITE = 500
PAGE_HTML = "dashboard/members/list.html"
STATE_TONES = {
    Member.State.BLOCKED: "bad",
    Member.State.LEFT: "warn",
    Member.State.MERGED: "plain",
}


class FilterForm(forms.Form):
    """Whom to look for."""

    q = forms.CharField(required=False, max_length=searching.LONGEST)
    tier = forms.ChoiceField(label=gettext_lazy("Tier"), required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", gettext_lazy("All")), *Member.State.choices],
    )
    first = forms.DateField(
        label=gettext_lazy("Joined from"), required=False, validators=SPAN, widget=date_input()
    )
    last = forms.DateField(
        label=gettext_lazy("Joined until"), required=False, validators=SPAN, widget=date_input()
    )

    def __init__(self, tiers: Sequence[Tier], data: Any) -> None:
        super().__init__(data)
        self.tiers = {tier.public_id: tier for tier in tiers}
        choices = [(tier.public_id, str(tier)) for tier in tiers]
        self.fields["tier"].choices = [("", _("All")), *choices]  # type: ignore[attr-defined]
        if len(choices) < 2:
            del self.fields["tier"]

    def filters(self) -> list[Q]:
        told = self.cleaned_data
        filters = []
        if tier := self.tiers.get(told.get("tier", "")):
            held = Q(account__tier_status__tier=tier)
            filters.append(held if tier.rank else held | Q(account__tier_status=None))
        if told["state"]:
            filters.append(Q(state=told["state"]))
        if told["first"]:
            filters.append(Q(enrolled_on__gte=told["first"]))
        if told["last"]:
            filters.append(Q(enrolled_on__lte=told["last"]))
        return filters

    @property
    def query(self) -> str:
        """The filter as a query string; empty where nothing is filtered."""
        return urlencode({name: value for name in self.fields if (value := self.data.get(name))})


@needs("members.see")
@require_safe
def members(request: DeskRequest) -> HttpResponse:
    program = request.program
    form = FilterForm(_tiers(program), request.GET)
    search = _search(program, form)
    shown: list[Member] = []
    after = None
    if search:
        after = search.last(request.GET.get("after", ""))
        shown = search.page(after, PAGE + 1)
    older = len(shown) > PAGE
    shown = shown[:PAGE]
    wallet = main_wallet(program)
    context = {
        "form": form,
        "rows": rows_of(program, shown, wallet),
        "wallet": wallet,
        "has_tiers": len(form.tiers) > 1,
        "older": f"?{form.query}&{urlencode({'after': shown[-1].public_id})}" if older else "",
        "newest": f"?{form.query}" if after else "",
        "csv": f"?{form.query}" if form.query else "",
        "is_filtered": bool(form.query),
    }
    page = f"{PAGE_HTML}#rows" if request.htmx and not request.htmx.boosted else PAGE_HTML
    return show(request, page, context, nav="members")


@needs("members.export")
@require_safe
def members_csv(request: DeskRequest) -> StreamingHttpResponse:
    """Everybody whom the same filter finds. Who took them along is on record."""
    program, now = request.program, timezone.now()
    form = FilterForm(_tiers(program), request.GET)
    search = _search(program, form)
    by_hand.exported(program, what="member", rows=form.query, now=now, by=request.staff)
    wallets = list(program.wallets.all())
    heading = [
        _("Name"), _("Phone"), _("E-mail"), _("Your own number"), _("Card"), _("Tier"),
        _("State"), _("Joined on"), _("Birthday"), *wallets,
    ]  # fmt: skip
    name = f"members-{program.slug}-{local_date(now, program.time_zone)}"
    return sheets.as_csv(name, heading, _lines(form.tiers.values(), wallets, search))


@needs("members.enroll")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    program = request.program
    form = NewMemberForm(program, request.POST or None)
    now = timezone.now()
    member = attempt(
        form,
        lambda told: by_hand.enroll(
            program, now=now, by=request.staff, **consenting.apart(form, told)
        ),
    )
    if member:
        tell_enrolled(request, member, is_new=member.enrolled_at == now)
        place = "member" if may(request.staff, "members.see") else "counter_member"
        return redirect(f"dashboard:{place}", slug=program.slug, public_id=member.public_id)
    context = {"form": form, "known": known_by(program, form)}
    page = "dashboard/members/new.html"
    return show(request, page, context, nav="members", status=status_of(form))


def tell_enrolled(request: DeskRequest, member: Member, *, is_new: bool) -> None:
    words = _("%(name)s is a member now.") if is_new else _("%(name)s was a member already.")
    say(request, words % {"name": member})


def known_by(program: Program, form: NewMemberForm) -> list[Member]:
    """Who has joined with the contact data of a form that was refused."""
    if not form.is_bound or form.is_valid():
        return []
    told = [form.data.get(name, "") for name in ("phone", "email")]
    found = {it.pk: it for text in told for it in searching.named_exactly(program, text)}
    return list(found.values())


def main_wallet(program: Program) -> Wallet | None:
    """The wallet that a list has room for: the program's first."""
    wallet = program.wallets.first()
    if wallet:
        wallet.program = program
    return wallet


def rows_of(
    program: Program, shown: Sequence[Member], wallet: Wallet | None
) -> list[dict[str, Any]]:
    """Each member with what a list tells of them, in two statements more."""
    base = program.tiers.kept().filter(rank=0).first()
    held = Balance.objects.filter(account__in=[it.account_id for it in shown], wallet=wallet)
    points = {it.account_id: it.net for it in held}
    return [
        {
            "member": member,
            "contact": formats.phone(member.phone) or member.email or member.external_id,
            "tier": tier_of(member, base),
            "points": _figure(points.get(member.account_id, 0), wallet),
            "state": "" if member.state == Member.State.ACTIVE else member.get_state_display(),
            "tone": STATE_TONES.get(Member.State(member.state), "plain"),
        }
        for member in shown
    ]


def _figure(points: int, wallet: Wallet | None) -> str:
    """Only the number: the unit stands above the column. Cashback is money anyway."""
    if wallet and wallet.kind == Wallet.Kind.CASHBACK:
        return formats.points(points, wallet)
    return formats.number(points)


def tier_of(member: Member, base: Tier | None) -> Tier | None:
    status = getattr(member.account, "tier_status", None)
    return status.tier if status else base


def _tiers(program: Program) -> list[Tier]:
    return list(program.tiers.kept().order_by("rank"))


def _search(program: Program, form: FilterForm) -> Search | None:
    """A filter that cannot be read finds nobody."""
    if not form.is_valid():
        return None
    return Search(program, form.cleaned_data["q"], *form.filters())


def _lines(tiers: Any, wallets: Sequence[Wallet], search: Search | None) -> Iterator[Sequence[Any]]:
    base = next((tier for tier in tiers if tier.rank == 0), None)
    bite: list[Member] = []
    for member in search.all() if search else ():
        bite.append(member)
        if len(bite) == BITE:
            yield from _told(bite, base, wallets)
            bite = []
    yield from _told(bite, base, wallets)


def _told(
    bite: Sequence[Member], base: Tier | None, wallets: Sequence[Wallet]
) -> Iterator[Sequence[Any]]:
    held: dict[tuple[int, int], int] = {
        (it.account_id, it.wallet_id): it.net
        for it in Balance.objects.filter(account__in=[it.account_id for it in bite])
    }
    for member in bite:
        yield [
            member.name, member.phone, member.email, member.external_id, member.card_code,
            tier_of(member, base) or "", member.get_state_display(), member.enrolled_on,
            member.birthday or "", *(held.get((member.account_id, it.pk), 0) for it in wallets),
        ]  # fmt: skip
