"""Settings of workflows."""

import datetime as dt

import attrs

from conduyt_kit.kernel.settings import SettingsSpec, setting


@attrs.frozen(kw_only=True)
class WorkflowSettings:
    """Limits of workflow runs."""

    longest_chain: int = attrs.field(
        default=10,
        validator=attrs.validators.ge(1),
        metadata=setting("How many events may lead to one another through workflows; a run that would follow on more is stopped."),
    )
    most_runs_per_event: int = attrs.field(
        default=1000,
        validator=attrs.validators.ge(1),
        metadata=setting("How many runs one event may cause by way of further events; those beyond are stopped."),
    )
    keep_runs: dt.timedelta = attrs.field(default=dt.timedelta(days=90), metadata=setting("How long finished runs are kept, in seconds."))


WORKFLOW_SETTINGS = SettingsSpec(name="workflows", cls=WorkflowSettings, description="Limits of workflow runs.")
