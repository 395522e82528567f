"""What files call the things of a program: a readable name each, which stays."""

from collections.abc import Iterable

from django.utils.text import slugify

from loyalty.merchants.models import FileName, Program

LONGEST = 40


class Names:
    """The names of one program's things, by kind and by the key that the kind knows them by."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._names: dict[tuple[str, str], str] = {}
        self._keys: dict[tuple[str, str], str] = {}
        for noun, key, name in FileName.objects.filter(program=program).values_list(
            "noun", "key", "name"
        ):
            self._keep(noun, key, name)

    def name(self, noun: str, key: str) -> str | None:
        return self._names.get((noun, key))

    def key(self, noun: str, name: str) -> str | None:
        return self._keys.get((noun, name))

    def of(self, noun: str) -> list[str]:
        """All names of a kind."""
        return [name for kind, name in self._keys if kind == noun]

    def give(self, noun: str, key: str, name: str) -> None:
        """A thing that a file made has the name that the file gives it."""
        FileName.objects.create(program=self.program, noun=noun, key=key, name=name)
        self._keep(noun, key, name)

    def fill(self, noun: str, things: Iterable[tuple[str, str]]) -> None:
        """Name what has no name yet. ``things``: each one's key, and what it is called in English.

        Two who do this at once agree, as a name follows from what the thing is called.
        """
        new = []
        for key, called in things:
            if (noun, key) in self._names:
                continue
            name = self._free(noun, called)
            new.append(FileName(program=self.program, noun=noun, key=key, name=name))
            self._keep(noun, key, name)
        FileName.objects.bulk_create(new, ignore_conflicts=True)

    def _free(self, noun: str, called: str) -> str:
        singular = noun.removesuffix("s").replace("_", "-")
        base = slugify(called)[: LONGEST - 5].strip("-_") or singular
        name, number = base, 1
        while (noun, name) in self._keys:
            number += 1
            name = f"{base}-{number}"
        return name

    def _keep(self, noun: str, key: str, name: str) -> None:
        self._names[noun, key] = name
        self._keys[noun, name] = key
