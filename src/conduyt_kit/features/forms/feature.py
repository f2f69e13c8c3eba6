"""Everything forms offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.forms.demo import fill
from conduyt_kit.features.forms.endpoints import ENDPOINTS
from conduyt_kit.features.forms.entities import FORM, FORM_SUBMISSION
from conduyt_kit.features.forms.events import FormSubmitted
from conduyt_kit.features.forms.mails import NOTIFY_JOB
from conduyt_kit.features.forms.public_endpoints import PUBLIC_ENDPOINTS
from conduyt_kit.features.forms.service import Forms
from conduyt_kit.features.forms.settings import FORMS_SETTINGS
from conduyt_kit.features.forms.submissions import Submissions

FORMS = FeatureSpec(
    name="forms",
    description="Lead capture forms that anybody may submit",
    requires=("workspaces", "contacts", "custom_fields", "tags"),
    entities=(FORM, FORM_SUBMISSION),
    services=(Forms, Submissions),
    endpoints=(*ENDPOINTS, *PUBLIC_ENDPOINTS),
    events=(FormSubmitted,),
    jobs=(NOTIFY_JOB,),
    settings=(FORMS_SETTINGS,),
    demo=DemoSpec(fill=fill),
)
