"""Activities: the audit trail of a workspace, and the timeline of a contact."""
