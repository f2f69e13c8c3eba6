"""Everything e-mail templates offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.email_templates.demo import fill
from conduyt_kit.features.email_templates.endpoints import ENDPOINTS
from conduyt_kit.features.email_templates.entities import EMAIL_TEMPLATE
from conduyt_kit.features.email_templates.service import EmailTemplates

EMAIL_TEMPLATES = FeatureSpec(
    name="email_templates",
    description="Reusable e-mails with merge fields",
    requires=("workspaces", "custom_fields"),
    entities=(EMAIL_TEMPLATE,),
    services=(EmailTemplates,),
    endpoints=ENDPOINTS,
    demo=DemoSpec(fill=fill),
)
