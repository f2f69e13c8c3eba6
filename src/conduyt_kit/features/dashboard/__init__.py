"""The dashboard: a workspace in numbers."""

from conduyt_kit.features.dashboard.figures import Dashboard
from conduyt_kit.features.dashboard.periods import Period, Span, span_of

__all__ = ["Dashboard", "Period", "Span", "span_of"]
