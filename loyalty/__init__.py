"""Taem, a self-hosted loyalty platform: the project, the engine and the doors."""

from loyalty.celery import app as celery_app

__all__ = ["celery_app"]
