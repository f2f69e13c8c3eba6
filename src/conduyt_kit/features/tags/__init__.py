"""Tags: names and colors for segmenting contacts."""

from conduyt_kit.features.tags.entities import TAG, Tag
from conduyt_kit.features.tags.inputs import TagNames
from conduyt_kit.features.tags.service import Tags

__all__ = ["TAG", "Tag", "TagNames", "Tags"]
