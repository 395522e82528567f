"""Mutants of time: days that begin at the wrong instant, and what hangs on them."""

from datetime import UTC, date, datetime, timedelta

from bench.rig.breaking import replace, rewrite
from bench.rig.mutants import mutant
from loyalty import days
from loyalty.flows import clock, earning
from loyalty.ledger.models import Wallet
from loyalty.rewards import issuing
from loyalty.rewards.models import VoucherQuerySet
from members import birthdays

_TRIAL = "tests/laws/test_time.py::test_nothing_of_a_day_comes_early_late_or_twice"


def _cairo(trial: str) -> str:
    return f"{_TRIAL}[{trial}-Africa/Cairo]"


@mutant(caught_by=_cairo("lots_are_spent_until_their_day"))
def days_are_those_of_utc() -> None:
    """A day begins when it begins in Greenwich."""
    replace(days, "local_date", lambda at, _zone: at.astimezone(UTC).date())


@mutant(caught_by=_cairo("limits_begin_anew"))
def sales_are_of_days_of_utc() -> None:
    """A sale counts on the day that Greenwich writes."""
    rewrite(earning.activity_of, ".astimezone(zone)", "")


@mutant(caught_by=_cairo("vouchers_are_good_to_the_end_of_a_day"))
def tomorrow_is_in_24_hours() -> None:
    """A day begins 24 hours after the one before, also where clocks are changed."""
    begun = days.start_of

    def start_of(day: date, zone: str) -> datetime:
        yesterday = begun(day - timedelta(days=1), zone).astimezone(UTC)
        return yesterday + timedelta(hours=24)

    replace(days, "start_of", start_of)


@mutant(caught_by=_cairo("vouchers_are_good_to_the_end_of_a_day"))
def vouchers_are_used_when_they_are_over() -> None:
    """A voucher can be used at the instant at which it ends: `<=` for `<`."""
    rewrite(VoucherQuerySet.usable, "expires_at__gt=", "expires_at__gte=")


@mutant(caught_by=_cairo("vouchers_are_good_to_the_end_of_a_day"))
def vouchers_lapse_late() -> None:
    """A voucher lapses only after the instant at which it ends: `<` for `<=`."""
    rewrite(VoucherQuerySet.overdue, "expires_at__lte=", "expires_at__lt=")


@mutant(caught_by=_cairo("vouchers_are_good_to_the_end_of_a_day"))
def vouchers_lose_their_last_day() -> None:
    """A voucher is good to the beginning of its last day, and not to the end of it."""
    rewrite(issuing._expires_at, "reward.voucher_days + 1", "reward.voucher_days")


@mutant(caught_by=_cairo("birthdays_come_once_a_year"))
def leap_birthdays_are_skipped() -> None:
    """Who was born on 29 February has a birthday every fourth year."""
    rewrite(birthdays.kept_on, "[228, 229] if common else ", "")


@mutant(caught_by=_cairo("birthdays_come_once_a_year"))
def leap_birthdays_are_always_on_the_28th() -> None:
    """Who was born on 29 February is congratulated on the 28th, although there is a 29th."""
    rewrite(birthdays.kept_on, " and not calendar.isleap(day.year)", "")


@mutant(caught_by=_cairo("birthdays_come_once_a_year"))
def letters_do_not_wait_for_their_hour() -> None:
    """What waits for the merchant's hour happens at midnight."""
    rewrite(clock.Job.due_at, "if self.at_letter_hour:", "if False:")


@mutant(caught_by=_cairo("days_have_their_jobs_once_and_in_order"))
def jobs_are_of_days_of_utc() -> None:
    """The clock makes rows for the days that Greenwich writes."""
    rewrite(clock._due, "local_date(now, program.time_zone)", "now.date()")


@mutant(caught_by="tests/flows/test_clock.py::test_days_that_were_missed_are_made_up_for_in_order")
def missed_days_are_left_out() -> None:
    """After a night without a clock only today's jobs are run."""
    rewrite(clock._missing, "range(CATCH_UP_DAYS, -1, -1)", "range(0, -1, -1)")


@mutant(caught_by=_cairo("days_have_their_jobs_once_and_in_order"))
def jobs_run_ahead_of_their_day() -> None:
    """The rows of tomorrow are made, and run, today."""
    rewrite(clock._due, "if job.due_at(program, on) <= now", "",
            "local_date(now, program.time_zone)",
            "local_date(now, program.time_zone) + timedelta(days=1)")  # fmt: skip


@mutant(caught_by=_cairo("limits_begin_anew"))
def weeks_begin_on_sunday() -> None:
    """A limit a week begins anew on Sunday."""
    rewrite(days.period_start, "day.weekday()", "(day.weekday() + 1) % 7")


@mutant(caught_by=_cairo("purchases_wait_out_their_days"))
def points_wait_for_hours_and_not_for_days() -> None:
    """The return window is over so many times 24 hours after the sale."""
    rewrite(
        earning.Earning._available_at,
        "datetime.combine(over, time(), tzinfo=self.rulebook.zone)",
        "activity.occurred_at + timedelta(days=self.rulebook.pending_days)",
    )


@mutant(caught_by=_cairo("purchases_wait_out_their_days"))
def years_have_365_days() -> None:
    """Points that last twelve months last 365 days."""
    rewrite(Wallet.expires_on, "add_months(earned_on, self.expiry_count)",
            "earned_on + timedelta(days=365)")  # fmt: skip
