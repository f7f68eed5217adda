"""The rows of a form set that a writer of ours takes as a whole."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import BaseInlineFormSet

BROKEN = "Dòng đánh dấu xóa có nội dung không đúng. Tải lại trang, đánh dấu xóa rồi lưu, không sửa dòng đó."


def are_readable(rows: BaseInlineFormSet) -> bool:
    """Whether every row holds what it should.

    Django lets a row pass that is marked for deletion, whatever it holds; a writer reads in it what is to go.
    """
    broken = [form for form in rows.forms if form.errors]
    if any(_goes(form) for form in broken):
        raise ValidationError(BROKEN)
    return not broken


def said(rows: BaseInlineFormSet) -> Iterator[tuple[Any, bool]]:
    """Yield the forms that say something, each with whether its row goes: the stored rows, and new ones that stay."""
    for form in rows.forms:
        is_stored = form.instance.pk is not None
        if is_stored or (form.has_changed() and not _goes(form)):
            yield form, _goes(form)


def _goes(form: Any) -> bool:
    return bool(form.cleaned_data.get(DELETION_FIELD_NAME))
