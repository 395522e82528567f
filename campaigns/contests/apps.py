from django.apps import AppConfig


class ContestsConfig(AppConfig):
    name = "campaigns.contests"
    label = "contests"
