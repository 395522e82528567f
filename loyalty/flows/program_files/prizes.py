"""Prizes in a program file: points of a wallet, a reward or a badge, each by its name."""

from typing import Any

from loyalty.flows import prizes
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import ABSENT, Choice, Field, Group
from loyalty.flows.program_files.fields import refuse_unknown as refuse
from loyalty.flows.program_files.tree import Node
from loyalty.flows.program_files.values import Ref, Worth

KINDS: dict[str, dict[str, Field]] = {
    prizes.POINTS: {
        "wallet": Ref("wallets"), "points": Worth("So many.", most=prizes.MOST_POINTS),
    },
    prizes.REWARD: {"reward": Ref("rewards")},
    prizes.BADGE: {"badge": Ref("badges")},
}  # fmt: skip


class Prize(Field):
    """Read as flows take a prize: by codes and public ids. Written from what they keep."""

    def read(self, node: Node, path: str, at: Context) -> Any:
        words = Choice("", lambda: list(KINDS))
        if not isinstance(node.value, dict) or "kind" not in node.value:
            words.read(Node(None, node.line), path, at)
        kind = words.read(node.value["kind"], path, at)
        fields = KINDS[kind]
        before = at.stopped
        refuse(node, {"kind": None, **fields}, path, at)
        wallet = node.at("wallet").value
        with at.speaking_of(wallet if isinstance(wallet, str) else ""):
            told = Group(fields).read_some(node, fields, path, at)
        return ABSENT if at.stopped > before else {"kind": kind, **told}

    def write(self, value: Any, at: Context) -> Any:
        told = prizes.written(value)
        with at.speaking_of(told.get("wallet", "")):
            return {"kind": told["kind"]} | Group(KINDS[told["kind"]]).write(told, at)

    def schema(self) -> dict[str, Any]:
        return {"$ref": "#/$defs/prize"}


def schema() -> dict[str, Any]:
    """A prize of any kind."""
    shapes = []
    for kind, fields in KINDS.items():
        shape = Group(fields).schema()
        shape["properties"] = {"kind": {"const": kind}, **shape["properties"]}
        shape["required"] = ["kind", *shape["required"]]
        shapes.append(shape)
    return {"description": "Points, a reward or a badge.", "oneOf": shapes}


class NoPrize(Prize):
    """One that need not be there: kept as {} where there is none."""

    def write(self, value: Any, at: Context) -> Any:
        return super().write(value, at) if value else None
