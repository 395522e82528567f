"""The project as a Django app: its commands, its template tags and its system checks."""

from django.apps import AppConfig

from loyalty import checks

__all__ = ["LoyaltyConfig", "checks"]  # Importing the checks registers them.


class LoyaltyConfig(AppConfig):
    name = "loyalty"
    verbose_name = "Taem"
