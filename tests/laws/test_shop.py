"""The flows and a plain model of the café agree on any history. The rig tries many more of them."""

import pytest

from tests.laws.shop import history


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(8))
def test_the_flows_and_the_model_agree(seed: int) -> None:
    assert len(list(history(seed, 60))) == 60
