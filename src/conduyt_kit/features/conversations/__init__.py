"""Conversations: one thread per contact, over all channels."""

from conduyt_kit.features.conversations.entities import CONVERSATION, Conversation
from conduyt_kit.features.conversations.service import Conversations

__all__ = ["CONVERSATION", "Conversation", "Conversations"]
