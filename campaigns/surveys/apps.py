from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "campaigns.surveys"
    label = "surveys"
