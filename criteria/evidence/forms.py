"""The forms by which evidence is attached and removed."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone

from criteria.evidence.files import FORMATS, MAX_FILE_BYTES, FileRefused, Prepared, prepare
from criteria.evidence.records import Document
from criteria.models import Condition, EvidenceKind, EvidenceScope

NO_SECRETS = "Tài liệu không chứa bí mật nhà nước, không nêu tên người, vụ việc."
PHOTOS = ",".join(f"{suffix}" for suffix, one in FORMATS.items() if one.is_photo)
REMOVAL_REASONS = (
    "Đính kèm nhầm đơn vị hoặc nội dung.",
    "Sai số, ngày hoặc cơ quan ban hành.",
    "Thay bằng văn bản khác.",
    "Văn bản không còn hiệu lực.",
    "Tài liệu không được đưa lên phần mềm.",
)


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; what they really are is checked with the whole form."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        single = super().clean
        return [single(file, initial) for file in data or () if file]


class EvidenceForm(forms.Form):
    """One document and, if there is one, its file; photographs may be several.

    `conditions` are those on offer. `units` (id, name) are those that a shared document may cover.
    """

    kind = forms.ChoiceField(
        label="Loại văn bản",
        choices=[("", "Chọn loại"), *EvidenceKind.choices],
        help_text="Ảnh chụp có tệp kèm theo thì số, ký hiệu có thể bỏ trống.",
        error_messages={"required": "Chọn loại văn bản."},
    )
    number = forms.CharField(
        label="Số, ký hiệu",
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "12/QĐ-UBND", "autocomplete": "off"}),
    )
    issued_on = forms.DateField(
        label="Ngày văn bản, ngày chụp",
        widget=forms.DateInput(attrs={"placeholder": "25/10/2024", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": "Ghi ngày văn bản."},
    )
    issuer = forms.CharField(
        label="Cơ quan ban hành, đơn vị chụp",
        max_length=100,
        help_text="Ghi tên cơ quan, không ghi tên người.",
        error_messages={"required": "Ghi cơ quan ban hành."},
    )
    covers = forms.ChoiceField(
        label="Áp dụng cho",
        widget=forms.RadioSelect,
        initial=EvidenceScope.ALL.value,
    )
    units = forms.TypedMultipleChoiceField(
        label="Đơn vị", coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    conditions = forms.TypedMultipleChoiceField(
        label="Cho nội dung",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Không chọn nội dung nào là cho cả kết quả.",
    )
    file = FilesField(
        label="Tệp (không bắt buộc)",
        required=False,
        widget=FilesInput(attrs={"accept": ",".join(FORMATS)}),
        help_text="PDF, DOCX, XLSX: một tệp. Ảnh JPG, PNG, HEIC: có thể chọn nhiều ảnh, được ghép thành một tệp PDF đã "
        "giảm dung lượng và bỏ thông tin vị trí. Cả lần không quá 10 MB.",
    )
    photo = FilesField(
        label="Hoặc chụp ảnh",
        required=False,
        widget=FilesInput(attrs={"accept": f"image/*,{PHOTOS}", "capture": "environment"}),
    )
    is_clean = forms.BooleanField(
        label=NO_SECRETS,
        error_messages={
            "required": "Chỉ đính kèm tài liệu không chứa bí mật nhà nước, không nêu tên người, vụ việc. "
            "Kiểm tra tài liệu rồi đánh dấu xác nhận."
        },
    )

    def __init__(
        self,
        *args: Any,
        conditions: Sequence[Condition],
        units: Sequence[tuple[int, str]] | None = None,
        all_words: str = "Tất cả đơn vị",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in ("file", "photo"):
            self.fields[name].error_messages["empty"] = "Tệp rỗng. Chọn lại tệp, rồi đính kèm."
        self.on_offer = {condition.pk: condition for condition in conditions}
        choices: Any = self.fields["conditions"]
        choices.choices = [(c.pk, f"{c.number}. {c.wording}") for c in conditions]
        self.prepared: Prepared | None = None
        self.offered = dict(units or ())
        if units is None:
            del self.fields["covers"], self.fields["units"]
        else:
            self._offer_units(units, all_words)

    def _offer_units(self, units: Sequence[tuple[int, str]], all_words: str) -> None:
        covers: Any = self.fields["covers"]
        covers.choices = [
            (EvidenceScope.ALL.value, all_words),
            (EvidenceScope.CHOSEN.value, "Chỉ những đơn vị chọn dưới đây"),
        ]
        chosen: Any = self.fields["units"]
        chosen.choices = units

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        files = [*cleaned.get("file", ()), *cleaned.get("photo", ())]
        if not cleaned.get("number") and not (cleaned.get("kind") == EvidenceKind.PHOTO and files):
            self.add_error("number", "Ghi số, ký hiệu văn bản (chỉ ảnh chụp có tệp kèm theo được bỏ trống).")
        if cleaned.get("issued_on") and cleaned["issued_on"] > timezone.localdate():
            self.add_error("issued_on", "Ngày văn bản sau ngày hôm nay. Kiểm tra lại.")
        if cleaned.get("covers") == EvidenceScope.CHOSEN and not cleaned.get("units"):
            self.add_error("units", "Chọn ít nhất một đơn vị.")
        self._prepare(files)
        return cleaned

    def _prepare(self, files: list[Any]) -> None:
        """Check the files and make one of them; what else is wrong with the form is told first."""
        if sum(file.size for file in files) > MAX_FILE_BYTES:
            self.add_error("file", "Các tệp gửi cùng lúc lớn hơn 10 MB. Gửi ít tệp hơn, hoặc giảm dung lượng.")
        elif files and self.errors:
            self.add_error("file", "Sửa các lỗi khác trên trang, rồi chọn lại tệp.")
        elif files:
            try:
                self.prepared = prepare(files)
            except FileRefused as refused:
                self.add_error("file", str(refused))

    @property
    def document(self) -> Document:
        given = self.cleaned_data
        return Document(given["kind"], given["number"], given["issued_on"], given["issuer"])

    @property
    def chosen_conditions(self) -> list[Condition]:
        return [self.on_offer[pk] for pk in self.cleaned_data["conditions"]]

    @property
    def scope(self) -> str:
        return self.cleaned_data.get("covers") or EvidenceScope.UNIT

    @property
    def chosen_units(self) -> list[int]:
        return list(self.offered) if self.scope == EvidenceScope.ALL else self.cleaned_data["units"]


class RemovalForm(forms.Form):
    """Gỡ minh chứng: one usual reason, or another in a few words."""

    usual = forms.ChoiceField(
        label="Lý do", required=False, choices=[("", "Chọn lý do"), *((one, one) for one in REMOVAL_REASONS)]
    )
    reason = forms.CharField(
        label="Lý do khác",
        max_length=120,
        required=False,
        help_text="Không ghi bí mật nhà nước, không nêu tên người, vụ việc.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.full_reason:
            self.add_error("usual", "Chọn lý do, hoặc ghi lý do khác.")
        return cleaned

    @property
    def full_reason(self) -> str:
        parts = (self.cleaned_data.get("usual", ""), self.cleaned_data.get("reason", ""))
        return " ".join(part for part in parts if part)
