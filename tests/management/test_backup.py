"""The drill: back up while tills sell, bring it back elsewhere, and find every figure as it was."""

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.postgres import address, on_server
from tests.test_run import free_port, wait_for

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
POSTGRES = connection.vendor == "postgresql"
SALES = 30
PICTURE = b"a receipt" * 1000

Shop = dict[str, str]  # The environment of an installation.


def manage(shop: Shop, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(shop, "manage.py", *arguments)


def run(shop: Shop, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT, env=shop, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def till(shop: Shop, sales: int) -> None:
    done = run(shop, "-m", "tests.management.till", str(sales))
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def new_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Shop]]:
    """Makes installations with nothing in them yet."""
    made: list[str] = []

    def make() -> Shop:
        shop = {
            "ENV": "demo", "VAR_DIR": str(tmp_path_factory.mktemp("var")),
            "PATH": os.environ["PATH"], "PORT": str(free_port()),
            "SECRET_KEY": "the same for all", "LANG": "C.UTF-8",
            "DJANGO_SETTINGS_MODULE": "loyalty.settings",
        }  # fmt: skip
        if POSTGRES:
            made.append(f"taem_drill_{os.getpid()}_{len(made)}")
            on_server(f"CREATE DATABASE {made[-1]}")
            shop["DATABASE_URL"] = address(made[-1])
        return shop

    yield make
    for name in made:
        on_server(f"DROP DATABASE {name} WITH (FORCE)")


def by_hand(shop: Shop, statement: str) -> str:
    """What the database answers when somebody asks it behind our back."""
    code = (
        "import django; django.setup()\n"
        "from django.db import connection\n"
        "with connection.cursor() as cursor:\n"
        f"    cursor.execute({statement!r})\n"
        "    print(cursor.fetchall() if cursor.description else '')"
    )
    done = run(shop, "-c", code)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def cafe_shop(new_shop) -> Shop:
    """A shop with a month of sales, some of them sealed, and a picture."""
    shop = new_shop()
    assert manage(shop, "migrate", "-v0").returncode == 0
    till(shop, SALES)
    picture = Path(shop["VAR_DIR"]) / "media" / "receipts" / "one.png"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(PICTURE)
    return shop


@pytest.fixture(scope="module")
def backup(cafe_shop) -> Path:
    done = manage(cafe_shop, "backup")
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.splitlines()[0])


def manifest_of(backup: Path) -> dict:
    with tarfile.open(backup) as tar:
        return json.load(tar.extractfile("manifest.json"))


def test_a_backup_made_while_tills_sell_comes_back_whole(backup, new_shop, tmp_path):
    shop, said = new_shop(), list[str]()
    manage(shop, "restore", str(backup))
    selling = subprocess.Popen(
        [sys.executable, "-m", "tests.management.till"],
        cwd=ROOT, env=shop, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    listener = threading.Thread(target=lambda: said.extend(map(str.strip, selling.stdout)))
    listener.start()
    try:
        while len(said) < 3:
            assert selling.poll() is None
        before = list(said)
        done = manage(shop, "backup", str(tmp_path))
        during = len(said)
    finally:
        selling.send_signal(signal.SIGKILL)
        selling.wait()
        listener.join()
    assert done.returncode == 0, done.stderr
    assert during > len(before), "Nothing was sold meanwhile: this drill proves nothing."

    fresh = new_shop()
    restored = manage(fresh, "restore", done.stdout.splitlines()[0])
    assert restored.returncode == 0, restored.stderr
    assert "every figure is as it was" in restored.stdout
    sold = by_hand(fresh, "SELECT reference FROM purchases_purchase")
    assert all(f"'{reference}'" in sold for reference in before)
    assert manage(fresh, "audit_ledger").returncode == 0
    assert (Path(fresh["VAR_DIR"]) / "media/receipts/one.png").read_bytes() == PICTURE
    assert_it_starts(fresh)


def assert_it_starts(shop: Shop) -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run"], cwd=ROOT, env=shop, stdout=subprocess.DEVNULL
    )
    try:
        assert wait_for(int(shop["PORT"]), "/readyz", 200)["ready"] is True
    finally:
        process.terminate()
        process.wait(30)


def test_only_its_owner_may_read_a_backup(backup):
    assert backup.stat().st_mode & 0o777 == 0o600
    assert backup.parent.stat().st_mode & 0o777 == 0o700
    assert list(backup.parent.iterdir()) == [backup]


def test_the_manifest_tells_what_is_in_it(backup):
    told = manifest_of(backup)
    (program,) = told["programs"]
    assert (program["count"], program["points"]) == (SALES + 1, (SALES + 1) * 10)
    assert told["rows"]["ledger_entry"] == SALES + 1
    assert set(told["parts"]) == {"database", "media/receipts/one.png"}
    assert "the same for all" not in backup.read_bytes().decode("latin-1")


def test_what_is_there_is_kept_unless_told_otherwise(cafe_shop, backup, new_shop):
    other = new_shop()
    manage(other, "migrate", "-v0")
    till(other, 5)
    refused = manage(other, "restore", str(backup))
    assert (refused.returncode, "--replace" in refused.stderr) == (1, True)
    assert by_hand(other, "SELECT COUNT(*) FROM ledger_entry") == "[(6,)]"
    done = manage(other, "restore", str(backup), "--replace")
    assert done.returncode == 0, done.stderr
    assert by_hand(other, "SELECT COUNT(*) FROM ledger_entry") == f"[({SALES + 1},)]"
    aside = done.stdout.split("What was here before is kept: ")[1].splitlines()[0]
    assert old_entries(other, aside) == 6


def old_entries(shop: Shop, aside: str) -> int:
    if POSTGRES:
        schema = aside.removeprefix("schema ")
        return int(by_hand(shop, f"SELECT COUNT(*) FROM {schema}.ledger_entry").strip("[(,)]"))
    there = {**shop, "DATABASE_URL": f"sqlite:///{aside}"}
    return int(by_hand(there, "SELECT COUNT(*) FROM ledger_entry").strip("[(,)]"))


def test_a_restore_waits_until_taem_is_stopped(backup, new_shop):
    shop = new_shop()
    manage(shop, "migrate", "-v0")
    code = (
        "import django; django.setup()\n"
        "from loyalty.merchants.models import Program\n"
        "Program.objects.exists(); print('open', flush=True); input()"
    )
    busy = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT, env=shop, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert busy.stdout.readline() == "open\n"
        refused = manage(shop, "restore", str(backup))
        assert (refused.returncode, "still running" in refused.stderr) == (1, True)
    finally:
        busy.kill()
        busy.communicate()
    assert manage(shop, "restore", str(backup)).returncode == 0


def flipped(backup: Path) -> bytes:
    whole = bytearray(backup.read_bytes())
    whole[len(whole) // 2] ^= 1
    return bytes(whole)


def cut_off(backup: Path) -> bytes:
    whole = backup.read_bytes()
    return whole[: len(whole) // 2]


def without_its_end(backup: Path) -> bytes:
    return rewritten(backup, lambda told: None)


def of_a_newer_taem(backup: Path) -> bytes:
    return rewritten(
        backup, lambda told: {**told, "migrations": [*told["migrations"], "ledger.0999_later"]}
    )


def with_a_way_out(backup: Path) -> bytes:
    return rewritten(backup, lambda told: told, rename={"media/receipts/one.png": "media/../out"})


def rewritten(backup: Path, change: Callable, rename: dict[str, str] | None = None) -> bytes:
    """A tar that is in order, and whose manifest says something else."""
    written = io.BytesIO()
    with tarfile.open(backup) as old, tarfile.open(fileobj=written, mode="w") as new:
        for member in old:
            content = old.extractfile(member).read()
            if member.name == "manifest.json":
                told = change(json.loads(content))
                if told is None:
                    continue
                content = json.dumps(told).encode()
            member.name = (rename or {}).get(member.name, member.name)
            member.size, member.pax_headers = len(content), {}
            new.addfile(member, io.BytesIO(content))
    return written.getvalue()


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (flipped, "damaged"),
        (cut_off, "cannot be read|cut off"),
        (without_its_end, "cut off"),
        (of_a_newer_taem, "newer Taem"),
        (with_a_way_out, "no backup of Taem"),
        (lambda _backup: b"no tar at all", "cannot be read"),
    ],
    ids=lambda it: getattr(it, "__name__", None),
)
def test_a_backup_that_is_not_whole_and_ours_changes_nothing(
    backup, empty_shop, tmp_path, damage, sentence
):
    bad = tmp_path / "bad.tar"
    bad.write_bytes(damage(backup))
    refused = manage(empty_shop, "restore", str(bad))
    assert refused.returncode == 1
    assert any(part in refused.stderr for part in sentence.split("|")), refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (Path(empty_shop["VAR_DIR"]) / "media").exists()


@pytest.fixture(scope="module")
def empty_shop(new_shop) -> Shop:
    return new_shop()


def test_a_backup_of_the_other_database_is_refused(backup, empty_shop, tmp_path):
    other = "sqlite" if POSTGRES else "postgresql"
    bad = tmp_path / "bad.tar"
    bad.write_bytes(rewritten(backup, lambda told: {**told, "database": other}))
    refused = manage(empty_shop, "restore", str(bad))
    assert (refused.returncode, f"is of {other}" in refused.stderr) == (1, True)


def test_another_key_is_noticed(backup, new_shop):
    shop = {**new_shop(), "SECRET_KEY": "another one"}
    done = manage(shop, "restore", str(backup))
    assert done.returncode == 0
    assert "SECRET_KEY is not that of the backup" in done.stderr


def test_a_backup_of_an_older_taem_is_brought_up_to_date_and_guarded(cafe_shop, new_shop, backup):
    older = new_shop()
    assert manage(older, "restore", str(backup)).returncode == 0
    back = manage(older, "migrate", "ledger", "0003", "--skip-checks")
    assert back.returncode == 0, back.stderr
    on = " ON ledger_entry" if POSTGRES else ""
    by_hand(older, f"DROP TRIGGER ledger_entry_refuses_update{on}")
    made = manage(older, "backup")
    assert made.returncode == 0, made.stderr
    fresh = new_shop()
    done = manage(fresh, "restore", made.stdout.splitlines()[0])
    assert done.returncode == 0, done.stderr
    assert manage(fresh, "check", "--database", "default").returncode == 0
    assert "No planned" in manage(fresh, "migrate", "--plan").stdout


def test_sealed_entries_that_were_changed_are_told_of(cafe_shop, new_shop, backup):
    shop = new_shop()
    assert manage(shop, "restore", str(backup)).returncode == 0
    on = " ON ledger_entry" if POSTGRES else ""
    by_hand(shop, f"DROP TRIGGER ledger_entry_refuses_update{on}")
    by_hand(shop, "UPDATE ledger_entry SET source = 'staff:7' WHERE seq = 2")
    made = manage(shop, "backup")
    assert (made.returncode, "sealed entries were changed" in made.stderr) == (2, True)
    done = manage(new_shop(), "restore", made.stdout.splitlines()[0])
    assert (done.returncode, "Sealed entries had been changed" in done.stderr) == (2, True)


def test_figures_that_are_not_those_of_the_backup_are_told_of(backup, new_shop, tmp_path):
    def more(told: dict) -> dict:
        told["programs"][0]["points"] += 1
        return told

    wrong = tmp_path / "wrong.tar"
    wrong.write_bytes(rewritten(backup, more))
    done = manage(new_shop(), "restore", str(wrong))
    assert (done.returncode, "not those that were backed up" in done.stderr) == (2, True)


def test_only_the_newest_are_kept_and_other_files_are_let_be(cafe_shop, tmp_path):
    (tmp_path / "notes.txt").touch()
    for day in (1, 2, 3):
        (tmp_path / f"taem-2026010{day}T000000Z.tar").touch()
    done = manage(cafe_shop, "backup", str(tmp_path), "--keep", "2")
    assert done.returncode == 0, done.stderr
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left[:2] == ["notes.txt", "taem-20260103T000000Z.tar"]
    assert len(left) == 3


@pytest.mark.skipif(not POSTGRES, reason="SQLite needs no other program.")
def test_without_pg_dump_or_with_an_old_one_nothing_is_begun(cafe_shop, tmp_path):
    bare = {**cafe_shop, "PATH": str(tmp_path)}
    refused = manage(bare, "backup", str(tmp_path / "out"))
    assert (refused.returncode, "pg_dump is missing" in refused.stderr) == (1, True)
    for program in ("pg_dump", "pg_restore"):
        (tmp_path / program).write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
        (tmp_path / program).chmod(0o755)
    refused = manage({**bare, "PATH": f"{tmp_path}:/bin"}, "backup", str(tmp_path / "out"))
    assert (refused.returncode, "too old" in refused.stderr) == (1, True)
    assert not (tmp_path / "out").exists()


def test_where_nothing_can_be_written_there_is_no_backup(cafe_shop, tmp_path):
    place = tmp_path / "file"
    place.touch()
    refused = manage(cafe_shop, "backup", str(place))
    assert (refused.returncode, "No backup was made" in refused.stderr) == (1, True)
