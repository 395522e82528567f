from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "campaigns.activities"
    label = "activities"
