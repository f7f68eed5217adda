"""The form by which the scan of a signed sheet is attached."""

from typing import Any

from django import forms
from django.utils import timezone

from criteria.evidence.files import FileRefused, Prepared, prepare
from criteria.evidence.forms import NO_SECRETS, FilesField, FilesInput

SCANS = ".pdf,.jpg,.jpeg,.png,.heic"
NOT_A_SCAN = "Bản ký là tệp PDF hoặc ảnh chụp (JPG, PNG, HEIC). Quét hoặc chụp bản đã ký, rồi đính kèm."


class SignedCopyForm(forms.Form):
    """Bản ký: its mã đối chiếu as printed, number, date, signer and the scan.

    `mark` is the code of what the sheet says now: a paper with another code was signed on other figures.
    """

    mark = forms.CharField(
        label="Mã đối chiếu in trên bản ký",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text="Dòng cuối của biểu, gồm 16 chữ số và chữ cái.",
    )
    number = forms.CharField(label="Số, ký hiệu", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    signed_on = forms.DateField(
        label="Ngày ký",
        widget=forms.DateInput(attrs={"placeholder": "25/10/2024", "inputmode": "numeric", "autocomplete": "off"}),
    )
    signer = forms.CharField(label="Người ký", max_length=100, help_text="Họ tên, chức vụ người ký.")
    file = FilesField(
        label="Tệp bản ký",
        widget=FilesInput(attrs={"accept": SCANS}),
        help_text="Một tệp PDF, hoặc ảnh từng trang (JPG, PNG, HEIC), được ghép thành một tệp PDF, không quá 10 MB.",
    )
    is_clean = forms.BooleanField(
        label=NO_SECRETS,
        error_messages={"required": "Kiểm tra bản ký rồi đánh dấu xác nhận."},
    )

    def __init__(self, *args: Any, current_mark: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.current_mark = current_mark
        self.prepared: Prepared | None = None
        self.fields["file"].error_messages["empty"] = "Tệp rỗng. Chọn lại tệp, rồi đính kèm."

    def clean_mark(self) -> str:
        typed = "".join(one for one in self.cleaned_data["mark"].upper() if one.isalnum())
        if typed != self.current_mark.replace("-", ""):
            raise forms.ValidationError(
                f"Mã này khác mã của số liệu hiện nay ({self.current_mark}): số liệu đã thay đổi sau khi in, hoặc ghi "
                "sai mã. Kiểm tra mã; nếu số liệu đã thay đổi thì in lại biểu, ký lại, rồi đính kèm."
            )
        return self.current_mark

    def clean_signed_on(self) -> Any:
        given = self.cleaned_data["signed_on"]
        if given > timezone.localdate():
            raise forms.ValidationError("Ngày ký sau ngày hôm nay. Kiểm tra lại.")
        return given

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        files = cleaned.get("file") or []
        if not files and "file" not in self.errors:
            self.add_error("file", "Chọn tệp bản ký.")
        elif self.errors and files:
            self.add_error("file", "Sửa các lỗi khác trên trang, rồi chọn lại tệp.")
        elif files:
            self._prepare(files)
        return cleaned

    def _prepare(self, files: list[Any]) -> None:
        if any(not file.name.lower().endswith(tuple(SCANS.split(","))) for file in files):
            self.add_error("file", NOT_A_SCAN)
            return
        try:
            self.prepared = prepare(files)
        except FileRefused as refused:
            self.add_error("file", str(refused))

    @property
    def facts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("number", "signed_on", "signer")}
