"""The registers as tables of the admin: every row in and out, each judged by the form of the pages.

The columns bear the words of the screens; the unit is the code in force on the day that the row is about. A row that
stands is changed, one that does not is added; withdrawn rows stay as they are.
"""

import datetime
from copy import copy
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Subquery
from import_export import resources
from import_export.fields import Field

from communes.models import UnitVersion, User
from communes.templatetags.vietnamese import day
from criteria.data_files import tidy
from criteria.models import Door
from criteria.registers.forms import RegisterForm, form_for
from criteria.registers.keeping import changes_between, keep
from criteria.registers.kinds import Register

UNIT, UNIT_NAME, STATE, RECORDED = "Mã đơn vị", "Tên đơn vị", "Tình trạng", "Người ghi"
YES, NO = "có", "không"


class RegisterResource(resources.ModelResource):
    """Rows of one register; `register` is set by `resource_for`."""

    register: Register

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.user: User | None = None

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> str:
        name = self.get_field_name(field)
        if name == "unit":
            return code_of(instance)
        if name == "unit_name":
            return getattr(instance, "place_name", "") or ""
        if name == "state":
            return self.register.state_of(instance)[1]
        if name == "recorded":
            return f"{instance.recorded_by.full_name}, {day(instance.recorded_at)}" if instance.recorded_by_id else ""
        return cell_of(instance, name)

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        self.user = kwargs.get("user")
        columns = labels_of(self.register)
        missing = [label for label in columns.values() if label not in (dataset.headers or ())]
        if missing:
            raise ValidationError(f"Tệp thiếu cột: {', '.join(missing)}.")

    def get_or_init_instance(self, instance_loader: Any, row: Any) -> tuple[Any, bool]:
        """Return the standing row that the file speaks of, or a new one."""
        found = standing_row(self.register, self.form(row))
        return (found, False) if found else (self.init_instance(row), True)

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        form = self.form(row, instance)
        labels = labels_of(self.register)
        if form.errors:
            raise ValidationError(
                {
                    labels.get(name, NON_FIELD_ERRORS): [text for error in errors.as_data() for text in error.messages]
                    for name, errors in form.errors.items()
                }
            )

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        return bool(original.pk) and not import_validation_errors and not changes_between(original, instance)

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        assert self.user is not None  # noqa: S101 - the admin always says who
        keep(instance, by=self.user, door=Door.ADMIN)

    def form(self, row: Any, instance: Any = None) -> RegisterForm:
        data = {name: typed(row.get(label)) for name, label in labels_of(self.register).items()}
        return form_for(self.register)(data_for(self.register, data), instance=instance)


def resource_for(register: Register) -> Any:
    """Return the resource of a register: its columns are the unit and the fields of its form."""
    fields = {name: Field(attribute=name, column_name=label) for name, label in labels_of(register).items()}
    more = {"unit_name": UNIT_NAME, "state": STATE, "recorded": RECORDED}
    fields |= {name: Field(attribute=name, column_name=label, readonly=True) for name, label in more.items()}
    made = resources.modelresource_factory(
        register.model,
        resource_class=RegisterResource,
        meta_options={"fields": tuple(fields), "import_id_fields": (), "skip_unchanged": True, "report_skipped": True},
        custom_fields=fields,
    )
    made.register = register
    return made


def labels_of(register: Register) -> dict[str, str]:
    """Return the columns of a file by field: {"unit": "Mã đơn vị", "year": "Năm"}."""
    fields = {name: register.model._meta.get_field(name) for name in register.fields}
    return {"unit": UNIT} | {name: str(field.verbose_name).capitalize() for name, field in fields.items()}


def with_names(rows: Any) -> Any:
    """Annotate what an export prints of the unit: code and name on the row's day."""
    places = rows.model.places().order_by("starts_on")
    return rows.annotate(
        place_code=Subquery(places.values("code")[:1]), place_name=Subquery(places.values("name")[:1])
    ).select_related("recorded_by")


def standing_row(register: Register, form: RegisterForm) -> Any:
    """Return the standing row that this one would repeat."""
    form.full_clean()
    key = {name: form.cleaned_data.get(name) for name in register.key}
    if any(value in (None, "") for value in key.values()) or isinstance(key["unit"], str):
        return None
    return register.model.objects.standing().filter(**key).first()


def data_for(register: Register, data: dict[str, str]) -> dict[str, str]:
    """Return the data as the form takes them: words of a choice become its value, "có" a tick."""
    for name in register.fields:
        field = register.model._meta.get_field(name)
        if field.choices:
            values = {tidy(str(label)).casefold(): str(value) for value, label in field.choices}
            data[name] = values.get(data[name].casefold(), data[name])
        elif field.get_internal_type() == "BooleanField":
            data[name] = "on" if data[name].casefold() in (YES, "x", "1", "true") else ""
    return data


def typed(value: Any) -> str:
    """Return a cell as a person would have typed it."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime | datetime.date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, bool):
        return YES if value else NO
    return tidy(str(int(value) if isinstance(value, float) and value.is_integer() else value))


def cell_of(row: Any, name: str) -> str:
    """Return a value as a file carries it: a day, a code, the words of a choice."""
    field = row._meta.get_field(name)
    value = getattr(row, field.attname)
    if value is None:
        return ""
    if field.is_relation:
        return getattr(row, name).code
    if field.choices:
        return str(getattr(row, f"get_{name}_display")())
    if isinstance(value, bool):
        return YES if value else NO
    return day(value) if isinstance(value, datetime.date) else str(value)


def code_of(row: Any) -> str:
    """Return the unit's code on the row's day."""
    if hasattr(row, "place_code"):
        return row.place_code or ""
    if row.unit_id is None:
        return ""
    version = UnitVersion.objects.filter(copy(row).living_then(), unit=row.unit_id).order_by("starts_on").first()
    return version.code if version else ""
