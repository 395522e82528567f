from django.apps import AppConfig


class WheelConfig(AppConfig):
    name = "campaigns.wheel"
    label = "wheel"
