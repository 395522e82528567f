from django.apps import AppConfig


class ReplaysConfig(AppConfig):
    """Campaigns tried on the past."""

    name = "campaigns.replays"
    label = "replays"
