"""The forms of the upload pages."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from communes.models import UnitVersion, User
from criteria import rules
from criteria.checking import Check
from criteria.entering import Letter
from criteria.evidence.forms import FilesField, FilesInput
from criteria.forms import OTHER_WARNINGS, check_letter, letter_fields, letter_in
from criteria.models import ColumnRole, Indicator, ReportingPeriod, Upload
from criteria.uploads.columns import AskedColumn, Asking
from criteria.uploads.places import ROOT_LEVELS
from criteria.uploads.units import Unclear
from criteria.workbooks.headers import header_key
from criteria.workbooks.reading import MAX_FILE_BYTES, SUFFIXES

MOST_FILES = 19  # Django takes 20 a request
SEVERAL = " Chọn được biểu của nhiều huyện cùng lúc: mỗi tệp được nhận ra theo mã phạm vi của biểu mẫu."
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def periods_for(user: User) -> QuerySet[ReportingPeriod]:
    """Return the periods that have begun and in which the person's own place hands in a workbook."""
    living: Any = UnitVersion.objects.as_of(OuterRef("ends_on")).visible_to(user)
    own = living.of_level(ROOT_LEVELS.get(user.role, ""))
    return ReportingPeriod.objects.filter(Exists(own), starts_on__lte=timezone.localdate())


class PeriodForm(forms.Form):
    """Which period the page is about."""

    period = forms.ModelChoiceField(
        ReportingPeriod.objects.none(), to_field_name="key", label="Kỳ báo cáo", empty_label=None
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["period"].queryset = periods_for(user)  # type: ignore[attr-defined]


class UploadForm(forms.Form):
    """The filled workbook; those who enter on behalf of a unit give the letter by which they do."""

    file = FilesField(
        label="Tệp đã điền",
        widget=FilesInput(attrs={"accept": ",".join((*SUFFIXES, XLSX))}),
        error_messages={"required": "Chọn tệp rồi nộp.", "empty": "Tệp rỗng. Chọn lại tệp đã điền, rồi nộp lại."},
        help_text="Tệp .xlsx, .xls, .ods hoặc .csv, không quá 5 MB.",
    )
    indicator = forms.ModelChoiceField(
        Indicator.objects.order_by("position"),
        to_field_name="code",
        required=False,
        label="Chỉ tiêu của bảng",
        empty_label="Như trong biểu mẫu",
        help_text="Chỉ chọn khi nộp bảng không theo biểu mẫu: bảng của huyện, danh sách cũ, tệp .csv.",
    )
    after = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, period: ReportingPeriod | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.period = user, period
        if user.role in rules.ON_BEHALF_ROLES:
            self.fields |= letter_fields()
            self.fields["file"].help_text += SEVERAL
        else:
            self.fields["file"].widget.attrs["multiple"] = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        check_letter(self, self.period)
        return cleaned

    @property
    def follows(self) -> Upload | None:
        """The upload whose file was mended; one outside the person's scope counts as none."""
        after = self.cleaned_data.get("after")
        found = Upload.objects.visible_to(self.user).defer("content", "reading", "undone_rows")
        return found.filter(pk=after).first() if after else None

    def clean_file(self) -> list[UploadedFile]:
        files: list[UploadedFile] = self.cleaned_data["file"]
        if not files:
            raise forms.ValidationError(self.fields["file"].error_messages["required"])
        if len(files) > 1 and self.user.role not in rules.ON_BEHALF_ROLES:
            raise forms.ValidationError("Mỗi lần nộp một tệp. Chọn lại một tệp.")
        if len(files) > MOST_FILES:
            raise forms.ValidationError(f"Mỗi lần nộp không quá {MOST_FILES} tệp. Chia thành nhiều lần.")
        if any((file.size or 0) > MAX_FILE_BYTES for file in files):
            raise forms.ValidationError(
                "Tệp lớn hơn 5 MB nên chưa được nhận. Xóa hình ảnh và các trang không cần, lưu lại, rồi nộp lại."
            )
        return files

    @property
    def letter(self) -> Letter | None:
        return letter_in(self.cleaned_data)


class ColumnsForm(forms.Form):
    """Đối chiếu cột: what each column of one table is that is not recognised; one left open stays unread for now."""

    def __init__(self, *args: Any, asking: Asking, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asking = asking
        for asked in asking.unknown:
            choices = [("", "Chưa chọn"), *asking.choices]
            self.fields[asked.key] = forms.ChoiceField(label=asked.column.header, choices=choices, required=False)

    @property
    def rows(self) -> list[tuple[AskedColumn, forms.BoundField]]:
        return [(asked, self[asked.key]) for asked in self.asking.unknown]

    @property
    def chosen(self) -> dict[str, str]:
        return {asked.key: self.cleaned_data[asked.key] for asked in self.asking.unknown}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not any(cleaned.values()):
            raise forms.ValidationError("Chọn nội dung của ít nhất một cột, rồi lưu đối chiếu.")
        headers: set[str] = set()
        taken: dict[str, str] = {}
        for asked in self.asking.unknown:
            said, key = cleaned.get(asked.key), header_key(asked.column.header)
            if said and key in headers:
                self.add_error(asked.key, "Hai cột cùng tiêu đề. Đổi tiêu đề một cột trong tệp, rồi nộp lại.")
            elif said and said in taken:
                self.add_error(asked.key, f"Cột {taken[said]} đã chọn như vậy. Mỗi nội dung một cột.")
            headers |= {key} if said else set()
            if said and said != ColumnRole.NOTE:
                taken[said] = asked.column.letter
        return cleaned


class UnitsForm(forms.Form):
    """Chọn đơn vị: for each name that leads to none, a unit of the short list, and whether to keep the name."""

    def __init__(self, *args: Any, unclear: Sequence[Unclear], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unclear = unclear
        for at, one in enumerate(unclear):
            choices = [("", "Chưa chọn"), *((unit.unit_id, f"{title} ({unit.code})") for unit, title in one.offered)]
            self.fields[f"unit-{at}"] = forms.TypedChoiceField(
                label=f"Đơn vị của “{one.typed}”", choices=choices, coerce=int, empty_value=None, required=False
            )
            self.fields[f"alias-{at}"] = forms.BooleanField(label="Đề nghị lưu thành tên gọi khác", required=False)

    @property
    def rows(self) -> list[tuple[Unclear, forms.BoundField, forms.BoundField]]:
        return [(one, self[f"unit-{at}"], self[f"alias-{at}"]) for at, one in enumerate(self.unclear)]

    @property
    def chosen(self) -> dict[str, int]:
        said = {one.key: self.cleaned_data.get(f"unit-{at}") for at, one in enumerate(self.unclear)}
        return {key: unit for key, unit in said.items() if unit}

    @property
    def proposed(self) -> list[str]:
        return [one.key for at, one in enumerate(self.unclear) if self.cleaned_data.get(f"alias-{at}")]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        taken: dict[tuple[int, int], str] = {}
        for at, one in enumerate(self.unclear):
            unit = cleaned.get(f"unit-{at}")
            key = (one.row.table.indicator.pk, unit or 0)
            if unit and key in taken:
                self.add_error(f"unit-{at}", f"Đã chọn cho “{taken[key]}”. Mỗi đơn vị một dòng.")
            elif unit:
                taken[key] = one.typed
        if not self.errors and not taken:
            raise forms.ValidationError("Chọn đơn vị của ít nhất một dòng, hoặc sửa tên trong tệp rồi nộp lại.")
        return cleaned


class SubmitForm(forms.Form):
    """Sending what was saved: `count` is how many the person was told; half-judged results, warnings need a reason."""

    count = forms.IntegerField(widget=forms.HiddenInput)
    accepted = forms.BooleanField(
        label="Đã xem các cảnh báo", error_messages={"required": "Đánh dấu đã xem các cảnh báo."}
    )
    reason = forms.CharField(
        label="Lý do gửi khi còn cảnh báo",
        max_length=300,
        help_text="Không ghi bí mật nhà nước, không nêu tên người, vụ việc.",
        error_messages={"required": "Ghi lý do, hoặc nhập đủ các nội dung rồi gửi."},
    )

    def __init__(self, *args: Any, asks_reason: bool, check: Check, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.check = check
        if not asks_reason and not check.warnings:
            del self.fields["reason"]
        if not check.warnings:
            del self.fields["accepted"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "accepted" in self.fields and "accepted" not in self.errors and self.data.get("warned") != self.check.mark:
            self.add_error("accepted", OTHER_WARNINGS)
        return cleaned


class UndoForm(forms.Form):
    """Taking a saved upload back: why."""

    reason = forms.CharField(
        label="Lý do hủy",
        max_length=300,
        help_text="Không ghi bí mật nhà nước, không nêu tên người, vụ việc.",
        error_messages={"required": "Ghi lý do hủy lần nộp."},
    )
