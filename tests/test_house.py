"""The house rules that neither a constraint nor an import contract can see."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALLOWED = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["taem"]
MODULES = [
    path
    for app in ("loyalty", "members", "campaigns")
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts
]
DOORS = [
    path for path in MODULES if path.parts[len(ROOT.parts) + 1] in ("api", "dashboard", "portal")
]

# What counts as writing entries.
WRITING = {
    "create", "bulk_create", "get_or_create", "update_or_create", "update", "bulk_update", "delete",
}  # fmt: skip
WRITING_SQL = ("INTO ledger_entry", "UPDATE ledger_entry", "DELETE FROM ledger_entry")

# Words that say whose rows a query means.
SCOPES = {"program", "merchant", "location", "member", "account", "user", "balance", "owner"}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def each(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=name_of)


@each(MODULES)
def test_no_import_hides_in_a_function(path: Path) -> None:
    functions = (
        node for node in ast.walk(parse(path)) if isinstance(node, ast.FunctionDef | ast.Lambda)
    )
    hidden = {
        inner.lineno
        for function in functions
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    }
    assert not hidden, "Two modules are tangled: move what both need below them."


@each([path for path in MODULES if name_of(path) not in ALLOWED["entry_writers"]])
def test_only_posting_writes_entries(path: Path) -> None:
    written = [line for line, text in written_entries(parse(path))]
    assert not written, "Post it through a flow and loyalty.ledger.posting."


def written_entries(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            chain = called.split(".")
            if called == "Entry" or (chain[0] == "Entry" and chain[-1] in WRITING):
                yield node.lineno, called
        if isinstance(node, ast.Constant) and writes_sql(node.value):
            yield node.lineno, str(node.value)


def writes_sql(value: object) -> bool:
    return isinstance(value, str) and any(sql.lower() in value.lower() for sql in WRITING_SQL)


@each([path for path in DOORS if name_of(path) not in ALLOWED["unscoped_doors"]])
def test_a_door_says_whose_rows_it_asks_for(path: Path) -> None:
    assert not list(unscoped_questions(parse(path))), (
        "Ask through the program, the merchant or the member (program.rewards.…), or name it in "
        "the query; where that cannot be, list the door in pyproject.toml under [tool.taem]."
    )


def unscoped_questions(tree: ast.Module) -> Iterator[str]:
    """Queries that begin at a model itself and never say whose rows they mean."""
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager"):
            question: ast.AST = node
            while isinstance(above.get(question), ast.Attribute | ast.Call):
                question = above[question]
            if not names_a_scope(question):
                yield ast.unparse(node)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("_or_404"):
            model_itself = node.args and isinstance(node.args[0], ast.Name)
            if model_itself and node.args[0].id[0].isupper() and not names_a_scope(node):
                yield ast.unparse(node)


def names_a_scope(question: ast.AST) -> bool:
    for node in ast.walk(question):
        if isinstance(node, ast.keyword) and SCOPES.intersection((node.arg or "").split("__")):
            return True
        if isinstance(node, ast.Name) and node.id in SCOPES:
            return True
    return False


@pytest.mark.parametrize(
    ("breach", "finder"),
    [
        ("Entry.objects.create(points=1)", written_entries),
        ("Entry(points=1).save()", written_entries),
        ("Entry.objects.filter(pk=1).delete()", written_entries),
        ('cursor.execute("insert into ledger_entry (points) values (1)")', written_entries),
        ("Reward.objects.get(public_id=asked)", unscoped_questions),
        ("Reward.objects.on_offer(now).first()", unscoped_questions),
        ("get_object_or_404(Reward, public_id=asked)", unscoped_questions),
    ],
)
def test_a_breach_is_seen(breach, finder) -> None:
    assert list(finder(ast.parse(breach)))


@pytest.mark.parametrize(
    "question",
    [
        "program.rewards.on_offer(now)",
        "Reward.objects.filter(program=here, public_id=asked)",
        "Lot.objects.open().filter(balance__account=theirs)",
        "get_object_or_404(Reward, program=here, public_id=asked)",
        "get_object_or_404(program.rewards, public_id=asked)",
    ],
)
def test_a_question_with_a_scope_may_be_asked(question) -> None:
    assert not list(unscoped_questions(ast.parse(question)))
