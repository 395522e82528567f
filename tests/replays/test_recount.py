"""A replay over the beginning of a real shop's year, held against an independent recount."""

from datetime import UTC, date, datetime

import pytest

from bench.recount_replay import compare, recount
from campaigns.replays.models import Replay
from loyalty.flows import importing, replays
from loyalty.insights.replay.running import Run
from loyalty.purchases import mapping
from tests.flows.test_recounting_files import EXAMPLE, REAL, first_lines, shop
from tests.replays.lives import plan

__all__ = ["shop"]  # A fixture.
LINES = 3_500
SINCE, UNTIL = date(2010, 12, 1), date(2011, 1, 1)
NOW = datetime(2026, 6, 2, 5, tzinfo=UTC)
CAMPAIGN = {
    "conditions": [{"kind": "minimum_spend", "minor": 100_00}],
    "caps": [{"limit": 2_000, "period": "month"}],
    "budget": 200_000,
}


@pytest.mark.skipif(
    not REAL.is_file(), reason="TAEM_SHARED names no folder with the Online Retail data set."
)
def test_a_replay_comes_to_what_the_recount_says(shop, tmp_path):
    path = tmp_path / "first.csv"
    path.write_text("".join(first_lines(REAL, LINES + 1)), encoding="utf-8")
    told = mapping.read(EXAMPLE.read_text(encoding="utf-8"))
    importing.import_file(shop, path, told, now=NOW)
    shop.refresh_from_db()
    replays.ask(plan(shop, **CAMPAIGN), since=SINCE, until=UNTIL, by=None, now=NOW)
    replays.run_open(Run.of, clock=lambda: NOW)
    mine = recount(path, SINCE, UNTIL)
    assert mine["added"] > 0
    assert mine["back"] > 0
    assert compare(mine, Replay.objects.get().result) == []
