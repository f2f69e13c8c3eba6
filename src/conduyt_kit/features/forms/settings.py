"""How much of one form is taken, and how much mail one form sends."""

import attrs

from conduyt_kit.kernel.settings import SettingsSpec, rate, setting


@attrs.frozen(kw_only=True)
class FormsSettings:
    """Limits per form, beside those per client address."""

    submission_limit: str = attrs.field(default="300/minute", validator=rate, metadata=setting("Submissions per form; off for none."))
    mail_limit: str = attrs.field(
        default="30/hour",
        validator=rate,
        metadata=setting("Submissions per form that are mailed; those beyond it are kept, without a mail. off for none."),
    )


FORMS_SETTINGS = SettingsSpec(name="forms", cls=FormsSettings, description="Limits of public forms.")
