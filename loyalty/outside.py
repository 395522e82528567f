"""Nothing outside is called inside a transaction: no mail server, no other host, no slow program.

It would hold locks for as long as the other side takes, and what was done there could not be
rolled back. Whoever calls somebody outside asks here first; tests/test_outside.py looks for others.
"""

from django.db import connection


class CalledInTransaction(RuntimeError):
    """A bug: a flow called somebody outside before its transaction was over."""


def refuse_in_transaction() -> None:
    """Raise unless all transactions are over. The one that wraps a test does not count."""
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise CalledInTransaction("Owe it as a row, and do it after the commit.")
