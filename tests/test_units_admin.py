"""Units, successions, other names and accounts in the Django admin: the registry's checks at this door too."""

import html
import re

import pytest
from django.contrib.admin import site
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communes.models import Alias, Descent, Province, Role, Succession, Unit, UnitVersion, User
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]


@pytest.fixture
def admin(client: Client, quang: User) -> Client:
    client.force_login(quang)
    return client


def address(model: str, action: str, *args: object) -> str:
    return reverse(f"admin:communes_{model}_{action}", args=args)


def filled(unit: Unit, **changes: object) -> dict[str, object]:
    """Return what the browser sends for the unit's page, with changes such as `versions-0-name`."""
    data: dict[str, object] = {"tile_row": unit.tile_row or "", "tile_col": unit.tile_col or ""}
    versions = list(unit.versions.order_by("code", "starts_on"))
    data |= {"versions-TOTAL_FORMS": len(versions), "versions-INITIAL_FORMS": len(versions)}
    for number, version in enumerate(versions):
        for name in ("code", "name", "kind", "source"):
            data[f"versions-{number}-{name}"] = getattr(version, name)
        data[f"versions-{number}-id"] = version.pk
        data[f"versions-{number}-unit"] = unit.pk
        data[f"versions-{number}-parent"] = version.parent_id or ""
        data[f"versions-{number}-starts_on"] = f"{version.starts_on:%d/%m/%Y}"
        data[f"versions-{number}-ends_on"] = f"{version.ends_on:%d/%m/%Y}" if version.ends_on else ""
    data |= {"aliases-TOTAL_FORMS": 0, "aliases-INITIAL_FORMS": 0}
    data |= {"attributes-TOTAL_FORMS": 0, "attributes-INITIAL_FORMS": 0}
    return data | {name.replace("__", "-"): value for name, value in changes.items()}


def unit(key: str) -> Unit:
    return Unit.objects.get(key=key)


def errors_in(response: object) -> str:
    assert response.status_code == 200  # type: ignore[attr-defined]
    found = re.findall(r'<ul class="errorlist.*?</ul>', response.content.decode(), re.S)  # type: ignore[attr-defined]
    return html.unescape("\n".join(found))


# --- units -----------------------------------------------------------------------------------------------


def test_renaming_a_unit_from_a_day_on(admin: Client) -> None:
    commune = unit("23884-20200201")
    data = filled(
        commune,
        **{
            "versions-TOTAL_FORMS": 3,
            "versions-1-ends_on": "31/12/2025",
            "versions-2-code": "23884",
            "versions-2-name": "Ia Nan Mới",
            "versions-2-kind": "xa",
            "versions-2-parent": unit("52-20250701").pk,
            "versions-2-starts_on": "01/01/2026",
            "versions-2-source": "Nghị quyết thử",
            "aliases-TOTAL_FORMS": 1,
            "aliases-0-name": "Ya Nan",
            "aliases-0-unit": commune.pk,
        },
    )
    response = admin.post(address("commune", "change", commune.pk), data)
    assert response.status_code == 302, errors_in(response)
    names = commune.versions.order_by("starts_on").values_list("name", "name_search", "province__key")
    assert list(names)[1:] == [("Ia Nan", "ia nan", "52-20250701"), ("Ia Nan Mới", "ia nan moi", "52-20250701")]
    assert commune.aliases.get().name_search == "ya nan"
    assert LogEntry.objects.filter(object_id=str(commune.pk)).exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"versions-0-ends_on": "01/07/2025"}, "chồng lên giai đoạn"),
        ({"versions-0-ends_on": "29/06/2025"}, "phải bắt đầu ngay sau 29/06/2025"),
        ({"versions-1-code": "23881"}, "đang là mã của Ia Pnôn"),
        ({"versions-1-kind": "huyen"}, "không có loại “huyen” ở cấp xã"),
        ({"versions-1-parent": ""}, "phải trực thuộc một đơn vị cấp trên"),
        ({"versions-1-DELETE": "on"}, ""),
    ],
)
def test_what_the_registry_refuses_the_admin_refuses(admin: Client, changes: dict, message: str) -> None:
    commune = unit("23884-20200201")
    before = list(commune.versions.values_list())
    response = admin.post(address("commune", "change", commune.pk), filled(commune, **changes))
    if message:
        assert message in errors_in(response)
        assert before == list(commune.versions.values_list())
    else:  # the last version may go: nothing hangs on it
        assert response.status_code == 302
        assert commune.versions.count() == 1


def test_a_district_cannot_end_under_its_communes(admin: Client) -> None:
    district = unit("632-20200201")
    response = admin.post(
        address("district", "change", district.pk), filled(district, **{"versions-0-ends_on": "31/12/2024"})
    )
    assert "632-20200201 không tồn tại suốt từ 01/02/2020 đến 30/06/2025" in errors_in(response)


def test_a_start_moved_is_the_same_history(admin: Client) -> None:
    commune = unit("23884-20200201")
    data = filled(commune, **{"versions-0-ends_on": "31/05/2025", "versions-1-starts_on": "01/06/2025"})
    assert "52-20250701 không tồn tại" in errors_in(admin.post(address("commune", "change", commune.pk), data))
    province = unit("64-20200201")
    data = filled(province, **{"versions-0-starts_on": "01/01/2020"})
    assert admin.post(address("province", "change", province.pk), data).status_code == 302
    assert f"{province.versions.get().starts_on}" == "2020-01-01"


def test_a_new_unit_is_written_with_its_version_and_descent(admin: Client) -> None:
    data = {
        "key": "91-20260101",
        "versions-TOTAL_FORMS": 1,
        "versions-INITIAL_FORMS": 0,
        "versions-0-code": "91",
        "versions-0-name": "Tỉnh Mới",
        "versions-0-kind": "tinh",
        "versions-0-starts_on": "01/01/2026",
    }
    response = admin.post(address("province", "add"), data)
    assert response.status_code == 302, errors_in(response)
    province = Province.objects.get(key="91-20260101")
    assert province.versions.get().province_id == province.pk
    assert Descent.objects.filter(ancestor=province, descendant=province, is_whole=True).exists()
    again = {**data, "key": "91-20270101", "versions-0-starts_on": "01/01/2027"}
    assert "đang là mã của Tỉnh Mới" in errors_in(admin.post(address("province", "add"), again))
    assert "khóa “x y” không hợp lệ" in errors_in(admin.post(address("province", "add"), {**data, "key": "x y"}))


def test_units_are_never_deleted(admin: Client) -> None:
    commune = unit("23884-20200201")
    for model in ("unit", "commune", "district", "province"):
        assert admin.post(address(model, "delete", commune.pk), {"post": "yes"}).status_code in (302, 403)
    assert Unit.objects.filter(pk=commune.pk).exists()
    assert admin.get(address("unit", "add")).status_code == 403


def test_choosing_a_unit_tells_namesakes_apart(admin: Client, chi: User) -> None:
    query = {"app_label": "communes", "model_name": "user", "field_name": "unit", "term": "gia lai"}
    found = admin.get(reverse("admin:autocomplete"), query).json()["results"]
    assert sorted(row["text"] for row in found) == ["Tỉnh Gia Lai (52)", "Tỉnh Gia Lai (64, đến 30/6/2025)"]


# --- successions and other names -------------------------------------------------------------------------


def test_a_succession_is_checked_and_descent_follows(admin: Client) -> None:
    link = Succession.objects.get(predecessor__key="23593-20200201")
    data = {
        "predecessor": link.predecessor_id,
        "successor": link.successor_id,
        "effective_on": "01/11/2024",
        "share": "0,5",
        "resolution": link.resolution,
    }
    response = admin.post(address("succession", "change", link.pk), data)
    assert response.status_code == 302, errors_in(response)
    link.refresh_from_db()
    assert f"{link.share}" == "0.500"
    assert not Descent.objects.get(ancestor=link.predecessor, descendant=link.successor).is_whole
    wrong = {**data, "effective_on": "02/11/2024"}
    assert "không tồn tại vào ngày 01/11/2024" in errors_in(admin.post(address("succession", "change", link.pk), wrong))
    assert admin.post(address("succession", "delete", link.pk), {"post": "yes"}).status_code == 302
    assert not Descent.objects.filter(ancestor=link.predecessor, descendant=link.successor).exists()
    response = admin.post(address("succession", "add"), data | {"share": "1"})
    assert response.status_code == 302, errors_in(response)
    assert Descent.objects.get(ancestor=link.predecessor, descendant=link.successor).is_whole


def test_other_names(admin: Client) -> None:
    commune = unit("23905-20200201")
    data = {"unit": commune.pk, "name": "Ia Bang", "source": ""}
    assert "là tên của đơn vị khác cùng cấp: Ia Bang" in errors_in(admin.post(address("alias", "add"), data))
    assert admin.post(address("alias", "add"), data | {"name": "Ja Băng"}).status_code == 302
    alias = Alias.objects.get(unit=commune)
    changed = admin.post(address("alias", "change", alias.pk), data | {"name": "Ya Băng"})
    assert changed.status_code == 302
    assert Alias.objects.get(unit=commune).name_search == "ya bang"
    pk = Alias.objects.get(unit=commune).pk
    assert admin.post(address("alias", "delete", pk), {"post": "yes"}).status_code == 302
    assert not Alias.objects.filter(unit=commune).exists()


def test_dates_in_the_lists_are_written_as_everywhere(admin: Client) -> None:
    with_zero = re.compile(r"\d\d/0[3-9]/\d{4}")
    for model in site._registry:
        page = admin.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        assert with_zero.findall(page.content.decode()) == [], model
    page = admin.get(address("district", "changelist")).content.decode()
    assert "30/6/2025" in page
    assert "01/02/2020" in page


# --- accounts --------------------------------------------------------------------------------------------


def test_an_account_with_its_place(admin: Client) -> None:
    data = {
        "username": "xa-moi",
        "full_name": "Nguyễn Văn Mới",
        "role": "commune",
        "unit": unit("632-20200201").pk,
        "usable_password": "true",
        "password1": "mot-mat-khau-dai-9",
        "password2": "mot-mat-khau-dai-9",
    }
    assert "Đơn vị công tác của vai trò này phải là: cấp xã." in errors_in(admin.post(address("user", "add"), data))
    assert "Đơn vị công tác" in errors_in(admin.post(address("user", "add"), data | {"unit": ""}))
    page = admin.get(address("user", "add")).content.decode()
    assert "Đơn vị công tác" in page
    assert "Địa bàn phụ trách:" not in page  # those are areas
    response = admin.post(address("user", "add"), data | {"unit": unit("23905-20200201").pk})
    assert response.status_code == 302, errors_in(response)
    person = User.objects.get(username="xa-moi")
    assert person.check_password("mot-mat-khau-dai-9")
    passwords = {"usable_password": "true", "password1": "mat-khau-khac-77", "password2": "mat-khau-khac-77"}
    assert admin.post(reverse("admin:auth_user_password_change", args=[person.pk]), passwords).status_code == 302
    person.refresh_from_db()
    assert person.check_password("mat-khau-khac-77")


def test_an_account_is_switched_off_not_deleted(admin: Client, an: User) -> None:
    page = admin.get(address("user", "change", an.pk))
    form = page.context["adminform"].form
    data = {name: value for name, value in form.initial.items() if value not in (None, False)} | {
        "unit": an.unit_id,
        "is_active": "",
    }
    response = admin.post(address("user", "change", an.pk), data)
    assert response.status_code == 302, errors_in(response)
    an.refresh_from_db()
    assert not an.is_active
    assert admin.post(address("user", "delete", an.pk), {"post": "yes"}).status_code == 403


# --- lists -----------------------------------------------------------------------------------------------


LISTS = ["province", "district", "commune", "unit", "succession", "alias", "user", "unitattribute", "area", "boundary"]


@pytest.mark.parametrize("model", LISTS)
def test_lists_cost_a_fixed_number_of_queries(admin: Client, chi: User, an: User, bao: User, model: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert admin.get(address(model, "changelist")).status_code == 200
    assert len(queries) <= 14, [query["sql"][:90] for query in queries]


def test_lists_are_searched_without_accents_and_by_day(admin: Client) -> None:
    page = admin.get(address("commune", "changelist"), {"q": "ĐAK RONG"})
    assert [row.key for row in page.context["cl"].result_list] == ["23644-20200201", "23644-20250701"]
    page = admin.get(address("commune", "changelist"), {"as_of": "2024-11-01"})
    assert page.context["cl"].result_count == 218
    assert admin.get(address("commune", "changelist"), {"as_of": "x"}).status_code == 200
    page = admin.get(address("succession", "changelist"), {"q": "tan son"})
    assert page.context["cl"].result_count == 1
    page = admin.get(address("alias", "changelist"), {"q": "adok"})
    assert page.context["cl"].result_count == 2
    assert UnitVersion.objects.exists()


def test_a_password_that_was_given_is_changed_before_anything_else(admin: Client, an: User) -> None:
    given = {"username": "moi", "full_name": "Nguyễn Văn Mới", "role": "leader", "unit": ""}
    admin.post(address("user", "add"), given | {"password1": PASSWORD, "password2": PASSWORD})
    passwords = {"password1": PASSWORD, "password2": PASSWORD}
    admin.post(reverse("admin:auth_user_password_change", args=[an.pk]), passwords)
    User.objects.update(is_staff=True)
    for name in ("moi", "an"):
        client = Client()
        signed_in = client.post("/login/", {"username": name, "password": PASSWORD}, follow=True)
        assert "do quản trị hệ thống đặt" in signed_in.content.decode()
        assert "Không đổi" not in signed_in.content.decode()
        for page in ("/", "/assessments/", "/admin/", "/admin/password_change/"):
            assert client.get(page)["Location"] == "/password/", page
        old, new = {"old_password": PASSWORD}, "mat-khau-cua-toi-5"
        same = client.post("/password/", old | {"new_password1": PASSWORD, "new_password2": PASSWORD})
        assert "phải khác mật khẩu đang dùng" in same.content.decode()
        client.post("/password/", old | {"new_password1": new, "new_password2": new})
        assert client.get("/").status_code == 200
        assert client.post("/logout/").status_code == 302


def test_the_rights_of_an_account_follow_its_role(client: Client, quang: User) -> None:
    client.force_login(quang)
    given = {"username": "moi", "full_name": "Nguyễn Văn Mới", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/admin/communes/user/add/", {**given, "role": Role.ADMINISTRATOR})
    made = User.objects.get(username="moi")
    assert (made.is_staff, made.is_superuser) == (True, True)
    changed = {"username": "moi", "full_name": "Nguyễn Văn Mới", "role": Role.LEADER, "is_active": "on"}
    client.post(f"/admin/communes/user/{made.pk}/change/", changed)
    made.refresh_from_db()
    assert (made.role, made.is_staff, made.is_superuser) == (Role.LEADER, False, False)
    client.post(
        f"/admin/communes/user/{made.pk}/password/", {"password1": "doi-mat-khau-9", "password2": "doi-mat-khau-9"}
    )
    made.refresh_from_db()
    assert made.check_password("doi-mat-khau-9")
