from django.apps import AppConfig


class ChallengesConfig(AppConfig):
    name = "campaigns.challenges"
    label = "challenges"
