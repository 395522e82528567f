"""Addresses of one's own account that are ours; allauth's stand beside them in loyalty.urls."""

from django.urls import path

from loyalty.portal import confirming, devices

urlpatterns = [
    path("reauthenticate/code/", confirming.by_code, name="account_reauthenticate_code"),
    path("devices/", devices.devices, name="account_devices"),
    path("devices/end-others/", devices.end_others, name="account_devices_end_others"),
    path("devices/<str:public_id>/end/", devices.end, name="account_device_end"),
]
