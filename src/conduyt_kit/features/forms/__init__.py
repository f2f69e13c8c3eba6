"""Forms: lead capture with fields of the workspace's own, submitted by anybody."""

from conduyt_kit.features.forms.entities import FORM, FORM_SUBMISSION, Form, FormField, FormSettings, FormSubmission
from conduyt_kit.features.forms.service import Forms
from conduyt_kit.features.forms.submissions import Submissions

__all__ = ["FORM", "FORM_SUBMISSION", "Form", "FormField", "FormSettings", "FormSubmission", "Forms", "Submissions"]
