"""Everything tasks offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.tasks.demo import fill
from conduyt_kit.features.tasks.endpoints import ENDPOINTS
from conduyt_kit.features.tasks.entities import TASK
from conduyt_kit.features.tasks.events import TaskCompleted
from conduyt_kit.features.tasks.service import Tasks

TASKS = FeatureSpec(
    name="tasks",
    description="Tasks for people, contacts and deals",
    entities=(TASK,),
    services=(Tasks,),
    endpoints=ENDPOINTS,
    events=(TaskCompleted,),
    demo=DemoSpec(fill=fill),
)
