"""Bulk operations: one change to many records, as a durable job."""

from conduyt_kit.features.bulk.entities import BULK_JOB, BulkJob
from conduyt_kit.features.bulk.service import BulkJobs

__all__ = ["BULK_JOB", "BulkJob", "BulkJobs"]
