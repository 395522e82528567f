"""Long tests of the promises in docs/trust.md, each run by hand: ``python -m bench.rig.NAME``.

A rig speaks to loopback only, starts the database and the processes that it needs, ends those and
no others, prints its seed, and exits with 1 when a promise is broken. That it would notice is shown
by its mutants: ``python -m bench.rig.mutants``.
"""
