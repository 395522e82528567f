"""The reference: a bare pgbench transaction of three statements, on tables that are kept small."""

import re
import tempfile
from pathlib import Path

from bench.postgres import Server

ACCOUNTS = 20_000
_TABLES = f"""
DROP TABLE IF EXISTS bare_claim, bare_entry, bare_balance;
CREATE TABLE bare_claim (id bigserial PRIMARY KEY, key text UNIQUE);
CREATE TABLE bare_entry (id bigserial PRIMARY KEY, account bigint, points bigint, key text);
CREATE TABLE bare_balance (id bigint PRIMARY KEY, points bigint) WITH (fillfactor = 70);
INSERT INTO bare_balance SELECT number, 0 FROM generate_series(1, {ACCOUNTS}) number;
"""
_POSTING = f"""
\\set account random(1, {ACCOUNTS})
\\set key random(1, 1000000000000)
BEGIN;
INSERT INTO bare_claim (key) VALUES (:key) ON CONFLICT DO NOTHING;
INSERT INTO bare_entry (account, points, key) VALUES (:account, 10, :key);
UPDATE bare_balance SET points = points + 10 WHERE id = :account;
COMMIT;
"""


def prepare(server: Server, database: str) -> None:
    server.psql(database, _TABLES)


def postings_per_second(server: Server, database: str, *, clients: int, seconds: float) -> float:
    """What pgbench reaches with the bare posting."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "posting.sql"
        script.write_text(_POSTING)
        told = server.run(
            "pgbench", "-n", "-M", "prepared", "-f", str(script), "-c", str(clients),
            "-j", str(min(clients, 2)), "-T", str(round(seconds)), database,
        )  # fmt: skip
    found = re.search(r"^tps = ([\d.]+)", told, re.MULTILINE)
    if not found:
        raise RuntimeError(f"pgbench told no rate: {told}")
    return float(found[1])
