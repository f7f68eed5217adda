"""Areas of responsibility: communes under a provincial officer once there is no district."""

import datetime
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communes import areas
from communes.areas import MemberRow
from communes.models import Area, AreaMember, Unit, UnitVersion, User
from criteria.models import Verb
from tests.cases import entered, line, taken
from tests.conftest import unit_of
from tests.test_units_admin import address, errors_in
from tests.upload_books import Filling, made, received

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]

FIRST = datetime.date(2025, 7, 1)


@pytest.fixture
def admin(client: Client, quang: User) -> Client:
    client.force_login(quang)
    return client


@pytest.fixture
def area(chi: User) -> Area:
    return Area.objects.create(name="Địa bàn số 1", province=gia_lai(), officer=chi)


def gia_lai() -> Unit:
    return unit_of("52", FIRST)


def member(code: str = "23782", **given: object) -> MemberRow:
    plain = {"unit": unit_of(code, FIRST).pk, "starts_on": FIRST, "place": "members-0"}
    return MemberRow(**plain | given)


def sent(*members: tuple[str, str, str], **given: object) -> dict[str, object]:
    """Return what the browser sends: members as code, first day, last day."""
    data: dict[str, object] = {"name": "Địa bàn số 1", "province": gia_lai().pk}
    data |= {"members-TOTAL_FORMS": len(members), "members-INITIAL_FORMS": 0}
    for number, (code, starts_on, ends_on) in enumerate(members):
        day = FIRST if len(code) == 5 else datetime.date(2024, 12, 31)
        data |= {f"members-{number}-unit": unit_of(code, day).pk}
        data |= {f"members-{number}-starts_on": starts_on, f"members-{number}-ends_on": ends_on}
    return data | given


# --- constraints -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {"ends_on": datetime.date(2025, 6, 30)},
        {"starts_on": datetime.date(2025, 8, 1)},
        {"ends_on": datetime.date(2025, 8, 1)},
    ],
    ids=[
        "membership_ends_after_it_starts",
        "one_open_membership_of_a_unit",
        "one_membership_of_a_unit_starts_on_a_day",
    ],
)
def test_the_database_refuses(area: Area, given: dict) -> None:
    plain = {"area": area, "unit": unit_of("23782", FIRST), "starts_on": FIRST}
    if given != {"ends_on": datetime.date(2025, 6, 30)}:
        AreaMember.objects.create(**plain)
    with pytest.raises(IntegrityError), transaction.atomic():
        AreaMember.objects.create(**plain | given)


def test_a_name_is_that_of_one_area_in_a_province(area: Area, chi: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Area.objects.create(name=area.name, province=area.province, officer=chi)


# --- the writer ------------------------------------------------------------------------------------------


def test_a_commune_belongs_to_one_area_at_a_time(area: Area, chinh: User) -> None:
    other = Area.objects.create(name="Địa bàn số 2", province=gia_lai(), officer=chinh)
    areas.write(area, [member(ends_on=datetime.date(2025, 12, 31)), member("23788")])
    (problem,) = areas.problems(other, [member(starts_on=datetime.date(2025, 12, 31))])
    assert problem.message == "Đã thuộc địa bàn Địa bàn số 1 từ 01/07/2025 đến 31/12/2025."
    areas.write(other, [member(starts_on=datetime.date(2026, 1, 1))])
    on_day = UnitVersion.objects.as_of("2025-12-31").in_area(area, "2025-12-31").in_official_order()
    assert list(on_day.values_list("code", flat=True)) == ["23782", "23788"]
    after = UnitVersion.objects.as_of("2026-01-01")
    assert [one.code for one in after.in_area(area, "2026-01-01")] == ["23788"]
    assert [one.code for one in after.in_area(other, "2026-01-01")] == ["23782"]
    areas.write(area, [])
    assert not area.members.exists()


def test_an_area_is_for_communes_without_a_district(area: Area) -> None:
    before = datetime.date(2025, 6, 1)
    (problem,) = areas.problems(area, [member(starts_on=before)])
    assert "còn trực thuộc cấp huyện" in problem.message
    (problem,) = areas.problems(area, [member(unit=unit_of("632").pk, starts_on=before)])
    assert problem.message == "Chỉ chọn đơn vị cấp xã."
    (problem,) = areas.problems(area, [member(unit=unit_of("23905").pk)])  # ended with the district
    assert "không tồn tại vào ngày 01/07/2025" in problem.message
    with pytest.raises(areas.MembersRefused):
        areas.write(area, [member(starts_on=before)])


# --- the admin -------------------------------------------------------------------------------------------


def test_an_area_with_its_communes(admin: Client, chi: User) -> None:
    data = sent(("23782", "01/07/2025", ""), ("23788", "01/07/2025", ""), officer=chi.pk)
    response = admin.post(address("area", "add"), data)
    assert response.status_code == 302, errors_in(response)
    area = Area.objects.get()
    assert area.members.count() == 2
    first, second = area.members.order_by("unit__key")
    change = sent(("23782", "01/07/2025", "31/12/2025"), ("23872", "01/07/2025", ""), officer=chi.pk)
    change |= {"members-INITIAL_FORMS": 2, "members-0-id": first.pk, "members-1-id": second.pk}
    response = admin.post(address("area", "change", area.pk), change)
    assert response.status_code == 302, errors_in(response)
    codes = area.members.order_by("unit__key").values_list("unit__key", flat=True)
    assert list(codes) == ["23782-20200201", "23872-20200201"]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([("23782", "01/06/2025", "")], "còn trực thuộc cấp huyện"),
        ([("632", "01/07/2025", "")], "không tồn tại"),
        ([("23782", "01/07/2025", ""), ("23782", "01/08/2025", "")], "Đã thuộc địa bàn này"),
        ([("23782", "01/07/2025", "30/06/2025")], "Trước ngày bắt đầu"),
    ],
)
def test_the_admin_refuses(admin: Client, chi: User, members: list, message: str) -> None:
    assert message in errors_in(admin.post(address("area", "add"), sent(*members, officer=chi.pk)))
    assert not Area.objects.exists()


def test_only_an_officer_of_the_province_answers_for_an_area(admin: Client, chi: User, bao: User) -> None:
    assert "officer" in admin.post(address("area", "add"), sent(officer=bao.pk)).context["adminform"].form.errors
    old = sent(officer=chi.pk, province=unit_of("52").pk)  # Bình Định before the merger
    response = admin.post(address("area", "add"), old)
    assert "không thuộc tỉnh của địa bàn" in errors_in(response)


# --- lists -----------------------------------------------------------------------------------------------


def test_the_list_of_units_is_narrowed_by_area(client: Client, chi: User, area: Area) -> None:
    client.force_login(chi)
    assert "area" not in client.get(reverse("units")).context["form"].fields
    areas.write(area, [member(), member("23788")])
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("units"), {"as_of": "2025-12-31", "area": area.pk})
    assert [version.code for version in page.context["page"]] == ["23782", "23788"]
    assert len(queries) <= 14
    assert "area" not in client.get(reverse("units"), {"as_of": "2024-12-31"}).context["form"].fields


def test_assessments_and_the_queue_are_narrowed_by_area(client: Client, chi: User, make_person, area: Area) -> None:
    commune = make_person("cong-an-xa", "commune", "23782", day=FIRST)
    other = make_person("cong-an-xa-khac", "commune", "23872", day=FIRST)
    areas.write(area, [member(), member("23788")])
    for person, code in ((commune, "23782"), (other, "23872")):
        (revision,) = entered(person, line(code, period="2025"), period="2025")
        taken(Verb.SUBMIT, revision, person)
    client.force_login(chi)
    page = client.get(reverse("assessments"), {"period": "2025", "area": area.pk}).content.decode()
    assert "Ia Chia" in page
    assert "Ia Dom" not in page
    assert "Địa bàn số 1" not in client.get(reverse("assessments"), {"period": "2024"}).content.decode()
    for query in ({"area": area.pk}, {"area": area.pk, "period": "2025"}):
        page = client.get(reverse("reviews"), query).content.decode()
        assert "Ia O" in page
        assert "Ia Dom" not in page
    assert "Ia Dom" in client.get(reverse("reviews")).content.decode()


# --- workbooks -------------------------------------------------------------------------------------------


def test_the_workbook_of_an_area(client: Client, chi: User, chinh: User, area: Area, tmp_path: Path) -> None:
    areas.write(area, [member(), member("23788")])
    path, out = tmp_path / "bieu.xlsx", io.StringIO()
    call_command("make_workbook", period="2025", area=area.pk, output=path, stdout=out)
    assert "Địa bàn số 1, Tỉnh Gia Lai, Năm 2025; 19.2 Xã NTM: 2 đơn vị" in out.getvalue()
    assert list(Filling(path.read_bytes()).rows) == ["23782", "23788"]
    with pytest.raises(CommandError, match=r"Không có địa bàn phụ trách số 0 ngày 31/12/2025. Ngày đó có: "):
        call_command("make_workbook", period="2025", area=0, output=path, stdout=out)
    with pytest.raises(CommandError, match=r"ngày 31/12/2024. Ngày đó có: không có địa bàn nào"):
        call_command("make_workbook", period="2024", area=area.pk, output=path, stdout=out)

    client.force_login(chi)
    assert "Tải biểu: Địa bàn số 1" in client.get(reverse("uploads"), {"period": "2025"}).content.decode()
    download = reverse("workbook_download", args=["2025"])
    response = client.get(download, {"area": area.pk})
    assert 'filename="bieu-dia-ban-so-1-2025.xlsx"' in response["Content-Disposition"]
    assert client.get(download, {"area": "x"}).status_code == 404
    client.force_login(chinh)
    assert "Tải biểu: Địa bàn" not in client.get(reverse("uploads"), {"period": "2025"}).content.decode()


def test_in_an_areas_workbook_only_its_communes_can_be_absent(client: Client, chi: User, area: Area) -> None:
    areas.write(area, [member(), member("23788")])
    content = made(period="2025", province="52")
    whole = Filling(content).all_met(["23782"])
    for row in sorted((row for code, row in whole.rows.items() if code != "23782"), reverse=True):
        whole.sheet.delete_rows(row)
    upload = received(client, chi, whole.content(), period="2025", letter_number="12/CV", letter_on="10/01/2026")
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "01 xã (Ia Chia)" in page


def test_no_area_of_another_province(client: Client, make_person, area: Area) -> None:
    areas.write(area, [member()])
    client.force_login(make_person("nguoi-huyen", "district", "632"))
    assert client.get(reverse("workbook_download", args=["2025"]), {"area": area.pk}).status_code in (403, 404)
