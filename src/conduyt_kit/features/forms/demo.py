"""Sample forms for `conduyt demo`."""

from typing import Any

from conduyt_kit.features.forms.inputs import FieldInput, SettingsInput
from conduyt_kit.features.forms.service import Forms
from conduyt_kit.features.forms.submissions import Submissions
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_CONTACT = (
    FieldInput(key="name", label="Full Name", type="text", required=True),
    FieldInput(key="email", label="Email", type="email", required=True),
    FieldInput(key="phone", label="Phone", type="phone"),
)
_MESSAGE = FieldInput(key="message", label="Message", type="textarea")
_SERVICE = FieldInput(
    key="service", label="Service Interested In", type="select", required=True, options=["CRM Setup", "Data Migration", "Training"]
)
_SUBMITTED = (
    {"name": "Nora Lindqvist", "email": "nora@lindqvist.example", "phone": "+46850012345", "service": "CRM Setup"},
    {"name": "Tom Adeyemi", "email": "tom@adeyemi.example", "service": "Training"},
    {"name": "Elena Vasquez", "email": "elena@vasquez.example", "phone": "+13055557788", "service": "Data Migration"},
)


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Create a contact form, and a form for consultations with three submissions; leaves them in ``shared["forms"]``."""
    website = unit[Forms].create(name="Website Contact Form", description="Main form on the homepage", fields=[*_CONTACT, _MESSAGE])
    consultation = unit[Forms].create(
        name="Free Consultation Request",
        description="Tell us what you need; we call you back.",
        fields=[*_CONTACT, _SERVICE],
        settings=SettingsInput(auto_tag="consultation-request"),
    )
    for data in _SUBMITTED:
        unit[Submissions].submit(consultation, data)
    shared["forms"] = [website, consultation]
