"""Who may do what in which register: one table for the pages, the admin and the import.

As in `criteria.rules` each function answers with the reason for a refusal, or with "" when it is allowed. Whose rows
they are is another question: `visible_to` of each register.
"""

from typing import Any

from communes.models import Role
from criteria.models import RegisterKind

RECORDING_ROLES = (Role.DISTRICT, Role.PROVINCE, Role.ADMINISTRATOR)
# A commune officer proposes models of the own commune; the district or the province accepts them.
PROPOSING_ROLES = (Role.COMMUNE,)


def refusal_to_record(role: str, kind: str) -> str:
    """Say why this role writes nothing in this register."""
    if role in RECORDING_ROLES or (role in PROPOSING_ROLES and kind == RegisterKind.MODELS):
        return ""
    if role in PROPOSING_ROLES:
        return "sổ này do Công an huyện, Công an tỉnh ghi."
    return "lãnh đạo chỉ xem số liệu, không nhập."


def refusal_to_change(role: str, kind: str, row: Any) -> str:
    """Say why this role may not change or withdraw the row as it stands."""
    refused = refusal_to_record(role, kind)
    if refused:
        return refused
    if row.withdrawn_at:
        return "dòng này đã hủy. Ghi lại thành dòng mới nếu cần."
    if role in PROPOSING_ROLES and row.accepted_at:
        return "mô hình này đã được ghi nhận. Đề nghị Công an huyện, Công an tỉnh sửa."
    return ""


def refusal_to_accept(role: str, kind: str, row: Any) -> str:
    """Say why this role may not accept the proposed model."""
    if role not in RECORDING_ROLES:
        return "Công an huyện, Công an tỉnh ghi nhận mô hình do Công an xã đề xuất."
    if kind != RegisterKind.MODELS or row.withdrawn_at or row.accepted_at:
        return "dòng này không chờ ghi nhận."
    return ""
