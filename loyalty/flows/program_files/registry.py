"""Every part of a program file, in the order in which they are read: what is named comes first."""

from collections.abc import Sequence

from loyalty.flows.program_files.nouns.activities import Activities
from loyalty.flows.program_files.nouns.badges import Badges
from loyalty.flows.program_files.nouns.base import Noun, Single
from loyalty.flows.program_files.nouns.calls import Calls
from loyalty.flows.program_files.nouns.campaigns import Campaigns
from loyalty.flows.program_files.nouns.challenges import Challenges
from loyalty.flows.program_files.nouns.codes import Codes
from loyalty.flows.program_files.nouns.contests import Contests
from loyalty.flows.program_files.nouns.followups import FollowUps
from loyalty.flows.program_files.nouns.letters import Letters
from loyalty.flows.program_files.nouns.locations import Locations
from loyalty.flows.program_files.nouns.referrals import Referrals
from loyalty.flows.program_files.nouns.rewards import Rewards
from loyalty.flows.program_files.nouns.rules import Rules
from loyalty.flows.program_files.nouns.segments import Segments
from loyalty.flows.program_files.nouns.settings import Settings
from loyalty.flows.program_files.nouns.surveys import Surveys
from loyalty.flows.program_files.nouns.tiers import Policy, Tiers
from loyalty.flows.program_files.nouns.wallets import Wallets
from loyalty.flows.program_files.nouns.wheels import Wheels

PARTS: Sequence[Single | Noun] = (
    Settings(), Locations(), Wallets(), Policy(), Tiers(), Badges(), Segments(), Rewards(),
    Rules(), Campaigns(), Activities(), Codes(), Challenges(), Wheels(), FollowUps(), Referrals(),
    Contests(), Surveys(), Calls(), Letters(),
)  # fmt: skip
NOUNS: Sequence[Noun] = [part for part in PARTS if isinstance(part, Noun)]
FORMAT = 1
