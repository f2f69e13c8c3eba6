"""Importing contacts from JSON arrays and CSV files (R20 to R24, A23, X8)."""

from conduyt_kit.features.contacts.importing.batches import Outcome, write_batch
from conduyt_kit.features.contacts.importing.rows import ImportOptions, Row, RowError
from conduyt_kit.features.contacts.importing.streaming import import_csv, import_rows

__all__ = ["ImportOptions", "Outcome", "Row", "RowError", "import_csv", "import_rows", "write_batch"]
