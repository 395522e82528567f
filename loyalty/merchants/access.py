"""Who may do what in the dashboard. This one table is asked by the doors and by the tests."""

from collections.abc import Mapping

from loyalty.merchants.models import Role, Staff

_OWNER = frozenset({Role.OWNER})
_MANAGERS = _OWNER | {Role.MANAGER}
_READERS = _MANAGERS | {Role.REVIEWER, Role.ANALYST}
_EVERYBODY = frozenset(Role)

PERMISSIONS: Mapping[str, frozenset[Role]] = {
    "program.enter": _EVERYBODY,
    "figures.see": _READERS,
    "counter.use": _MANAGERS | {Role.CASHIER},
    "members.see": _READERS,
    "members.change": _MANAGERS,
    "members.enroll": _MANAGERS | {Role.REVIEWER, Role.CASHIER},
    "members.export": _MANAGERS,  # Takes people's data out of the house.
    "members.erase": _MANAGERS,
    "members.merge": _MANAGERS,
    "points.adjust": _MANAGERS | {Role.REVIEWER},  # Up to what settings allow the role a month.
    "points.approve": _MANAGERS,  # What a colleague wants above their own limit.
    "rewards.give": _MANAGERS,
    "purchases.see": _READERS,
    "purchases.change": _MANAGERS,
    "vouchers.see": _MANAGERS | {Role.CASHIER, Role.REVIEWER},
    "vouchers.use": _MANAGERS | {Role.CASHIER},
    "letters.see": _READERS,
    "letters.retry": _MANAGERS,
    "jobs.see": _READERS,
    "jobs.retry": _MANAGERS,
    "rules.see": _READERS,
    "rules.change": _MANAGERS,
    "campaigns.see": _READERS,
    "campaigns.change": _MANAGERS,
    "contests.judge": _MANAGERS | {Role.REVIEWER},  # What members send in to a contest.
    "badges.see": _READERS,
    "badges.change": _MANAGERS,
    "codes.see": _READERS,
    "codes.change": _MANAGERS,
    "codes.print": _MANAGERS,  # Who has the sheets has the points.
    "segments.see": _READERS,
    "segments.change": _MANAGERS,
    "campaigns.try": _MANAGERS | {Role.ANALYST},  # On the past: it changes nothing.
    "referrals.see": _READERS,
    "referrals.decide": _MANAGERS | {Role.REVIEWER},
    "referrals.change": _MANAGERS,
    "referrals.export": _MANAGERS,  # Names of people.
    "surveys.see": _READERS,
    "surveys.change": _MANAGERS,
    "surveys.export": _MANAGERS,  # Who said what leaves the house.
    "calls.see": _READERS,
    "calls.change": _MANAGERS,
    "contributions.see": _READERS,
    "contributions.decide": _MANAGERS | {Role.REVIEWER},
    "wallets.see": _READERS,
    "wallets.change": _MANAGERS,
    "tiers.see": _READERS,
    "tiers.change": _MANAGERS,
    "rewards.see": _READERS,
    "rewards.change": _MANAGERS,
    "settings.see": _READERS,
    "settings.change": _MANAGERS,
    "limits.change": _OWNER,  # A manager who could raise the limits would have none.
    "program.file": _MANAGERS,  # All of a program at once, as a file.
    "locations.see": _READERS,
    "locations.change": _MANAGERS,
    "team.see": _MANAGERS,
    "team.change": _MANAGERS,  # Of the roles below one's own: see GRANTS.
    "team.secure": _OWNER,  # How all of the team sign in.
    "keys.see": _MANAGERS,
    "keys.change": _OWNER,
    "hooks.see": _MANAGERS,  # What shops send names their buyers.
    "hooks.change": _OWNER,
    "hooks.retry": _MANAGERS,
    "audit.see": _MANAGERS,
    "programs.open": _OWNER,
}

# The roles that a role may give to others, and take from them.
GRANTS: Mapping[str, frozenset[Role]] = {
    Role.OWNER: _EVERYBODY,
    Role.MANAGER: frozenset({Role.REVIEWER, Role.ANALYST, Role.CASHIER}),
}


def may(staff: Staff, permission: str) -> bool:
    """Whether somebody of the team may do something. A permission not listed is a mistake."""
    return staff.is_active and staff.role in PERMISSIONS[permission]


def may_grant(staff: Staff, role: str) -> bool:
    """Whether a member of the team may make somebody else of this role, or take it from them."""
    return staff.is_active and role in GRANTS.get(staff.role, frozenset())
