"""Conduyt Kit: a pluggable framework for building CRM backends."""

from conduyt_kit.kernel.context import NOBODY, Actor, Scope
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.kit import Kit

__version__ = "0.1.0"

__all__ = ["NOBODY", "Actor", "Kit", "Scope", "UnitOfWork", "__version__"]
