"""Mutants of the doors: who is counted, who is known, who waits, and what is told of people."""

from datetime import datetime, timedelta

from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache.backends.db import DatabaseCache

from bench.rig.breaking import replace, rewrite
from bench.rig.mutants import mutant
from loyalty.dashboard import doors
from loyalty.earning.conditions.who import BirthdayMonth
from loyalty.flows import second_step, spending
from loyalty.portal import confirming
from loyalty.portal.accounts import AccountAdapter
from loyalty.portal.signing_up import PlainSignupForm
from loyalty.signin import addresses, devices, passwords, tries
from loyalty.signin.cache import KeptCache
from loyalty.signin.models import Tries

TRIES = "tests/signin/test_tries.py"
LIMITS = "tests/portal/test_sign_in_limits.py"
CAREFUL = "tests/portal/test_careful.py"
SAFETY = "tests/dashboard/test_safety.py"


@mutant(caught_by=f"{LIMITS}::test_nobody_gets_more_tries_by_naming_other_addresses")
def forwarded_addresses_are_believed() -> None:
    """X-Forwarded-For counts although no proxy stands before us: anybody is a new address."""
    rewrite(addresses.address_of, "settings.TRUSTED_PROXIES", "settings.TRUSTED_PROXIES or 1")


@mutant(caught_by=f"{LIMITS}::test_behind_a_proxy_each_caller_has_their_own_tries")
def the_first_forwarded_address_counts() -> None:
    """Of the addresses before a proxy the first is taken, which the caller wrote themselves."""
    rewrite(addresses.address_of, "str(hops[-proxies][:45])", "str(hops[0][:45])")


@mutant(caught_by=f"{TRIES}::test_at_once_no_more_pass_than_may")
def tries_are_read_and_then_written() -> None:
    """A try is counted in two steps, so that some at the same moment are counted as one."""

    def count(name: str, limit: int, *, at: datetime, seconds: int) -> int:
        found = Tries.objects.filter(pk=tries._hash(name), ends_at__gt=at).first()
        used = (found.used if found else 0) + 1
        ends_at = found.ends_at if found else at + timedelta(seconds=seconds)
        told = {"used": used, "ends_at": ends_at}
        Tries.objects.update_or_create(pk=tries._hash(name), defaults=told)
        return 0 if used <= limit else seconds

    replace(tries, "count", count)


@mutant(caught_by=f"{TRIES}::test_the_cache_forgets_nobody_who_still_waits")
def a_flood_wipes_the_counts() -> None:
    """The cache makes room by forgetting whoever comes first in the alphabet."""
    replace(KeptCache, "_cull", DatabaseCache._cull)


@mutant(caught_by=f"{LIMITS}::test_a_code_of_the_app_works_once_for_all_processes")
def codes_of_the_app_work_twice() -> None:
    """A code of an authenticator app is not marked as used."""
    replace(TOTP, "_mark_code_used", lambda _row, _code: True)


@mutant(caught_by=f"{LIMITS}::test_when_somebody_tries_everywhere_only_known_devices_come_in")
def all_accounts_together_have_no_limit() -> None:
    """Nobody notices that every account is tried once."""
    replace(tries, "wait_for", lambda _name, _limit, at: 0)


@mutant(caught_by=f"{CAREFUL}::test_a_password_alone_makes_no_device_known")
def a_password_makes_a_device_known() -> None:
    """What others buy in lists is enough to spend points on a new device."""
    rewrite(confirming._has_shown_more, "in STRONG", "in STRONG or bool(record)")


@mutant(caught_by=f"{CAREFUL}::test_a_device_of_one_person_is_not_anothers")
def a_device_is_known_whoever_holds_it() -> None:
    """A device that is known of one person is known of all who sign in on it."""
    rewrite(devices.find, "user=user, ", "")


@mutant(caught_by=f"{CAREFUL}::test_after_three_guesses_a_code_is_over")
def codes_may_be_guessed_for_ever() -> None:
    """A wrong guess costs nothing."""
    rewrite(confirming._count_guess, 'state["guesses"] >= MOST_GUESSES', "False")


@mutant(caught_by=f"{CAREFUL}::test_after_a_change_nothing_is_spent_for_a_day")
def nobody_waits_after_a_change() -> None:
    """Who took an account over spends its points at once."""
    replace(spending, "check_hold", lambda _member, _by, *, now: None)


@mutant(caught_by="tests/portal/test_accounts.py::test_nobody_is_sent_elsewhere")
def next_leads_anywhere() -> None:
    """After signing in one is sent to whatever address the link named."""
    replace(AccountAdapter, "is_safe_url", lambda _adapter, _url: True)


@mutant(caught_by="tests/portal/test_enumeration.py::test_the_time_is_the_same[sign up]")
def signing_up_tells_by_its_time() -> None:
    """Who has an account already is answered a hash sooner."""
    rewrite(PlainSignupForm.try_save, "make_password(", "str(")


@mutant(caught_by="tests/signin/test_passwords.py::"
        "test_what_everybody_tries_is_refused_however_it_is_dressed")  # fmt: skip
def dressed_up_passwords_pass() -> None:
    """A common password with a year behind it is taken for another."""
    rewrite(passwords._plain_forms, "forms |= ", "forms |= set() and ")


@mutant(caught_by=f"{SAFETY}::test_who_has_none_gets_nothing_else")
def the_second_step_is_a_wish() -> None:
    """Whom the owner asks for a second step works on without."""
    rewrite(second_step.lacks_one, "wanted is not None", "False")


@mutant(caught_by=f"{SAFETY}::test_recovery_codes_alone_are_no_second_step")
def recovery_codes_are_a_second_step() -> None:
    """A list of codes counts as the device that it stands for."""
    rewrite(second_step.having_one, ", type__in=_STEPS", "")


@mutant(caught_by=f"{SAFETY}::test_nobody_lowers_the_safety_of_another_business")
def owners_reset_the_owners_of_others() -> None:
    """Who invites somebody may take away the second step by which they guard their own shop."""
    rewrite(second_step.reset, "if others.exists():", "if False:")


@mutant(caught_by=f"{SAFETY}::test_the_dashboard_closes_when_nobody_touches_it")
def the_dashboard_stays_open() -> None:
    """A dashboard that was left alone stays open for months."""
    rewrite(doors._was_away, "silence > request.staff.merchant.idle_minutes * 60", "False")


@mutant(caught_by="tests/earning/test_conditions_who.py::"
        "test_a_birthday_is_not_set_for_the_day_one_shops")  # fmt: skip
def birthdays_are_set_at_the_till() -> None:
    """A birthday that was given today is this month's."""
    rewrite(BirthdayMonth.check, "if set_on and", "if False and set_on and")
