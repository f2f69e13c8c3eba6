"""Automated series of e-mails to contacts who were enrolled."""

from conduyt_kit.features.email_sequences.enrolling import Enrollments
from conduyt_kit.features.email_sequences.entities import ENROLLMENT, SEQUENCE, SEQUENCE_EMAIL, Enrollment, Sequence, SequenceEmail
from conduyt_kit.features.email_sequences.service import Sequences

__all__ = [
    "ENROLLMENT",
    "SEQUENCE",
    "SEQUENCE_EMAIL",
    "Enrollment",
    "Enrollments",
    "Sequence",
    "SequenceEmail",
    "Sequences",
]
