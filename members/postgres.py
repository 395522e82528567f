"""What PostgreSQL can do for tiers, and Django cannot say.

Without it all is as true, and slower. It is put in place after every migration, and found there by
the next.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

DAYS = "members_qualifyingday"
# SUM of bigints is numeric: a million of them take twice the memory and half as much time again.
# This one is as exact; a sum that is no bigint any more is an error.
_SUM = """
CREATE OR REPLACE AGGREGATE taem_sum(bigint) (
    SFUNC = int8pl, STYPE = bigint, COMBINEFUNC = int8pl, PARALLEL = SAFE
)
"""
_KEY = """
SELECT conname, indnatts > indnkeyatts FROM pg_constraint
JOIN pg_index ON indexrelid = conindid
WHERE conrelid = to_regclass(%s) AND contype = 'p'
"""
_COVER = f"""
ALTER TABLE {DAYS} DROP CONSTRAINT {{name}},
ADD CONSTRAINT {{name}} PRIMARY KEY (account_id, "on") INCLUDE (spend_minor, points, purchases)
"""


def install(connection: BaseDatabaseWrapper) -> None:
    """The sum, and the key of the qualifying days with their figures in it."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(_SUM)
        cursor.execute(_KEY, [DAYS])
        found = cursor.fetchone()
        if found and not found[1]:
            cursor.execute(_COVER.format(name=connection.ops.quote_name(found[0])))
