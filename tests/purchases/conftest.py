import pytest

from tests.purchases.sheet import File


@pytest.fixture
def file(tmp_path) -> File:
    return File(tmp_path)
