"""Everything workflows offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec, ProviderSpec
from conduyt_kit.features.workflows.actions import OWN_ACTIONS
from conduyt_kit.features.workflows.demo import fill
from conduyt_kit.features.workflows.endpoints import RUN_ENDPOINTS, WORKFLOW_ENDPOINTS
from conduyt_kit.features.workflows.entities import WORKFLOW, WORKFLOW_RUN, WORKFLOW_TURN
from conduyt_kit.features.workflows.job import PRUNE_SCHEDULE, PRUNE_SPEC, RUN_SPEC
from conduyt_kit.features.workflows.registry import ACTIONS, registry_of
from conduyt_kit.features.workflows.runs import WorkflowRuns
from conduyt_kit.features.workflows.service import Workflows
from conduyt_kit.features.workflows.settings import WORKFLOW_SETTINGS
from conduyt_kit.features.workflows.starting import RunStarter
from conduyt_kit.features.workflows.triggers import LISTENING
from conduyt_kit.features.workflows.turns import Turns

WORKFLOWS = FeatureSpec(
    name="workflows",
    description="Actions that follow on events, with a record of every run",
    requires=("users", "teams", "contacts", "companies", "deals", "tasks", "email_templates", "messages"),
    entities=(WORKFLOW, WORKFLOW_RUN, WORKFLOW_TURN),
    services=(Workflows, WorkflowRuns, RunStarter, Turns),
    endpoints=(*WORKFLOW_ENDPOINTS, *RUN_ENDPOINTS),
    subscriptions=(LISTENING.subscription,),
    jobs=(RUN_SPEC, LISTENING.job, PRUNE_SPEC),
    schedules=(PRUNE_SCHEDULE,),
    settings=(WORKFLOW_SETTINGS,),
    providers=(ProviderSpec(port=ACTIONS, name="registered", make=registry_of, default=True), LISTENING.provider),
    actions=OWN_ACTIONS,
    demo=DemoSpec(fill=fill),
)
