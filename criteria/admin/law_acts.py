"""Acts of a person in the admin on one version of the law: comparing its wording, beginning a new one from it."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from criteria.law_acts import Marked, Text, confirm, new_checklist, new_set_version, unconfirm
from criteria.models import Checklist, CriteriaSetVersion, Examiner, Marker

ONE_ONLY = "Chọn đúng một dòng cho việc này."
ASKED = "Chọn ít nhất một nội dung đã đối chiếu."
REWORDED = "Nội dung đã được sửa sau khi mở trang này. Đọc lại, rồi xác nhận."


class ConfirmForm(forms.Form):
    """Which text was compared, and which wordings with it; a wording changed meanwhile is no longer on offer."""

    text_number = forms.CharField(label="Số văn bản đã đối chiếu", max_length=60)
    text_signed_on = forms.DateField(label="Ngày ký của văn bản")
    rows = forms.MultipleChoiceField(
        label="Nội dung khớp với bản ký",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": ASKED, "invalid_choice": REWORDED},
    )

    def __init__(self, data: Any, *, rows: Sequence[Marked], text: Text | None) -> None:
        named = {_mark(row): row for row in rows}
        initial = {"rows": list(named)}
        if text:
            initial |= {"text_number": text.number, "text_signed_on": text.signed_on}  # type: ignore[dict-item]
        super().__init__(data, initial=initial)
        self.named = named
        self.fields["rows"].choices = [(mark, _said(row)) for mark, row in named.items()]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> list[Marked]:
        return [self.named[mark] for mark in self.cleaned_data["rows"]]

    @property
    def text(self) -> Text:
        return Text(self.cleaned_data["text_number"], self.cleaned_data["text_signed_on"])


class NewVersionForm(forms.Form):
    """The text that gives the new version, and from when it applies."""

    number = forms.CharField(label="Số văn bản", max_length=60)
    issuer = forms.CharField(label="Cơ quan ban hành", max_length=100)
    signed_on = forms.DateField(label="Ngày ký")
    applies_from = forms.DateField(
        label="Áp dụng từ ngày", help_text="Kỳ báo cáo dùng phiên bản áp dụng vào ngày cuối kỳ."
    )

    def __init__(self, data: Any, *, taken: QuerySet[Any]) -> None:
        super().__init__(data)
        self.taken = taken

    def clean_applies_from(self) -> Any:
        day = self.cleaned_data["applies_from"]
        if self.taken.filter(applies_from=day).exists():
            raise forms.ValidationError("Đã có phiên bản áp dụng từ ngày này.")
        return day


def marked_rows(version: Checklist | CriteriaSetVersion | Examiner) -> list[Marked]:
    """Return the wordings that one text gives."""
    if isinstance(version, Checklist):
        return list(version.conditions.all())
    return [version, *version.wordings.all()] if isinstance(version, CriteriaSetVersion) else [version]


@admin.action(description="Xác nhận đã đối chiếu văn bản", permissions=["change"])
def confirm_wording(model_admin: Any, request: Any, queryset: QuerySet[Any]) -> HttpResponse | None:
    """Name the wordings and ask for the number and date of the signed text, then write who compared them, and when."""
    version = _the_one(request, queryset)
    if version is None:
        return None
    rows = [row for row in marked_rows(version) if row.marker != Marker.CONFIRMED]
    if not rows:
        messages.info(request, "Mọi nội dung của bản này đã được đối chiếu.")
        return None
    text = None if isinstance(version, Examiner) else Text(version.number, version.signed_on)
    form = ConfirmForm(request.POST if "confirmed" in request.POST else None, rows=rows, text=text)
    if not form.is_valid():
        lead = "Việc xác nhận ghi tên người thực hiện và thời gian. Chỉ chọn nội dung đã đọc trong bản ký."
        return _page(model_admin, request, version, form, "Xác nhận đã đối chiếu văn bản", lead)
    made = confirm(form.chosen, by=request.user, text=form.text)
    for row in form.chosen:
        model_admin.log_change(request, version, f"Đã đối chiếu với {made}: {row}")
    messages.success(request, f"Đã xác nhận đối chiếu {len(form.chosen)} nội dung với văn bản {made}.")
    return None


@admin.action(description="Bỏ xác nhận đối chiếu", permissions=["change"])
def unconfirm_wording(model_admin: Any, request: Any, queryset: QuerySet[Any]) -> HttpResponse | None:
    version = _the_one(request, queryset)
    rows = [row for row in marked_rows(version) if row.marker == Marker.CONFIRMED] if version else []
    if version is None or not rows:
        if version is not None:
            messages.info(request, "Bản này chưa có nội dung nào được đối chiếu.")
        return None
    unconfirm(rows)
    model_admin.log_change(request, version, f"Bỏ xác nhận đối chiếu {len(rows)} nội dung")
    messages.success(request, f"Đã bỏ xác nhận đối chiếu {len(rows)} nội dung.")
    return None


@admin.action(description="Lập phiên bản mới từ bản này", permissions=["add"])
def begin_new_version(model_admin: Any, request: Any, queryset: QuerySet[Any]) -> HttpResponse | None:
    """Ask for the new text, copy the wordings, and open the copy for its changes."""
    version = _the_one(request, queryset)
    if version is None:
        return None
    is_checklist = isinstance(version, Checklist)
    siblings = (
        Checklist.objects.filter(indicator=version.indicator_id)
        if is_checklist
        else CriteriaSetVersion.objects.filter(criteria_set=version.criteria_set_id)
    )
    form = NewVersionForm(request.POST if "confirmed" in request.POST else None, taken=siblings)
    if not form.is_valid():
        lead = f"Mọi nội dung được chép từ {version}; sau đó sửa ở bản mới. Bản cũ giữ nguyên."
        return _page(model_admin, request, version, form, "Lập phiên bản mới từ bản này", lead)
    made = (new_checklist if is_checklist else new_set_version)(version, **form.cleaned_data)
    model_admin.log_addition(request, made, f"Lập từ {version}")
    messages.success(request, f"Đã lập {made}. Sửa nội dung theo văn bản mới, rồi lưu.")
    return redirect(reverse(f"admin:criteria_{made._meta.model_name}_change", args=[made.pk]))


def _the_one(request: HttpRequest, queryset: QuerySet[Any]) -> Any:
    rows = list(queryset[:2])
    if len(rows) != 1:
        messages.error(request, ONE_ONLY)
        return None
    return rows[0]


def _page(
    model_admin: Any, request: HttpRequest, version: Any, form: forms.Form, title: str, lead: str
) -> TemplateResponse:
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "title": title,
        "lead": lead,
        "version": version,
        "form": form,
        "action": request.POST["action"],
    }
    return TemplateResponse(request, "admin/criteria/law_act.html", context)


def _mark(row: Marked) -> str:
    """Return what a check box carries: which wording, and a digest of what it says."""
    digest = hashlib.sha256(_said(row).encode()).hexdigest()[:16]
    return f"{row._meta.model_name}-{row.pk}@{digest}"


def _said(row: Any) -> str:
    """Return the wording as it is to be compared."""
    rule = f" [{row.rule.words}]" if getattr(row, "rule", None) and row.rule.words else ""
    named = {"condition": f"{row}. {getattr(row, 'wording', '')}{rule}", "indicatorwording": getattr(row, "text", "")}
    return named.get(row._meta.model_name, str(row))
