"""Activities: the audit trail of a workspace, and the timeline of a contact."""

from conduyt_kit.features.activities.service import Activities

__all__ = ["Activities"]
