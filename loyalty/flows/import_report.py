"""What an import did, or would do: counted, and where it said no, told by line."""

from collections import Counter
from dataclasses import dataclass, field

from loyalty.flows.outcomes import Earned, Outcome
from loyalty.flows.refund import RefundOutcome
from loyalty.purchases.files import Group, Problem, Reading
from loyalty.refusal import Refusal


@dataclass
class Report:
    """Counts by name, and what was left out with its line. docs/import.md explains each name."""

    wallets: dict[int, str]  # Their codes: points are counted by wallet.
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    was_done: bool = False  # The file had been imported before: nothing was left to do.
    resumed_after: int = 0  # The line after which an import went on that was cut off.

    def refused(self, group: Group, problem: Refusal) -> None:
        self.counts["refused"] += 1
        self.problems.append(Problem(group.first_line, f"{group.reference}: {problem}"))

    def of_nobody(self, group: Group) -> None:
        """No member is named, and nothing by which one could claim it later."""
        self.counts["refunds_of_nobody" if group.is_refund else "sales_of_nobody"] += 1
        self.counts["lines_of_nobody"] += len(group.lines)

    def of_non_member(self, group: Group) -> None:
        """Somebody is named who is no member, and was not to become one."""
        what = "refunds_of_non_members" if group.is_refund else "sales_of_non_members"
        self.counts[what] += 1

    def sold(self, group: Group, outcome: Outcome) -> None:
        if outcome.problem:
            self.refused(group, outcome.problem)
            return
        self.counts[f"sales_{outcome.status}"] += 1
        if outcome.status == "earned":
            self.counts["sale_lines"] += len(group.lines)
            self._move("issued", outcome.entries, 1)

    def came_back(self, group: Group, outcome: RefundOutcome) -> None:
        if outcome.problem:
            self.refused(group, outcome.problem)
            return
        self.counts[f"refunds_{outcome.status}"] += 1
        if outcome.status == "repeated":
            return
        self.counts["refund_lines"] += len(group.lines)
        self.counts["refund_lines_matched"] += len(group.lines) - len(outcome.unmatched)
        for unmatched in outcome.unmatched:
            self.counts[f"refund_lines_{unmatched.problem}"] += 1
        self._move("taken_back", outcome.entries, -1)

    def close(self, reading: Reading) -> None:
        self.problems = sorted([*self.problems, *reading.problems], key=lambda it: it.line)
        self.counts |= {
            "lines": reading.lines, "bad_lines": reading.bad_lines, "left_out": reading.left_out,
        }  # fmt: skip

    def _move(self, what: str, entries: list[Earned], sign: int) -> None:
        for entry in entries:
            self.counts[f"{what}_{self.wallets[entry.wallet_id]}"] += sign * entry.points
