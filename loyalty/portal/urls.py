"""Every address of the portal. ``page`` takes only views that say for whom they are."""

from loyalty.portal import (
    activity,
    card,
    codes,
    earning,
    enter_code,
    home,
    inviting,
    join,
    landing,
    paying,
    profile,
    program,
    rewards,
    vouchers,
)
from loyalty.portal.doors import page

app_name = "portal"

urlpatterns = [
    page("", landing.landing, "landing"),
    page("c/<str:code>", codes.link, "code"),
    page("p/<slug:slug>/codes/", codes.codes, "codes"),
    page("p/<slug:slug>/", program.program, "program"),
    page("p/<slug:slug>/join/", join.join, "join"),
    page("p/<slug:slug>/invited/<str:code>/", inviting.invited, "invited"),
    page("p/<slug:slug>/friends/", inviting.friends, "friends"),
    page("p/<slug:slug>/friends/code/", inviting.enter, "friend_code"),
    page("p/<slug:slug>/home/", home.home, "home"),
    page("p/<slug:slug>/activity/", activity.activity, "activity"),
    page("p/<slug:slug>/earn/", earning.earning, "earning"),
    page("p/<slug:slug>/earn/<str:public_id>/", earning.way, "way"),
    page("p/<slug:slug>/card/", card.card, "card"),
    page("p/<slug:slug>/enter/", enter_code.enter, "enter_code"),
    page("p/<slug:slug>/rewards/", rewards.rewards, "rewards"),
    page("p/<slug:slug>/rewards/<str:public_id>/", rewards.reward, "reward"),
    page("p/<slug:slug>/vouchers/", vouchers.vouchers, "vouchers"),
    page("p/<slug:slug>/vouchers/<str:public_id>/", vouchers.voucher, "voucher"),
    page("p/<slug:slug>/vouchers/<str:public_id>/cancel/", vouchers.cancel, "voucher_cancel"),
    page("p/<slug:slug>/pay/", paying.pay, "pay"),
    page("p/<slug:slug>/profile/", profile.profile, "profile"),
    page("p/<slug:slug>/profile/data/", profile.data, "data"),
    page("p/<slug:slug>/profile/leave/", profile.leave, "leave"),
    page("p/<slug:slug>/profile/erase/", profile.erase, "erase"),
]
