"""What two memberships did for challenges, when they become one and when they are parted again."""

from campaigns.challenges.models import Completion, Mark


def take_along(merged: int, *, to: int) -> dict[str, list[int]]:
    """Let one account go on where another was; what it took is named, to be given back."""
    marks = list(Mark.objects.filter(account=merged, completion=None).values_list("pk", flat=True))
    had = set(Completion.objects.filter(account=to).values_list("challenge", "number"))
    done = [
        it.pk
        for it in Completion.objects.filter(account=merged)
        if (it.challenge_id, it.number) not in had
    ]
    Mark.objects.filter(pk__in=marks).update(account=to)
    Completion.objects.filter(pk__in=done).update(account=to)
    return {"marks": marks, "completions": done}


def give_back(merged: int, took: dict[str, list[int]]) -> None:
    Mark.objects.filter(pk__in=took.get("marks", ())).update(account=merged)
    Completion.objects.filter(pk__in=took.get("completions", ())).update(account=merged)
