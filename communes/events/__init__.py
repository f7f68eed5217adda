"""Boundary events (sắp xếp đơn vị hành chính): chosen, built into rows, sent, approved, undone."""

from communes.events.building import Built, build
from communes.events.choosing import Choice, Successor
from communes.events.steps import (
    EventRefused,
    approve,
    delete,
    hanging,
    is_current,
    plan,
    refusal_to_approve,
    refusal_to_edit,
    refusal_to_undo,
    refusal_to_withdraw,
    return_to_maker,
    save,
    submit,
    undo,
    withdraw,
)

__all__ = [
    "Built",
    "Choice",
    "EventRefused",
    "Successor",
    "approve",
    "build",
    "delete",
    "hanging",
    "is_current",
    "plan",
    "refusal_to_approve",
    "refusal_to_edit",
    "refusal_to_undo",
    "refusal_to_withdraw",
    "return_to_maker",
    "save",
    "submit",
    "undo",
    "withdraw",
]
