"""The CRM itself: one folder per capability, each with the same anatomy. Read a folder's `feature.py` first."""
