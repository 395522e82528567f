"""Races of workers: jobs, letters, figures, vouchers that lapse."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from django.core.mail import EmailMessage
from django.utils import timezone

from bench.rig.races.form import Race, count, facts
from bench.rig.races.spending import crowd_of, member_of
from loyalty.days import at_hour
from loyalty.flows import clock, lapse, pay
from loyalty.ledger import audit, figures
from loyalty.ledger.models import Tally
from loyalty.merchants.models import JobRun
from loyalty.messaging import delivery, outbox
from loyalty.messaging.models import Message
from loyalty.messaging.outbox import Letter
from loyalty.rewards.models import Redemption
from tests.makers import NOON, give, make_member, make_program, make_rule, points

HALF_AN_HOUR = timedelta(minutes=30)


class JobsOfManyClocks(Race):
    """However many clocks there are, the birthday of a member is kept once."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = make_program()
        make_rule(program, trigger="birthday", effect={"kind": "fixed", "points": 10})
        members = [
            make_member(program, f"m{n}@example.org", birthday=date(1990, 6, 15), offers=True)
            for n in range(20)
        ]
        return facts(program=program.pk, members=[it.pk for it in members])

    morning = at_hour(date(2027, 6, 15), 12, "Asia/Bangkok")

    def act(self, it: SimpleNamespace, number: int) -> Any:
        clock.make_due(now=self.morning)
        return clock.run_open(clock=lambda: self.morning)

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        while clock.has_open(now=self.morning):  # On a slow machine their time was over.
            clock.run_open(clock=lambda: self.morning)
        runs = JobRun.objects.filter(program=it.program)
        assert runs.count() == len(clock.JOBS)
        assert not runs.exclude(error="").exists()
        assert {points(member_of(pk)) for pk in it.members} == {10}
        letters = Message.objects.filter(program=it.program, template="birthday")
        assert letters.count() == len(it.members)


class LettersOfManyWorkers(Race):
    """However many workers there are, each letter is sent once."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = make_program()
        outbox.owe(
            [
                Letter(
                    program_id=program.pk, key=f"letter:{number}", to="ana@example.org",
                    template="tier_lost", language="en", context={"tier": {}, "before": {}},
                )
                for number in range(200)
            ],
            now=NOON,
        )  # fmt: skip
        return facts(program=program.pk)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        return self.send()

    def send(self) -> list[int]:
        """Send what is due as a worker does; which letters were written."""
        sent: list[int] = []

        def writer(_bite: Any) -> Any:
            def write(message: Message) -> EmailMessage:
                sent.append(message.pk)
                return EmailMessage("Hello", "Hello", to=[message.to])

            return write

        delivery.send_due(writer, clock=timezone.now)
        return sent

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        letters = Message.objects.filter(program=it.program)
        sent = [pk for mine in told for pk in mine]
        while rest := self.send():  # On a slow machine their time was over.
            sent += rest
        assert len(sent) == len(set(sent)), "no letter was written twice"
        assert set(sent) >= set(letters.values_list("pk", flat=True))
        assert set(letters.values_list("status", "attempts")) == {("sent", 1)}


class FiguresOfManyWorkers(Race):
    """However many workers add the days up, they add up to the entries."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = make_program()
        crowd_of(program, 10, each=10)
        return facts(program=program.pk, members=crowd_of(make_program(), crowd))

    def act(self, it: SimpleNamespace, number: int) -> Any:
        if number % 2:
            give(member_of(it.members[number]), 10)
        return figures.add_up(limit=5)

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        while figures.add_up():
            pass
        assert not Tally.objects.exists()
        assert audit.breaches() == []


class WaitingMoneyComesBack(Race):
    """Points of a payment that nobody fetched come back once, however many look for it."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(make_program(pay_points=1, pay_minor=100))
        give(ana, 30)
        for number in range(10):
            pay.pay(ana, amount_minor=3_00, key=str(number), now=NOON)
        return facts(member=ana.pk, account=ana.account_id)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        lapse.lapse_due(now=NOON + HALF_AN_HOUR)
        return "looked"

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert count(told) == {"looked": len(told)}
        assert points(member_of(it.member)) == 30
        states = Redemption.objects.filter(account=it.account).values_list("status", flat=True)
        assert set(states) == {"cancelled"}
