from django.apps import AppConfig


class PlannedConfig(AppConfig):
    name = "campaigns.planned"
    label = "planned"
