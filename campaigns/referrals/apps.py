from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "campaigns.referrals"
    label = "referrals"
