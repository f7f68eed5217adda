"""Attributes of units with their own dates: constraints, the one writer, the file, the admin, the list."""

import datetime
import html

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from communes import attributes
from communes.attributes import AttributeRow
from communes.models import Unit, UnitAttribute, UnitVersion, User
from tests.conftest import unit_of
from tests.test_units_admin import address, errors_in, filled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]

DAY = datetime.date(2024, 1, 1)
BORDER = ["23782", "23788", "23872", "23881", "23884", "23917", "23938"]


@pytest.fixture
def admin(client: Client, quang: User) -> Client:
    client.force_login(quang)
    return client


def row(**given: object) -> AttributeRow:
    """Return "khu vực III of Ia Băng from 01/01/2024", with changes; rows of a form have a place."""
    plain = {
        "unit": "23905-20200201",
        "kind": "region",
        "value": "III",
        "starts_on": DAY,
        "source": "thử",
        "place": "x",
    }
    return AttributeRow(**plain | given)


# --- constraints -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"kind": "rich"}, "attribute_has_a_known_kind"),
        ({"value": ""}, "attribute_value_fits_its_kind"),
        ({"value": "1"}, "attribute_value_fits_its_kind"),
        ({"kind": "border", "value": "I"}, "attribute_value_fits_its_kind"),
        ({"ends_on": datetime.date(2023, 12, 31)}, "attribute_ends_after_it_starts"),
        ({"starts_on": datetime.date(2025, 1, 1)}, "one_open_attribute_of_a_kind"),
        ({"ends_on": datetime.date(2024, 2, 1)}, "one_attribute_of_a_kind_starts_on_a_day"),
    ],
)
def test_the_database_refuses(given: dict, name: str) -> None:
    plain = {"unit": unit_of("23905"), "kind": "region", "value": "III", "starts_on": DAY, "source": "thử"}
    if name.startswith("one_"):
        UnitAttribute.objects.create(**plain)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        UnitAttribute.objects.create(**plain | given)
    assert name in str(caught.value) or "UNIQUE" in str(caught.value)


# --- the writer ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "column", "message"),
    [
        ({"unit": "99999-20200201"}, "unit", "không có đơn vị"),
        ({"unit": "632-20200201"}, "unit", "không phải đơn vị cấp xã"),
        ({"kind": "rich"}, "kind", "không có đặc điểm “rich”"),
        ({"value": "IV"}, "value", "nhập một trong: I, II, III"),
        ({"kind": "border", "value": "I"}, "value", "không có mức"),
        ({"ends_on": datetime.date(2023, 1, 1)}, "ends_on", "trước ngày bắt đầu"),
        ({"starts_on": datetime.date(2025, 7, 1)}, "starts_on", "không tồn tại vào ngày 01/07/2025"),
        ({"source": " "}, "source", "chưa nhập"),
        ({"source": "x" * 201}, "source", "dài quá 200"),
    ],
)
def test_one_thing_wrong(given: dict, column: str, message: str) -> None:
    (problem,) = attributes.problems([row(**given)])
    assert problem.column == column
    assert message in problem.message
    with pytest.raises(attributes.AttributesRefused):
        attributes.write([row(**given)])
    assert UnitAttribute.objects.count() == 7


def test_two_of_a_kind_do_not_hold_on_one_day() -> None:
    first = row(value="II", starts_on=datetime.date(2021, 1, 1), ends_on=datetime.date(2024, 1, 1))
    attributes.write([first])
    (problem,) = attributes.problems([row()])
    assert "trùng thời gian với “Khu vực II” từ 01/01/2021 đến 01/01/2024 (đã lưu)" in problem.message
    attributes.write([row(starts_on=datetime.date(2024, 1, 2))])
    again = attributes.changes_of([row(starts_on=datetime.date(2024, 1, 2))])
    assert again.is_empty
    assert len(again.unchanged) == 1
    attributes.write([], removed=[first])
    assert unit_of("23905").attributes.get().title == "Khu vực III"


def test_an_attribute_holds_as_long_as_its_unit_lives() -> None:
    attributes.write([row()])
    held = UnitVersion.objects.with_attribute("region", "III", "2024-12-31").as_of("2024-12-31")
    assert held.get().code == "23905"
    assert not UnitVersion.objects.as_of("2025-12-31").with_attribute("region", "III", "2025-12-31")
    assert not UnitVersion.objects.with_attribute("region", "III", "2023-12-31").as_of("2023-12-31")


# --- the file --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2024-10-31", "2025-06-30", "2025-07-01"])
def test_the_border_communes(day: str) -> None:
    found = UnitVersion.objects.as_of(day).with_attribute("border", "", day)
    assert list(found.in_official_order().values_list("code", flat=True)) == BORDER
    sources = UnitAttribute.objects.values_list("source", flat=True)
    assert all("chưa đối chiếu" in source for source in sources)


# --- the admin -------------------------------------------------------------------------------------------


def inline(unit: Unit, **changes: object) -> dict[str, object]:
    """Return what the browser sends for a commune with one more attribute."""
    first = {"kind": "region", "value": "III", "starts_on": "01/01/2024", "ends_on": "", "source": "QĐ thử"} | changes
    data = {f"attributes-0-{name}": value for name, value in first.items()} | {"attributes-0-unit": unit.pk}
    return filled(unit) | {"attributes-TOTAL_FORMS": 1} | data


def test_an_attribute_is_entered_changed_and_taken_away_on_the_page_of_its_unit(admin: Client) -> None:
    unit = unit_of("23905")
    url = address("commune", "change", unit.pk)
    response = admin.post(url, inline(unit))
    assert response.status_code == 302, errors_in(response)
    attribute = unit.attributes.get()
    assert (attribute.title, attribute.source) == ("Khu vực III", "QĐ thử")

    stored = {"attributes-INITIAL_FORMS": 1, "attributes-0-id": attribute.pk}
    response = admin.post(url, inline(unit, value="II", starts_on="02/01/2024") | stored)
    assert response.status_code == 302, errors_in(response)
    attribute = unit.attributes.get()
    assert (attribute.value, f"{attribute.starts_on}") == ("II", "2024-01-02")

    gone = {"attributes-INITIAL_FORMS": 1, "attributes-0-id": attribute.pk, "attributes-0-DELETE": "on"}
    response = admin.post(url, inline(unit, value="II", starts_on="02/01/2024") | gone)
    assert response.status_code == 302, errors_in(response)
    assert not unit.attributes.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": ""}, "nhập một trong"),
        ({"starts_on": "01/07/2025"}, "không tồn tại"),
        ({"kind": "border"}, "để trống"),
    ],
)
def test_the_admin_refuses_what_the_writer_refuses(admin: Client, changes: dict, message: str) -> None:
    unit = unit_of("23905")
    assert message in errors_in(admin.post(address("commune", "change", unit.pk), inline(unit, **changes)))
    assert not unit.attributes.exists()


def test_only_a_commune_has_attributes(admin: Client) -> None:
    page = admin.get(address("district", "change", unit_of("632").pk)).content.decode()
    assert "attributes-TOTAL_FORMS" not in page
    assert "attributes-TOTAL_FORMS" in admin.get(address("commune", "change", unit_of("23905").pk)).content.decode()


def test_the_list_of_attributes_is_for_reading(admin: Client) -> None:
    page = admin.get(address("unitattribute", "changelist"), {"q": "ia pnon"})
    assert [str(one.unit) for one in page.context["cl"].result_list] == ["Xã Ia Pnôn (23881)"]
    assert admin.get(address("unitattribute", "add")).status_code == 403


# --- the list of units -----------------------------------------------------------------------------------


def test_the_list_of_units_is_narrowed_by_attribute(client: Client, chi: User, bao: User, binh: User) -> None:
    client.force_login(chi)
    page = client.get(reverse("units"), {"as_of": "31/12/2024", "attribute": "border-"})
    assert [version.code for version in page.context["page"]] == BORDER
    assert "Xã biên giới" in html.unescape(page.content.decode())
    client.force_login(bao)
    page = client.get(reverse("units"), {"as_of": "31/12/2024", "attribute": "border-"})
    assert [version.code for version in page.context["page"]] == ["23917", "23938"]
    client.force_login(binh)  # none of his communes has one: nothing to choose
    assert "attribute" not in client.get(reverse("units"), {"as_of": "31/12/2024"}).context["form"].fields
    page = client.get(reverse("units"), {"as_of": "31/12/2024", "attribute": "border-"})
    assert page.context["form"].errors
