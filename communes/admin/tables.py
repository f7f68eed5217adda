"""Tables of units out and in: the export of django-import-export, and an import that goes through the one writer.

The package's own second step trusts a file name sent by the browser. Here the browser carries the lines themselves,
signed for the person who saw them judged; nothing is kept on the server between the two steps.
"""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from import_export.fields import Field
from import_export.resources import ModelResource

from communes.models import Alias, Succession, UnitAttribute, UnitVersion
from communes.unit_imports import EscapedCSV, Lines, Proposal, lines_of, proposal_of, text_of, write
from communes.unit_tables import ALIASES, ATTRIBUTES, COLUMNS, SUCCESSIONS, UNITS, Fault

SALT, MINUTES = "communes.import", 60
MAX_FILE_BYTES = 5 * 2**20
SHOWN = 200  # of faults, additions, changes; the rest is counted
# Workbooks as the settings have them, and CSV that holds no live formula.
EXPORT_FORMATS = [*settings.IMPORT_EXPORT_FORMATS, EscapedCSV]
TEMPLATE = "admin/communes/import_table.html"
LEAD = {
    UNITS: "Mỗi dòng là một giai đoạn của đơn vị; cả ba cấp trong một tệp.",
    SUCCESSIONS: "Mỗi dòng là một đơn vị trước và một đơn vị sau. Đơn vị mới phải có trước đó.",
    ALIASES: "Mỗi dòng là một tên gọi khác của một đơn vị.",
    ATTRIBUTES: "Mỗi dòng là một đặc điểm của một đơn vị cấp xã.",
}


class UnitResource(ModelResource):
    """A row per version, the columns of units.csv."""

    key = Field("unit__key")
    level = Field("unit__level")
    code = Field("code")
    name = Field("name")
    kind = Field("kind")
    parent = Field("parent__key")
    starts_on = Field("starts_on")
    ends_on = Field("ends_on")
    source = Field("source")
    tile_row = Field("unit__tile_row")
    tile_col = Field("unit__tile_col")

    class Meta:
        model = UnitVersion
        fields = COLUMNS[UNITS]
        name = "Đơn vị hành chính"


class SuccessionResource(ModelResource):
    predecessor = Field("predecessor__key")
    successor = Field("successor__key")
    effective_on = Field("effective_on")
    share = Field("share")
    resolution = Field("resolution")

    class Meta:
        model = Succession
        fields = COLUMNS[SUCCESSIONS]
        name = "Kế thừa"

    def dehydrate_share(self, link: Succession) -> str:
        """Return "0.682" and "1" as the file has them, not "1.000"."""
        return text_of(link.share)


class AliasResource(ModelResource):
    unit = Field("unit__key")
    name = Field("name")
    source = Field("source")

    class Meta:
        model = Alias
        fields = COLUMNS[ALIASES]
        name = "Tên gọi khác"


class AttributeResource(ModelResource):
    unit = Field("unit__key")
    kind = Field("kind")
    value = Field("value")
    starts_on = Field("starts_on")
    ends_on = Field("ends_on")
    source = Field("source")

    class Meta:
        model = UnitAttribute
        fields = COLUMNS[ATTRIBUTES]
        name = "Đặc điểm của đơn vị"


class TableForm(forms.Form):
    file = forms.FileField(
        label="Tệp",
        help_text="Tệp Excel (.xlsx) hoặc .csv mã UTF-8, không quá 5 MB, cùng các cột như tệp xuất ra.",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"required": "Chọn tệp.", "empty": "Tệp rỗng."},
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_FILE_BYTES:
            raise forms.ValidationError("Tệp lớn hơn 5 MB.")
        if not (file.name or "").lower().endswith((".xlsx", ".csv")):
            raise forms.ValidationError("Chỉ nhận tệp .xlsx hoặc .csv.")
        return file


def read(file: UploadedFile, formats: list[Any], table: str) -> tuple[Lines, list[Fault]]:
    """Return the lines of the file, or the one reason for which it cannot be used at all."""
    kind = EscapedCSV if (file.name or "").lower().endswith(".csv") else formats[0]
    try:
        dataset = kind(encoding="utf-8-sig").create_dataset(file.read())
    except UnicodeDecodeError:
        return [], [Fault("Tệp", "", "không phải mã UTF-8; lưu lại dạng CSV UTF-8 hoặc .xlsx")]
    except Exception as error:  # a foreign file may break its reader in any way
        words = str(error) if isinstance(error, ValueError) else "không đọc được; lưu lại bằng Excel rồi nộp lại"
        return [], [Fault("Tệp", "", words)]
    return lines_of(dataset, table)


def import_table(admin: Any, request: HttpRequest, table: str) -> HttpResponse:
    """The page: choose a file; once handed in, everything that is wrong with it, or what it would change."""
    if not admin.has_import_permission(request):
        raise PermissionDenied
    form = TableForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return _page(admin, request, table, form=form)
    file = form.cleaned_data["file"]
    lines, faults = read(file, admin.get_import_formats(), table)
    proposal = proposal_of(table, lines) if not faults else None
    return _page(admin, request, table, form=TableForm(), proposal=proposal, faults=faults, filename=file.name)


def save_table(admin: Any, request: HttpRequest, table: str) -> HttpResponse:
    """Lưu: the signed lines, judged again; what would now do something else than was shown is shown again."""
    if not admin.has_import_permission(request):
        raise PermissionDenied
    try:
        said = signing.loads(request.POST.get("lines", ""), salt=SALT, max_age=MINUTES * 60)
        user, named, filename, digest, lines = said
    except (signing.BadSignature, ValueError, TypeError):
        user, named, filename, digest, lines = None, "", "", "", []
    if (user, named) != (request.user.pk, table):
        messages.error(request, "Lần kiểm tra này đã hết hạn hoặc của người khác. Chọn lại tệp.")
        return redirect(_address(admin, "import"))
    proposal = proposal_of(table, [(number, cells) for number, cells in lines])
    if proposal.faults or proposal.digest != digest:
        messages.warning(request, "Số liệu đã thay đổi từ khi kiểm tra. Xem lại rồi lưu.")
        return _page(admin, request, table, form=TableForm(), proposal=proposal, filename=filename)
    faults = write(proposal)
    if faults:
        return _page(admin, request, table, form=TableForm(), proposal=proposal, faults=faults, filename=filename)
    words = f"thêm {len(proposal.added)}, sửa {len(proposal.changed)}, giữ nguyên {proposal.unchanged}"
    _log(admin, request, f"Nhập từ tệp {filename}: {words}"[:200])
    messages.success(request, f"Đã nhập tệp {filename}: {words}.")
    return redirect(_address(admin, "changelist"))


def _page(admin: Any, request: HttpRequest, table: str, **given: Any) -> HttpResponse:
    proposal: Proposal | None = given.get("proposal")
    faults = [*given.get("faults", ()), *(proposal.faults if proposal else ())]
    context = {
        **admin.admin_site.each_context(request),
        **given,
        "title": "Nhập dữ liệu từ tệp",
        "opts": admin.opts,
        "columns": COLUMNS[table],
        "lead": LEAD[table],
        "faults": faults[:SHOWN],
        "fault_count": len(faults),
        "save_url": _address(admin, "process_import"),
    }
    if proposal and not faults:
        signed = (request.user.pk, table, given["filename"], proposal.digest, proposal.lines)
        context |= {
            "changes": list(proposal.changes())[:SHOWN],
            "additions": list(proposal.additions())[:SHOWN],
            "shown": SHOWN,
            "signed": signing.dumps(signed, salt=SALT, compress=True) if not proposal.is_empty else "",
        }
    return TemplateResponse(request, TEMPLATE, context)


def _address(admin: Any, action: str) -> str:
    return reverse(f"admin:{admin.opts.app_label}_{admin.opts.model_name}_{action}")


def _log(admin: Any, request: HttpRequest, words: str) -> None:
    LogEntry.objects.create(
        user_id=int(request.user.pk or 0),
        content_type=ContentType.objects.get_for_model(admin.model, for_concrete_model=False),
        object_repr=words,
        action_flag=CHANGE,
        change_message=words,
    )
