from django.apps import AppConfig


class FollowupsConfig(AppConfig):
    name = "campaigns.followups"
    label = "followups"
