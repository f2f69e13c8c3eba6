"""Companies: the organisations that contacts belong to."""

from conduyt_kit.features.companies.entities import COMPANY, Company
from conduyt_kit.features.companies.service import Companies

__all__ = ["COMPANY", "Companies", "Company"]
