from django.apps import AppConfig


class ContributionsConfig(AppConfig):
    name = "campaigns.contributions"
    label = "contributions"
