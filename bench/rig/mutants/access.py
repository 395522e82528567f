"""Mutants of who may see and do what: doors left open, scopes forgotten, one pair of eyes."""

from bench.rig.breaking import replace, reword, rewrite
from bench.rig.mutants import mutant
from loyalty import routes
from loyalty.admission import Admission, Audience
from loyalty.api.keys import HasScope
from loyalty.api.members import members_of
from loyalty.dashboard import doors, member, trail
from loyalty.doorkeeper import Doorkeeper
from loyalty.flows import adjust, proposals
from loyalty.merchants import access, keys, requests
from loyalty.merchants import trail as audit_trail
from loyalty.portal import vouchers
from members.models import Member

WALK = "tests/walk/test_walk.py::test_nobody_gets_at_what_is_not_theirs"
PROPOSALS = "tests/flows/test_proposals.py"


@mutant(caught_by=f"{WALK}[dashboard-members]")
def staff_of_others_come_in() -> None:
    """The dashboard takes the program from the address and any post that somebody has."""
    rewrite(
        doors._post_of,
        "slug=slug, merchant__team__user=user, merchant__team__is_active=True", "slug=slug",
        "user=user, merchant=program.merchant", "user=user",
    )  # fmt: skip


@mutant(caught_by=f"{WALK}[dashboard-members]")
def who_left_comes_in() -> None:
    """Somebody who was removed from the team keeps their place."""
    rewrite(doors._post_of, ", merchant__team__is_active=True", "")
    replace(doors, "may", lambda staff, permission: staff.role in access.PERMISSIONS[permission])


@mutant(caught_by=f"{WALK}[dashboard-members]")
def every_role_may() -> None:
    """A page does not ask what the role may."""
    replace(doors, "may", lambda _staff, _permission: True)


@mutant(caught_by=f"{WALK}[dashboard-keys]")
def head_asks_for_nothing() -> None:
    """A HEAD is let through with the permission that everybody has."""
    rewrite(
        Admission.asked,
        "return self.asks[_as_asked(method)]",
        "return 'program.enter' if method == 'HEAD' else self.asks[_as_asked(method)]",
    )


@mutant(caught_by=f"{WALK}[dashboard-members]")
def members_of_others_are_found() -> None:
    """The desk looks a member up by their id alone."""
    rewrite(
        member.member_of, "request.program.members.select_related", "Member.objects.select_related"
    )


@mutant(caught_by=f"{WALK}[api]")
def a_filter_replaces_the_scope() -> None:
    """The API looks members up by what is asked for, in every program."""
    rewrite(members_of, "program.members.select_related", "Member.objects.select_related")


@mutant(caught_by=f"{WALK}[api]")
def revoked_keys_open() -> None:
    """A revoked key opens the API as before."""
    reword(keys, "_FIND", " AND apikey.revoked_at IS NULL", "", met_by=keys.verify)


@mutant(caught_by=f"{WALK}[api]")
def scopes_are_not_asked() -> None:
    """Any key opens every door of the API."""
    rewrite(HasScope.has_permission, "scope not in request.auth.scopes", "False")


@mutant(caught_by=f"{WALK}[api]")
def kept_answers_are_everybodys() -> None:
    """The answer to a keyed request is found by route and key, whoever asked it."""
    rewrite(requests.once, "program=program_id, route=route, key=key)", "route=route, key=key)")


@mutant(caught_by=f"{WALK}[dashboard-trail]")
def the_trail_is_everybodys() -> None:
    """The audit trail shows the lines of every business."""
    rewrite(trail._found, "program.merchant.audit_entries", "AuditEntry.objects")


@mutant(caught_by=f"{WALK}[p]")
def vouchers_are_everybodys() -> None:
    """A member opens a voucher by its id, whoever bought it."""
    rewrite(vouchers._of, "filter(account=member.account_id, program=member.program_id)", "all()")


@mutant(caught_by="tests/test_routes.py::test_and_nobody_comes_in_there")
def the_doorkeeper_sleeps() -> None:
    """An address that says nothing is opened by its view alone."""
    replace(Doorkeeper, "process_view", lambda *_asked: None)


@mutant(caught_by="tests/test_routes.py::test_an_address_that_says_nothing_does_not_start")
def silence_lets_in() -> None:
    """An address that names nobody is taken to be for anybody."""
    everybody = Admission(Audience.ANYBODY, {"GET": ""})
    known = routes.admission_of
    replace(routes, "admission_of", lambda view, name: known(view, name) or everybody)


@mutant(caught_by="tests/walk/test_walk.py::test_each_change_by_staff_is_in_the_trail")
def changes_leave_no_line() -> None:
    """What staff and machines change is not written down."""
    replace(audit_trail, "record", lambda *_told, **_more: None)


@mutant(caught_by=f"{PROPOSALS}::test_nobody_decides_on_their_own", told_by="IntegrityError")
def one_pair_of_eyes() -> None:
    """Who asks for points above their limit approves them too."""
    rewrite(proposals._decide, "by.pk == proposal.proposed_by_id", "False")


@mutant(caught_by=f"{PROPOSALS}::test_it_can_be_declined_and_is_over_then")
def decisions_are_not_final() -> None:
    """A proposal is approved whatever became of it before."""
    rewrite(proposals._decide, "Proposal.objects.waiting(now)", "Proposal.objects")


@mutant(caught_by=f"{PROPOSALS}::test_the_limit_of_who_approves_counts_too")
def limits_are_not_counted() -> None:
    """What somebody moves by hand is held against no limit."""
    rewrite(adjust._within_limit, "limit = limit_of(program, by)", "limit = None")


@mutant(caught_by=f"{PROPOSALS}::test_undoing_the_work_of_others_counts_too")
def undoing_is_free() -> None:
    """To undo what others took is to give, and counts for nothing."""
    rewrite(adjust.undo, "entry.source != _source(by)", "False")


@mutant(caught_by="tests/flows/test_own_account.py")
def nobody_knows_their_own_card() -> None:
    """An account that belongs to who works here is taken for a stranger's."""
    replace(Member, "belongs_to", lambda _member, _user: False)
