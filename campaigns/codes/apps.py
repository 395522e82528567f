from django.apps import AppConfig


class CodesConfig(AppConfig):
    name = "campaigns.codes"
    label = "codes"
