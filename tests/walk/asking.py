"""What a request to each address names: built from the address itself, and filled with ids.

An id is written as "{member}" and filled from ``Business.ids``: with our own it is a request that
works, with the bakery's the same request is a trespass.
"""

import re
from collections.abc import Mapping
from typing import Any

from loyalty.routes import Route

# What stands behind a word of an address.
BEHIND = {
    "p": "slug", "dashboard": "slug", "members": "member", "counter": "member",
    "purchases": "purchase", "sold": "purchase", "refunds": "refund", "rules": "rule",
    "rewards": "reward", "reward": "reward", "tiers": "tier", "shops": "location", "team": "staff",
    "keys": "key", "proposals": "proposal", "redemptions": "redemption", "given": "redemption",
    "vouchers": "redemption", "entries": "number", "wallets": "wallet", "figures": "figure",
    "settings": "section", "join": "token", "hooks": "hook", "unsubscribe": "leave_token",
    "design": "colour", "devices": "device", "part": "merge", "templates": "template",
    "campaigns": "campaign", "told": "arrival",
    "referrals": "referral", "invited": "invite_code",
    "surveys": "survey", "asked": "asking", "calls": "call", "contributions": "contribution",
    "pictures": "picture",
    "challenges": "challenge", "wheels": "wheel", "followups": "followup",
    "contests": "contest", "picture": "language",
    "badges": "badge", "take": "badge_holder",
    "codes": "codes", "c": "product_code",
    "segments": "segment", "off": "listed", "days": "own_days", "replays": "replay",
    "plans": "plan",
    "activities": "activity", "earn": "activity",
}  # fmt: skip
# Where the word means something else, by the name of the address.
MEANT = {
    "dashboard:team_return": {"public_id": "gone"},
    "dashboard:team_revoke": {"public_id": "invitation"},
    "dashboard:reward_codes": {"public_id": "pool"},
    "dashboard:activity_restore": {"public_id": "archived_activity"},
    "dashboard:reward_restore": {"public_id": "archived_reward"},
    "dashboard:member_remember": {"public_id": "left_member"},
    "dashboard:campaign_schedule": {"public_id": "draft"},
    "dashboard:segment_restore": {"public_id": "archived_segment"},
    "dashboard:segment_upload": {"public_id": "list"},
    "dashboard:segment_take_off": {"public_id": "list"},
    "dashboard:campaign_tried": {"public_id": "draft"},
    "dashboard:campaign_tried_cancel": {"public_id": "archived_campaign", "replay": "open_replay"},
    "dashboard:campaign_tried_csv": {"public_id": "draft"},
    "api:v1:replay": {"id": "draft"},
    "dashboard:badge_restore": {"public_id": "archived_badge"},
    "dashboard:campaign_restore": {"public_id": "archived_campaign"},
    "dashboard:referral_reopen": {"public_id": "refused_referral"},
    "api:v1:own_referrals": {"id": "newcomer"},
    "dashboard:contest_promise": {"public_id": "draft_contest"},
    "dashboard:contest_edit": {"public_id": "draft_contest"},
    "dashboard:contest_restore": {"public_id": "archived_contest"},
    "dashboard:contest_entries": {"public_id": "poll"},
    "dashboard:contest_decide": {"public_id": "poll", "entry": "contest_entry"},
    "dashboard:contest_mark": {"public_id": "jury", "entry": "jury_entry"},
    "dashboard:contest_entry_picture": {"public_id": "poll", "entry": "contest_entry"},
    "portal:contest_enter": {"public_id": "drawing"},
    "api:v1:contest_entries": {"id": "drawing"},
    "portal:contest_withdraw": {"public_id": "jury"},
    "portal:contest_vote": {"public_id": "poll", "entry": "contest_entry"},
    "portal:contest_entry_picture": {"public_id": "poll", "entry": "contest_entry"},
    "portal:contest_rows": {"public_id": "final_contest"},
    "dashboard:rule_restore": {"public_id": "archived_rule"},
    "dashboard:survey_restore": {"public_id": "archived_survey"},
    "dashboard:call_restore": {"public_id": "archived_call"},
    "dashboard:contribution_undo": {"public_id": "decided"},
    "dashboard:rule_move": {"public_id": "second_rule"},
    "mfa_remove_webauthn": {"pk": "passkey"},
    "mfa_edit_webauthn": {"pk": "passkey"},
}
# Addresses that are patterns, not paths.
WRITTEN = {
    "api:v1:nothing": "api/v1/nothing",
    "account_reset_password_from_key": "accounts/password/reset/key/1-{token}/",
}
CONVERTER = re.compile(r"(?:(?P<word>[\w-]+)/)?<\w+:(?P<name>\w+)>")

# What forms do not come filled with, and what is posted where no page shows a form.
BODIES: Mapping[str, dict[str, Any]] = {
    "dashboard:start": {"business": "New", "name_en": "New"},
    "dashboard:another": {"name_en": "New"},
    "dashboard:join": {"name": "Nok", "password": "sabai-sabai-2026"},
    "dashboard:counter": {"what": "{card}"},
    "dashboard:counter_shop": {"shop": "{location}"},
    "dashboard:counter_new": {"name": "Nok", "phone": "081 555 1234"},
    "dashboard:counter_member": {"amount": "45"},
    "dashboard:counter_quote": {"once": "{once}", "amount": "45"},
    "dashboard:counter_reward": {"how": "now"},
    "dashboard:member_new": {"name": "Nok", "phone": "081 555 1234"},
    "dashboard:member_adjust": {"points": "5", "reason": "Sorry"},
    "dashboard:member_gift": {"reward": "{reward}", "reason": "Sorry"},
    "dashboard:member_edit": {"name": "Nok"},
    "dashboard:member_state": {"reason": "Lost"},
    "dashboard:member_forget": {"why": "letter", "when": "later"},
    "dashboard:member_merge": {"reason": "One person"},
    "dashboard:member_part": {"reason": "Two people"},
    "dashboard:member_note": {"note": "Likes tea"},
    "dashboard:member_undo": {"reason": "Wrong"},
    "dashboard:purchase_new": {"whose": "{card}", "amount": "45", "reference": "r-1"},
    "dashboard:purchase_quote": {"whose": "{card}", "amount": "45", "once": "{once}"},
    "dashboard:purchase_refund": {"way": "all", "once": "{once}"},
    "dashboard:voucher_use": {"code": "{code}"},
    "dashboard:vouchers": {"code": "{code}"},
    "dashboard:letter_again": {"letter": "{letter}"},
    "dashboard:campaign_new": {"name_en": "New", "effect": "times", "effect-times-percent": "2",
                               "wallet": "points", "trigger": "purchase", "priority": "0",
                               "stacking": "multiply", "starts_at": "2030-06-01T00:00",
                               "ends_at": "2030-06-02T00:00", "act": "save"},
    "dashboard:campaign_edit": {"name_en": "Renamed", "act": "save"},
    "dashboard:campaign_replay": {"once": "{once}", "first": "2026-05-01", "last": "2026-05-31"},
    "api:v1:replays": {"first_day": "2026-05-01", "last_day": "2026-05-31"},
    "dashboard:campaign_try": {"name_en": "New", "once": "{once}", "effect": "times",
                               "effect-times-percent": "2", "wallet": "points",
                               "trigger": "purchase", "basket-amount": "45"},
    "dashboard:segment_new": {"name_en": "New", "kind": "live", "condition": "0:joined",
                              "c0-when": "within", "c0-days": "30", "act": "save"},
    "dashboard:segment_edit": {"name_en": "Renamed", "act": "save"},
    "dashboard:segment_count": {"name_en": "New", "kind": "live", "condition": "0:joined",
                                "c0-when": "within", "c0-days": "30", "once": "{once}"},
    "dashboard:segment_upload": {"pasted": "{card}"},
    "portal:day_choose": {"on": "2030-06-01"},
    "portal:day_give_up": {"on": "2030-06-02"},
    "api:v1:member_days": {"campaign": "{own_days}", "on": "2030-06-01"},
    "api:v1:member_days_give_up": {"campaign": "{own_days}", "on": "2030-06-01"},
    "portal:enter_code": {"code": "{join_code}"},
    "api:v1:member_segments": {"code": "{join_code}"},
    "dashboard:badge_new": {"name_en": "New"},
    "dashboard:badge_edit": {"name_en": "Renamed"},
    "dashboard:plan_new": {"event": "win_back", "days": "30", "is_active": "on"},
    "dashboard:plan": {"days": "40", "event": "win_back"},
    "dashboard:plan_try": {"language": "en"},
    "dashboard:activity_new": {"name_en": "New", "kind": "share", "proof": "word", "points": "5",
                               "wallet": "points", "period": "ever"},
    "dashboard:activity": {"name_en": "Renamed"},
    "dashboard:code_new": {"name_en": "New", "kind": "single", "count": "3", "gives": "points",
                           "points": "5"},
    "dashboard:code_void_one": {"code": "{product_code}"},
    "dashboard:challenge_new": {"name_en": "New", "starts_at": "2030-06-01T00:00", "kind": "steps",
                                "step": "0", "s0-trigger": "purchase", "s0-times": "3",
                                "prize-kind": "points", "prize-points": "5", "act": "save"},
    "dashboard:challenge_edit": {"name_en": "Renamed", "act": "save"},
    "dashboard:challenge_act": {"act": "pause"},
    "dashboard:wheel_new": {"name_en": "New", "starts_at": "2030-06-01T00:00", "free_daily": "on",
                            "segment": ["0", "1"], "s0-name_en": "Five", "s0-share": "10",
                            "p0-kind": "points", "p0-points": "5", "s1-name_en": "Nothing",
                            "s1-share": "90", "s1-is_consolation": "on", "p1-kind": "",
                            "act": "save"},
    "dashboard:wheel_edit": {"name_en": "Renamed", "act": "save"},
    "dashboard:wheel_act": {"act": "pause"},
    "dashboard:followup_new": {"name_en": "New", "starts_at": "2030-06-01T00:00",
                               "of": "product", "count": "units", "every": "4",
                               "reward": "{reward}", "on": "same", "act": "save"},
    "dashboard:followup_edit": {"name_en": "Renamed", "act": "save"},
    "dashboard:followup_act": {"act": "pause"},
    "dashboard:contest_new": {"name_en": "New", "measure": "spend",
                              "time_zone": "Asia/Bangkok", "starts_at": "2030-06-01T00:00",
                              "ends_at": "2030-06-02T00:00", "freezes_at": "2030-06-09T00:00",
                              "prize-0-first": "1", "prize-0-last": "1", "prize-0-points": "50",
                              "prize-0-wallet": "points"},
    "dashboard:contest_edit": {"name_en": "Renamed"},
    "dashboard:contest_extend": {"freezes_at": "2026-06-10T12:00"},
    "dashboard:contest_set_picture": {"remove": "yes"},
    "dashboard:contest_decide": {"act": "reject", "reason": "Not ours"},
    "dashboard:contest_mark": {"points": "7"},
    "portal:contest_enter": {"once": "{once}", "link": "https://example.org/me"},
    "portal:contest_name": {"shown": "yes"},
    "api:v1:contest_entries": {"member": "{member}", "link": "https://example.org/me"},
    "dashboard:rule_new": {"name_en": "New", "effect-per_spend-points": "1",
                           "effect-per_spend-per_minor": "25"},
    "dashboard:rule_try": {"name_en": "New", "once": "{once}", "trigger": "purchase",
                           "wallet": "points", "effect-kind": "per_spend",
                           "effect-per_spend-points": "1", "effect-per_spend-per_minor": "25",
                           "basket-amount": "45"},
    "dashboard:rule": {"name_en": "Renamed"},
    "dashboard:survey_new": {"name_en": "New", "questions": "1", "questions-0-key": "q1",
                             "questions-0-kind": "nps", "act": "save"},
    "dashboard:survey_edit": {"name_en": "Renamed", "act": "save"},
    "dashboard:survey_state": {"to": "paused"},
    "dashboard:call_new": {"name_en": "New", "act": "save"},
    "dashboard:call": {"name_en": "Renamed", "act": "save"},
    "dashboard:call_switch": {"open": "no"},
    "dashboard:contribution_reject": {"reason": "Not this time"},
    "dashboard:reward": {"name_en": "Renamed"},
    "dashboard:tier": {"name_en": "Renamed"},
    "dashboard:location": {"name_en": "Renamed"},
    "dashboard:wallet": {"unit_one_en": "crown"},
    "dashboard:tier_policy": {"grace_days": "7"},
    "dashboard:settings": {"name_en": "Renamed"},
    "dashboard:settings_section": {"pending_days": "3"},
    "dashboard:program_file": {"text": "taem: 1\nprogram:\n  pending_days: 5\n", "act": "apply"},
    "dashboard:team_safety": {"idle_minutes": "60"},
    "dashboard:job_again": {"job": "{job}"},
    "dashboard:rule_switch": {"active": "no"},
    "dashboard:rule_move": {"to": "up"},
    "dashboard:wallet_new": {"code": "hearts", "unit_one_en": "heart", "unit_many_en": "hearts"},
    "dashboard:reward_new": {"name_en": "Cake", "price": "10"},
    "dashboard:reward_switch": {"active": "no"},
    "dashboard:reward_codes": {"pasted": "AAAA1111\nBBBB2222"},
    "dashboard:tier_new": {"name_en": "Ruby", "threshold": "900"},
    "dashboard:location_new": {"code": "rama9", "name_en": "Rama 9"},
    "dashboard:team_invite": {"email": "nok@example.org", "role": "cashier",
                              "location": "{location}"},
    "dashboard:team_person": {"role": "analyst", "location": "{location}"},
    "dashboard:key_new": {"name": "Till", "scopes": ["members:read"]},
    "dashboard:hook_new": {"name": "Shop", "dialect": "shopify"},
    "dashboard:hook_secret": {"secret": "a secret that is long enough"},
    "dashboard:referral_refuse": {"reason": "One person"},
    "dashboard:referral_terms": {"within_days": "60"},
    "portal:friend_code": {"code": "{invite_code}"},
    "portal:reward": {"key": "{once}"},
    "portal:pay": {"key": "{once}", "amount": "5"},
    "portal:way": {"handle": "mia"},
    "portal:codes": {"code": "{product_code}"},
    "portal:wheel": {"key": "{once}", "word": "sabai"},
    "portal:profile": {"name": "Nok"},
    "portal:survey": {"a-q1": "9"},
    "portal:asked": {"a-q1": "9"},
    "portal:call": {"key": "{once}", "a-q1": "Let me"},
    "portal:contribution": {"a-q1": "Let me, please"},
    "set_language": {"language": "th", "next": "/p/{slug}/"},
    "set_theme": {"theme": "dark", "next": "/p/{slug}/"},
    "api:v1:members": {"name": "Nok", "email": "nok@example.org"},
    "api:v1:member": {"name": "Nok"},
    "api:v1:purchases": {"member": "{member}", "total": "59.90", "source": "pos",
                         "reference": "n-1", "made_at": "2026-06-02T12:00:00+07:00",
                         "location": "{shop}"},
    "api:v1:purchase_batch": {"purchases": [
        {"member": "{member}", "total": "59.90", "source": "pos", "reference": "n-2",
         "made_at": "2026-06-02T12:00:00+07:00"}]},
    "api:v1:refunds": {"purchase": "{purchase}", "amount": "5.00", "source": "pos",
                       "reference": "b-1", "made_at": "2026-06-02T12:00:00+07:00"},
    "api:v1:refund_batch": {"refunds": [
        {"purchase": "{purchase}", "amount": "5.00", "source": "pos", "reference": "b-2",
         "made_at": "2026-06-02T12:00:00+07:00"}]},
    "api:v1:activities": {"member": "{member}", "kind": "review", "source": "app",
                          "reference": "a-1", "occurred_at": "2026-06-02T12:00:00+07:00"},
    "api:v1:activity_batch": {"activities": [
        {"member": "{member}", "kind": "review", "source": "app", "reference": "a-2",
         "occurred_at": "2026-06-02T12:00:00+07:00"}]},
    "api:v1:codes": {"member": "{member}", "code": "{product_code}"},
    "api:v1:survey_answers": {"member": "{member}", "answers": {"q1": 9}},
    "api:v1:contributions": {"call": "{call}", "member": "{member}", "reference": "c-1",
                             "answers": {"q1": "Let me"}},
    "api:v1:contribution_decision": {"decision": "approve"},
    "api:v1:quotes": {"member": "{member}", "lines": [{"amount": "40.00"}]},
    "api:v1:own_referrals": {"code": "{invite_code}"},
    "api:v1:referral_release": {"reason": "Two sisters"},
    "api:v1:referral_refuse": {"reason": "One person"},
    "api:v1:redemptions": {"member": "{member}", "reward": "{reward}"},
    "api:v1:spins": {"member": "{member}", "wheel": "{wheel}"},
    "api:v1:redemption_cancel": {"reason": "Mistake"},
    "api:v1:payments": {"member": "{member}", "amount": "5.00"},
    "api:v1:voucher_check": {"code": "{code}"},
    "api:v1:voucher_use": {"code": "{code}"},
    "api:v1:voucher_cancel": {"code": "{code}"},
    "api:v1:program_file": {"file": "taem: 1\nprogram:\n  pending_days: 6\n", "apply": True},
    "api:v1:adjustments": {"member": "{member}", "wallet": "points", "points": 5,
                           "reason": "Sorry"},
}  # fmt: skip
# Asked of every address: what a curious person would add to it.
CURIOUS = {
    "program": "{slug}", "merchant": "{slug}", "slug": "{slug}", "id": "{member}",
    "member": "{member}", "member_id": "{member}", "phone": "+66817007707", "q": "081 700 7707",
    "card_code": "{card}", "who": "{staff}", "reward": "{reward}", "location": "{location}",
    "shop": "{location}", "wallet": "{wallet}", "before": "{sealed}", "next": "/p/{slug}/",
    "with": "{other_member}", "redemption": "{redemption}", "purchase": "{purchase}",
}  # fmt: skip

# What a page of ours asks for in its address.
PARAMETERS = {"dashboard:member_merge": {"other": "{other_member}"}}
# What the API's lists may be narrowed by.
QUERIES = {
    "api:v1:members": {"phone": "+66817007707", "card_code": "{card}"},
    "api:v1:purchases": {"member": "{member}"},
    "api:v1:redemptions": {"member": "{member}"},
    "api:v1:entries": {"wallet": "{wallet}"},
}


# Words in an address that stand for a page of a program, not for a row of somebody's.
KINDS_OF_PAGE = {"slug", "figure", "section", "colour", "template"}


def path_of(route: Route, ids: Mapping[str, str], slug: str = "") -> str:
    """The address with these ids in it, and perhaps in another program."""
    if written := WRITTEN.get(route.name):
        return "/" + written.format_map(ids)

    def fill(found: re.Match[str]) -> str:
        word, thing = found["word"], _thing(route, found)
        filled = slug if slug and thing == "slug" else ids[thing]
        return f"{word}/{filled}" if word else filled

    return "/" + CONVERTER.sub(fill, route.address)


def things_in(route: Route) -> set[str]:
    """What an address names: {"slug", "member", "number"}."""
    return {_thing(route, found) for found in CONVERTER.finditer(route.address)}


def _thing(route: Route, found: re.Match[str]) -> str:
    thing = MEANT.get(route.name, {}).get(found["name"]) or BEHIND.get(found["word"] or "")
    assert thing, f"Say in tests/walk/asking.py what fills <{found['name']}> of {route.address}."
    return thing


def filled(told: Any, ids: Mapping[str, str]) -> Any:
    """A body with ids in it."""
    if isinstance(told, dict):
        return {name: filled(value, ids) for name, value in told.items()}
    if isinstance(told, list):
        return [filled(value, ids) for value in told]
    return told.format_map(ids) if isinstance(told, str) else told


def swapped(told: Mapping[str, Any], ours: Mapping[str, str], theirs: Mapping[str, str]) -> Any:
    """A form as our own page filled it, with their ids in the place of ours."""
    instead = {ours[name]: theirs[name] for name in ours.keys() & theirs.keys()}

    def swap(value: Any) -> Any:
        if isinstance(value, list):
            return [swap(inner) for inner in value]
        return instead.get(value, value)

    return {name: swap(value) for name, value in told.items()}
