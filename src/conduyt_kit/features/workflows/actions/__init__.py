"""The action types of the kit's own; each module is one."""

from conduyt_kit.features.workflows.actions.assign_contact import ASSIGN_CONTACT
from conduyt_kit.features.workflows.actions.create_task import CREATE_TASK
from conduyt_kit.features.workflows.actions.send_email import SEND_EMAIL
from conduyt_kit.features.workflows.actions.send_webhook import SEND_WEBHOOK
from conduyt_kit.features.workflows.actions.update_field import UPDATE_FIELD

OWN_ACTIONS = (ASSIGN_CONTACT, CREATE_TASK, UPDATE_FIELD, SEND_EMAIL, SEND_WEBHOOK)

__all__ = ["OWN_ACTIONS"]
