"""What each register holds: its model, the fields that a person fills, how rows are found and shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from communes.templatetags.vietnamese import day
from criteria.models import Recognition, RegisterKind, Registration, SecurityModel, YearlyTitle

Column = tuple[str, Callable[[Any], str]]
State = tuple[str, str]  # the word of the style sheet, and the words on the screen
STANDING, ENDED, WAITING, WITHDRAWN = "standing", "ended", "waiting", "withdrawn"


@dataclass(frozen=True)
class Register:
    """One of the registers.

    `key` finds the standing row that another one would repeat; `day_fields` decide which units it may name. `facet` is
    a field to choose rows by; `in_year` and `states` are conditions on the rows.
    """

    kind: RegisterKind
    model: Any
    lead: str
    fields: tuple[str, ...]
    key: tuple[str, ...]
    day_fields: tuple[str, ...]
    columns: tuple[Column, ...]
    state_of: Callable[[Any], State]
    in_year: Callable[[int], Q]
    states: dict[str, tuple[str, Q]]
    facet: str = ""
    related: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return str(self.kind.label)


def decision(row: Any) -> str:
    return f"{row.number} ngày {day(row.decided_on)}"


def state_of_award(row: Any) -> State:
    if row.withdrawn_at:
        return "missing", "Đã hủy dòng"
    if row.revoked_on:
        return "not-met", f"Thu hồi ngày {day(row.revoked_on)}, QĐ số {row.revoked_by_number}"
    return "met", "Còn hiệu lực"


def state_of_model(row: SecurityModel) -> State:
    if row.withdrawn_at:
        return "missing", "Đã hủy dòng"
    if row.ends_on:
        return "missing", f"Dừng từ hết ngày {day(row.ends_on)}"
    if not row.accepted_at:
        return "submitted", "Xã đề xuất, chờ ghi nhận"
    return ("met", "Đang hoạt động") if row.is_working else ("not-met", "Hoạt động không thường xuyên")


def state_of_registration(row: Registration) -> State:
    return ("missing", "Đã hủy dòng") if row.withdrawn_at else ("confirmed", "Đã đăng ký")


STANDS, WITHDRAWN_ONES = Q(withdrawn_at__isnull=True), ("Đã hủy dòng", Q(withdrawn_at__isnull=False))
AWARD_STATES = {
    STANDING: ("Còn hiệu lực", STANDS & Q(revoked_on__isnull=True)),
    ENDED: ("Đã thu hồi", STANDS & Q(revoked_on__isnull=False)),
    WITHDRAWN: WITHDRAWN_ONES,
}

TITLES = Register(
    RegisterKind.TITLES,
    YearlyTitle,
    "Theo Thông tư 124/2021/TT-BCA, xét từ ngày 16/11 năm trước đến hết ngày 15/11. Xã có danh hiệu là xã không phức "
    "tạp về an ninh, trật tự (Công văn 3371/BCA-V05). Danh hiệu đặt cạnh kết quả chỉ tiêu, không thay cho kết quả đó.",
    fields=("year", "number", "decided_on", "issuer", "revoked_on", "revoked_by_number"),
    key=("unit", "year"),
    day_fields=("year",),
    columns=(
        ("Năm", lambda row: str(row.year)),
        ("Quyết định", decision),
        ("Người, cơ quan ký", lambda row: row.issuer),
    ),
    state_of=state_of_award,
    in_year=lambda year: Q(year=year),
    states=AWARD_STATES,
)
RECOGNITIONS = Register(
    RegisterKind.RECOGNITIONS,
    Recognition,
    "Năm đăng ký, năm được công nhận và ngày của quyết định là ba mốc khác nhau. Công nhận là việc của hội đồng, người "
    "có thẩm quyền; đặt cạnh kết quả chỉ tiêu, không thay cho kết quả đó.",
    fields=(
        "criteria_set",
        "year_registered",
        "year_recognised",
        "number",
        "decided_on",
        "issuer",
        "revoked_on",
        "revoked_by_number",
    ),
    key=("unit", "criteria_set", "year_recognised"),
    day_fields=("criteria_set", "decided_on"),
    columns=(
        ("Công nhận", lambda row: Recognition.wording(row.place.kind if row.place else "", row.criteria_set.standard)),
        ("Năm đăng ký", lambda row: str(row.year_registered or "–")),
        ("Năm được công nhận", lambda row: str(row.year_recognised)),
        ("Quyết định", decision),
    ),
    state_of=state_of_award,
    in_year=lambda year: Q(year_recognised=year),
    states=AWARD_STATES,
    facet="criteria_set",
    related=("criteria_set",),
)
MODELS = Register(
    RegisterKind.MODELS,
    SecurityModel,
    "Mô hình gắn với phong trào toàn dân bảo vệ an ninh Tổ quốc. Công an xã đề xuất, Công an huyện, Công an tỉnh ghi "
    "nhận. Số mô hình đang hoạt động được nêu cạnh nội dung đòi có mô hình ở trang đánh giá.",
    fields=("kind", "name", "starts_on", "ends_on", "is_working", "checked_on", "checker"),
    key=("unit", "kind", "name"),
    day_fields=("starts_on", "ends_on"),
    columns=(
        ("Loại mô hình", lambda row: row.get_kind_display()),
        ("Tên mô hình", lambda row: row.name),
        ("Từ ngày", lambda row: day(row.starts_on)),
        ("Kiểm tra", lambda row: f"{day(row.checked_on)}, {row.checker}" if row.checked_on else "Chưa kiểm tra"),
    ),
    state_of=state_of_model,
    in_year=lambda year: Q(starts_on__year__lte=year) & (Q(ends_on__isnull=True) | Q(ends_on__year__gte=year)),
    states={
        STANDING: ("Đang hoạt động", STANDS & Q(ends_on__isnull=True, is_working=True, accepted_at__isnull=False)),
        WAITING: ("Chờ ghi nhận", STANDS & Q(accepted_at__isnull=True)),
        ENDED: ("Dừng hoặc không thường xuyên", STANDS & (Q(ends_on__isnull=False) | Q(is_working=False))),
        WITHDRAWN: WITHDRAWN_ONES,
    },
    facet="kind",
)
REGISTRATIONS = Register(
    RegisterKind.REGISTRATIONS,
    Registration,
    "Chỉ tiêu nâng cao chỉ đòi kết quả của đơn vị đã đăng ký trong năm, khi tỉnh có danh sách. Đơn vị không đăng ký "
    "không bị đôn đốc và vẫn ở trong mẫu số.",
    fields=("indicator", "year", "number", "signed_on"),
    key=("unit", "indicator", "year"),
    day_fields=("indicator", "signed_on"),
    columns=(
        ("Chỉ tiêu", lambda row: row.indicator.name),
        ("Năm", lambda row: str(row.year)),
        ("Văn bản đăng ký", lambda row: f"{row.number} ngày {day(row.signed_on)}"),
    ),
    state_of=state_of_registration,
    in_year=lambda year: Q(year=year),
    states={STANDING: ("Đã đăng ký", STANDS), WITHDRAWN: WITHDRAWN_ONES},
    facet="indicator",
    related=("indicator",),
)
REGISTERS: dict[str, Register] = {
    register.kind.value: register for register in (TITLES, RECOGNITIONS, MODELS, REGISTRATIONS)
}


def register_of(kind: str) -> Register:
    return REGISTERS[kind]


def kind_of(row: Any) -> RegisterKind:
    return next(register.kind for register in REGISTERS.values() if isinstance(row, register.model))
