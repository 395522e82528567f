"""The mutants fit the code as it is: each can be applied. That each is caught is shown by
``python -m bench.rig.mutants``."""

import os
import traceback

import pytest

from bench.rig.mutants import all_mutants


@pytest.mark.parametrize("name", all_mutants())
def test_a_mutant_can_be_applied(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    child = os.fork()  # What it breaks, it breaks there.
    if not child:
        try:
            all_mutants()[name].apply()
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, capfd.readouterr().err
