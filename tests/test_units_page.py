"""The list of units at /communes/."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communes.models import UnitVersion, User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]


def listed(client: Client, **query: object) -> list[str]:
    """Return the units on the page, with their codes."""
    response = client.get(reverse("units"), query)
    assert response.status_code == 200
    return [f"{version.title} {version.code}" for version in response.context["page"]]


def total(client: Client, **query: object) -> int:
    return client.get(reverse("units"), query).context["page"].paginator.count


def district(code: str) -> int:
    return UnitVersion.objects.get(unit__key=f"{code}-20200201").unit_id


def test_the_units_of_a_day(client: Client, chi: User) -> None:
    client.force_login(chi)
    assert total(client, as_of="31/10/2024") == 238
    assert total(client, as_of="31/10/2024", level="commune") == 220
    assert total(client, as_of="2024-11-01", level="commune") == 218
    assert total(client, as_of="01/07/2025", level="commune") == 135  # the place follows the merger
    assert total(client, as_of="01/07/2025", level="district") == 0
    assert total(client) == 136  # today
    assert listed(client, as_of="31/12/2024")[:2] == ["Tỉnh Gia Lai 64", "Thành phố Pleiku 622"]


def test_a_search_names_the_living_and_the_former(client: Client, chi: User) -> None:
    client.force_login(chi)
    assert listed(client, as_of="31/12/2024", q="CHƯ PRÔNG") == ["Thị trấn Chư Prông 23887", "Huyện Chư Prông 632"]
    response = client.get(reverse("units"), {"as_of": "31/12/2024", "q": "tân sơn"})
    assert not response.context["page"].object_list
    assert [version.title for version in response.context["former"]] == ["Xã Tân Sơn"]
    assert "Xã Tân Sơn" in response.content.decode()
    assert (
        "tên gọi khác: Đak Rong"
        in client.get(reverse("units"), {"as_of": "31/12/2024", "q": "đak rong"}).content.decode()
    )


def test_two_units_of_one_name_are_told_apart(client: Client, chi: User) -> None:
    client.force_login(chi)
    page = client.get(reverse("units"), {"as_of": "31/12/2024", "q": "ia bang"})
    assert [f"{v.name} {v.parent_title}" for v in page.context["page"]] == [
        "Ia Bang Huyện Chư Prông",
        "Ia Băng Huyện Đăk Đoa",
        "Ia Băng Huyện Chư Prông",
    ]


def test_a_district_narrows(client: Client, chi: User) -> None:
    client.force_login(chi)
    assert total(client, as_of="31/12/2024", district=district("632")) == 20
    assert listed(client, as_of="31/12/2024", district=district("632"), q="ia ba") == [
        "Xã Ia Bang 23924",
        "Xã Ia Băng 23905",
    ]


@pytest.mark.parametrize("query", [{"as_of": "31/02/2024"}, {"level": "ward"}, {"district": "x"}, {"district": 1}])
def test_a_value_that_makes_no_sense_is_named(client: Client, chi: User, query: dict) -> None:
    client.force_login(chi)
    page = client.get(reverse("units"), query)
    assert page.status_code == 200
    assert page.context["form"].errors
    assert "errorlist" in page.content.decode()


def test_a_district_officer_sees_his_district_on_its_last_day(client: Client, bao: User) -> None:
    client.force_login(bao)
    page = client.get(reverse("units"))
    assert "Đơn vị hành chính tại ngày 30/6/2025" in page.content.decode()
    assert page.context["page"].paginator.count == 21
    assert total(client, as_of="01/07/2025") == 0
    assert listed(client, as_of="31/12/2024", q="Ia Băng") == ["Xã Ia Bang 23924", "Xã Ia Băng 23905"]
    for query in ({"q": "Ia Glai"}, {"district": district("633")}):  # Chư Sê's
        answer = client.get(reverse("units"), {"as_of": "31/12/2024", **query})
        assert "Ia Glai" not in [version.name for version in answer.context["page"]]
        assert not answer.context["former"]


def test_a_commune_officer_sees_his_commune_and_what_it_became(client: Client, an: User) -> None:
    client.force_login(an)
    assert listed(client, as_of="31/12/2024") == ["Xã Ia Băng 23905"]
    (now,) = listed(client)
    assert now != "Xã Ia Băng 23905"


def test_pages_cost_the_same_at_any_size(client: Client, bao: User, quang: User) -> None:
    counts = []
    for user in (bao, quang):
        client.force_login(user)
        for query in ({"as_of": "31/12/2024"}, {"as_of": "31/12/2024", "page": 2}, {"q": "ia", "as_of": "31/12/2024"}):
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse("units"), query)
            counts.append(len(queries))
    assert max(counts) <= 14, counts
