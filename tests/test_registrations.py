"""Of whom a nâng cao result is expected: of those who registered, where the province has a list for the year."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse

from criteria.models import Indicator, Registration, ReportingPeriod
from criteria.registers.expecting import expected_units
from criteria.uploads.books import book_of, indicators_of
from criteria.uploads.places import Directory, place_of
from tests.cases import ADVANCED, BASIC
from tests.conftest import unit_of
from tests.register_cases import registration

pytestmark = pytest.mark.django_db


def period(key: str = "2024") -> ReportingPeriod:
    return ReportingPeriod.objects.get(key=key)


def indicator(code: str = ADVANCED) -> Indicator:
    return Indicator.objects.get(code=code)


def rows_of(person, code: str = ADVANCED, key: str = "2024") -> list[str]:
    """Return the codes of the units in the workbook of the person's place."""
    place = place_of("", by=person, period=period(key))
    sheets = book_of(place, period(key), indicators_of(place, period(key))).sheets
    return [row.code for sheet in sheets if sheet.indicator_code == code for row in sheet.rows]


def test_without_a_list_every_unit_is_expected(bao):
    assert len(rows_of(bao)) == len(rows_of(bao, BASIC)) == 19
    assert expected_units(indicator(), period()).filter(parent=bao.unit).count() == 19


def test_with_a_list_only_the_registered_are_expected_and_in_the_workbook(bao, chi):
    registration(bao)
    registration(bao, unit_of("23917"))
    assert rows_of(bao) == ["23905", "23917"]
    assert len(rows_of(bao, BASIC)) == 19
    assert set(rows_of(chi)) == {"23905", "23917"}
    assert expected_units(indicator(), period()).filter(province=chi.unit).count() == 2
    assert expected_units(indicator(BASIC), period()).filter(province=chi.unit).count() == 180


def test_a_district_without_registered_units_has_no_sheet(bao, binh):
    registration(bao)
    assert (rows_of(binh), len(rows_of(binh, BASIC)) > 0) == ([], True)


def test_the_list_of_one_province_does_not_bind_another(bao, make_person):
    registration(bao, year=2025, signed_on=datetime.date(2025, 2, 27))
    dinh = make_person("dinh", "province", "52")
    asked = expected_units(indicator(), period("2025-H1"))
    assert asked.filter(province=bao.unit.latest_version.province).count() == 1
    assert asked.filter(province=dinh.unit).count() > 50


def test_a_list_of_former_units_does_not_bind_the_new_ones(bao):
    registration(bao, year=2025, signed_on=datetime.date(2025, 2, 27))
    assert expected_units(indicator(), period("2025-H1")).filter(unit=bao.unit).count() == 0
    assert expected_units(indicator(), period("2025")).count() > 100


def test_a_withdrawn_registration_and_another_year_do_not_count(bao):
    row = registration(bao)
    registration(bao, unit_of("23917"))
    assert len(rows_of(bao, key="2023")) == 19
    when = datetime.datetime(2024, 3, 1, tzinfo=datetime.UTC)
    Registration.objects.filter(pk=row.pk).update(withdrawn_by=bao, withdrawn_at=when, withdrawn_because="ghi nhầm")
    assert rows_of(bao) == ["23917"]
    assert Registration.objects.for_period(period("2024-Q3")).count() == 1


def test_nobody_who_did_not_register_is_absent(bao):
    registration(bao)
    directory = Directory(place_of("", by=bao, period=period()), period())
    assert [unit.code for unit in directory.expected(indicator())] == ["23905"]


def test_the_list_says_who_did_not_register(bao):
    registration(bao)
    client = Client()
    client.force_login(bao)
    address = reverse("assessments") + f"?period=2024&indicator={ADVANCED}"
    tabs = {tab["label"]: tab["count"] for tab in client.get(address).context["tabs"]}
    assert tabs == {"Tất cả": 19, "Chưa gửi": 1, "Không đăng ký": 18}
    page = client.get(address + "&state=unregistered").content.decode()
    assert page.count("Không đăng ký</span>") == 18
    one = client.get(reverse("assessment", args=["2024", ADVANCED, unit_of("23917").pk])).content.decode()
    assert "Không đăng ký" in one


def test_a_unit_without_registration_stays_in_the_denominator_and_is_named_so(chi, bao):
    registration(bao)
    client = Client()
    client.force_login(chi)
    page = client.get(reverse("target", args=[ADVANCED]) + "?as_of=2024-12-31&standing=missing&district=632")
    assert page.context["page"].paginator.count == 19
    assert page.content.decode().count("không đăng ký</span>") == 18
    basic = client.get(reverse("target", args=[BASIC]) + "?as_of=2024-12-31&standing=missing&district=632")
    assert "không đăng ký</span>" not in basic.content.decode()
