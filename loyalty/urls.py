"""Every address of the project. Each door lists its own."""

from django.urls import include, path

from loyalty.api.hooks import receive
from loyalty.appearance import set_theme
from loyalty.dashboard.design import design, design_brand
from loyalty.health import healthz, readyz
from loyalty.portal.brand import brand_css
from loyalty.portal.unsubscribe import unsubscribe

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("api/", include("loyalty.api.urls")),
    path("accounts/", include("loyalty.portal.account_urls")),
    path("accounts/", include("loyalty.portal.account_changes")),
    path("accounts/", include("allauth.urls")),
    path("hooks/<slug:public_id>/", receive, name="hook"),
    path("dashboard/", include("loyalty.dashboard.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("theme/", set_theme, name="set_theme"),
    path("p/<slug:slug>/brand.css", brand_css, name="brand_css"),
    path("p/<slug:slug>/unsubscribe/<str:token>/", unsubscribe, name="unsubscribe"),
    path("design/", design, name="design"),
    path("design/<str:colour>.css", design_brand, name="design_brand"),
    path("", include("loyalty.portal.urls")),
]

handler400 = "loyalty.overload.not_understood"
handler429 = "loyalty.slower.slower"
handler500 = "loyalty.overload.broken"
