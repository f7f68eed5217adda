"""Why this number: the lists behind a figure, what each row rests on, the path, and what would follow."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from communes.models import User
from criteria.models import Revision, State, Verb, Verdict
from reports.models import Target
from reports.path import path_of
from reports.progress import Figures, Tally
from tests.cases import entered, taken
from tests.evidence_files import pdf, sent
from tests.results import set_down, units_on
from tests.test_attention import units  # noqa: F401 - a fixture
from tests.test_evidence import attached
from tests.test_overview import BASIC, DAY, page, queries, text, xa_of
from tests.upload_books import Filling, received

pytestmark = pytest.mark.usefixtures("reference")

ADDRESS = f"/progress/{BASIC}/?as_of={DAY}"


def test_a_row_says_who_decided_on_what_ground_from_which_upload(
    client: Client, bao: User, chi: User, an: User, lan: User
) -> None:
    attached(Client(), an, file=sent("a.pdf", pdf()))
    upload = received(client, bao, Filling().content())
    (revision,) = entered(an)
    for verb, person in ((Verb.SUBMIT, an), (Verb.EXAMINE, bao), (Verb.CONFIRM, chi)):
        taken(verb, revision, person)
    Revision.objects.get(pk=revision.pk).entries.update(upload=upload)
    html, words = page(chi, f"{ADDRESS}&standing=met"), text(chi, f"{ADDRESS}&standing=met")
    assert f"Thẩm tra: {bao.signature}" in words
    assert f"Xác nhận: {chi.signature}" in words
    assert f'href="{revision.assessment.get_absolute_url()}#evidence">1 minh chứng</a>' in html
    assert f'href="{upload.get_absolute_url()}">{upload.filename}</a>' in html
    assert upload.get_absolute_url() not in page(lan, f"{ADDRESS}&standing=met")  # he may not open it
    assert upload.filename in text(lan, f"{ADDRESS}&standing=met")


def test_the_address_to_copy_shows_another_person_the_same(chi: User, chinh: User) -> None:
    set_down(xa_of("632")[:2], BASIC, "2024", Verdict.NOT_MET)
    html = page(chi, f"/progress/{BASIC}/?standing=uncounted&district=632")
    address = html.split('id="address" readonly value="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    assert address == f"http://testserver/progress/{BASIC}/?as_of={DAY}&district=632&standing=uncounted"
    assert text(chinh, address).count("Xem đánh giá") == 2


def test_a_district_opens_into_its_communes_as_tiles(chi: User) -> None:
    set_down(xa_of("632")[:2], BASIC, "2024")
    html = page(chi, f"{ADDRESS}&district=632")
    assert html.count('class="tile heat-5"') == 2
    assert html.count('class="tile heat-0"') == 17
    assert 'class="tile' not in page(chi, f"{ADDRESS}&district=632&standing=met")


def test_the_denominator_names_what_it_leaves_out(chi: User) -> None:
    words = text(chi, ADDRESS)
    assert "Mẫu số: tính trên 180 xã" in words
    assert "24 phường, 14 thị trấn" in words


def test_what_is_missing_says_how_far_it_is(chi: User, an: User, bao: User) -> None:
    entered(an)
    (returned,) = set_down(xa_of("632")[:1], BASIC, "2024", "", State.RETURNED)
    assert returned.assessment.unit_id != an.unit_id
    words = text(chi, f"{ADDRESS}&standing=missing&district=632")
    assert words.count("Đang nhập") == 1
    assert words.count("Trả lại để bổ sung") == 1
    assert "Chưa nhập" in words


def test_items_are_ranked_and_open_their_units(chi: User, units: list[Any]) -> None:  # noqa: F811
    html, words = page(chi, ADDRESS), text(chi, ADDRESS)
    ranked = words.split("Chỉ thiếu nội dung này", 1)[1]
    assert ranked.index(" 4. ") < ranked.index(" 5. ")
    assert " 1. " not in ranked.split("Số còn lại", 1)[0]  # sensitive
    assert f"{ADDRESS}&standing=not_met&condition=4#units" in html
    assert text(chi, f"{ADDRESS}&standing=not_met&condition=4").count("Xem đánh giá") == 4
    assert text(chi, f"{ADDRESS}&standing=not_met&condition=1").count("Xem đánh giá") == 0


def test_what_would_follow_is_told_in_counts(chi: User, units: list[Any]) -> None:  # noqa: F811
    set_down(xa_of("633")[:3], BASIC, "2024", state=State.EXAMINED)
    words = text(chi, ADDRESS)
    met = int(words.split("/180 xã đạt", 1)[0].rsplit(" ", 1)[1])
    assert f"Nếu cả 3 xã đã gửi được xác nhận đạt: {met + 3}/180 xã" in words
    assert f"Nếu cả 2 xã còn 01 nội dung hoàn thành: {met + 2}/180 xã" in words
    assert f"Nếu cả 5 xã nói trên đạt: {met + 5}/180 xã" in words
    assert f"{180 - met} xã chưa đạt, chưa xác nhận, theo đơn vị cấp huyện." in words
    assert words.index("Huyện Chư Sê", words.index("Số còn lại ở đâu")) > words.index("Huyện Chư Prông 0/19 19")


def at(day: str, met: int, target: Target) -> Figures:
    on = datetime.date.fromisoformat(day)
    return Figures(target, on, on, True, {0: Tally(met=met, not_met=100 - met)})


def test_the_path_goes_through_the_milestones_and_says_where_it_comes_from() -> None:
    final = Target(percent=90, due_on=datetime.date(2025, 12, 31))
    points = [at("2023-12-31", 50, final), at("2024-12-31", 65, final)]
    even = path_of(points, [final])
    assert even is not None
    assert [(one.needed, one.ahead) for one in even.waypoints] == [(50, 0), (71, -6), (None, None)]
    assert "Kế hoạch không đặt mốc từng năm" in even.words
    milestone = Target(percent=60, due_on=datetime.date(2024, 12, 31))
    stepped = path_of(points, [final, milestone])
    assert stepped is not None
    assert (stepped.waypoints[1].needed, stepped.waypoints[1].ahead) == (60, 5)
    assert stepped.words.startswith("Mốc của kế hoạch: 60% ngày 31/12/2024, 90% ngày 31/12/2025")
    assert path_of([], [final]) is None


def test_a_milestone_of_the_plan_stands_in_the_table(chi: User) -> None:
    final = Target.objects.get(indicator__code=BASIC)
    Target.objects.create(
        plan=final.plan,
        indicator=final.indicator,
        percent=80,
        due_on=datetime.date(2025, 6, 30),
        kinds=["xa"],
        position=1,
    )
    for period in ("2022", "2023"):
        set_down(units_on("2023-12-31", "xa")[:90], BASIC, period)
    words = text(chi, f"/progress/{BASIC}/?as_of=2023-12-31")
    assert "Mốc của kế hoạch: 80% ngày 30/6/2025, 99% ngày 31/12/2025" in words
    assert "80% mốc của kế hoạch" in words
    assert "chậm " in words


def test_the_lists_cost_the_same_queries_whoever_sent(chi: User, make_person: Callable[..., User]) -> None:
    """Each row names its sender with the place he answers for."""
    for number, unit in enumerate(xa_of("632")[:8]):
        (revision,) = set_down([unit], BASIC, "2024", state=State.SUBMITTED)
        sender = make_person(f"nguoi-{number}", "commune", unit.versions.get(starts_on__lte=DAY, ends_on__gte=DAY).code)
        Revision.objects.filter(pk=revision.pk).update(submitted_by=sender)
        if number == 1:
            before = queries(chi, f"{ADDRESS}&standing=pending")
    assert queries(chi, f"{ADDRESS}&standing=pending") == before
