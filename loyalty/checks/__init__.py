"""What must hold before Taem starts. Each fault is a sentence and its remedy.

`manage.py run`, gunicorn, a worker apart and the migrate unit ask them all; docs/operate.md lists
them. Importing them registers them.
"""

from loyalty.checks import databases, doors, files, safety, workers

__all__ = ["databases", "doors", "files", "safety", "workers"]
