"""Everything users offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.users.demo import fill
from conduyt_kit.features.users.endpoints import ENDPOINTS
from conduyt_kit.features.users.entities import USER
from conduyt_kit.features.users.events import UserInvited, UserRemoved
from conduyt_kit.features.users.invitations import INVITATION_JOB
from conduyt_kit.features.users.one_time_tokens import ONE_TIME_TOKEN, OneTimeTokens
from conduyt_kit.features.users.seats import USER_SETTINGS
from conduyt_kit.features.users.service import Users

USERS = FeatureSpec(
    name="users",
    description="The people of a workspace, their roles and invitations",
    requires=("workspaces",),
    entities=(USER, ONE_TIME_TOKEN),
    services=(Users, OneTimeTokens),
    endpoints=ENDPOINTS,
    events=(UserInvited, UserRemoved),
    jobs=(INVITATION_JOB,),
    settings=(USER_SETTINGS,),
    demo=DemoSpec(fill=fill),
)
