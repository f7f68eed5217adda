"""The figures on today's units (theo địa giới hiện nay), worked by hand on the real mergers of 2024 and 2025."""

import datetime
import io
import json
import re
from html import unescape
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from communes.models import UnitVersion, User
from criteria.models import Assessment, Revision, State, Verdict
from reports import scopes
from reports.models import Plan
from reports.progress import final_targets, progress
from tests.crowds import crowd, results
from tests.results import fail, set_down, unit_on

pytestmark = pytest.mark.usefixtures("reference")

BASIC, ADVANCED, DISTRICT = "xa-ntm-19.2", "xa-ntmnc-19.2", "huyen-ntm-9.4"
BEFORE, NOW = "2024-12-31", "2025-12-31"
MET, NOT_MET = Verdict.MET, Verdict.NOT_MET
TODAY = datetime.date(2026, 3, 1)


@pytest.fixture(autouse=True)
def _a_day_after_the_mergers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scopes, "today", lambda: TODAY)


def page(user: User, address: str, status: int = 200) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    response = client.get(address)
    assert response.status_code == status, address
    return re.sub(r"\s+", " ", unescape(response.content.decode()))


def plain(html: str) -> str:
    return re.sub(r"\s+(?=,)", "", re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))).strip()


def row(user: User, title: str, *, day: str = NOW, indicator: str = BASIC, more: str = "") -> str:
    """Return the words of a unit's row behind the figure in *now*."""
    html = page(user, f"/progress/{indicator}/?as_of={day}&boundaries=now{more}")
    body = html.split("<tbody>", 1)[1].split("</tbody>")[0]
    rows = [plain(one) for one in body.split("</tr>")]
    return next(one for one in rows if one.startswith(f"{title} "))


def then(code: str) -> Any:
    return unit_on(BEFORE, code)


def command(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("progress", "--boundaries", "now", "--json", *arguments, stdout=out)
    return json.loads(out.getvalue())


def figures(*arguments: str) -> dict[str, dict[str, Any]]:
    return {one["indicator"]: one for one in command(*arguments)["targets"]}


# --- unit by unit ----------------------------------------------------------------------------------------


def test_a_town_among_the_parts_is_left_out_and_named(chi: User) -> None:
    """Kbang was made of Lơ Ku, Đak SMar and the town KBang."""
    set_down([then("23656"), then("23660")], BASIC, "2024")
    found = row(chi, "Xã Kbang")
    assert found.startswith("Xã Kbang Đạt chờ xác nhận")
    assert "Không tính: Thị trấn KBang (KBang) (thị trấn không thuộc đối tượng đánh giá)" in found
    assert "Đạt Xã Lơ Ku (KBang) · Năm 2024" in found


def test_a_unit_that_went_on_stands_on_its_own_result(chi: User) -> None:
    (revision,) = set_down([then("23650")], BASIC, "2024", NOT_MET)
    fail(revision, 4)
    found = row(chi, "Xã Krong")
    assert found.startswith("Xã Krong Chưa đạt Kết quả của chính đơn vị, Năm 2024")
    assert "Nội dung 4" in found
    assert figures("--as-of", NOW)[BASIC]["derived"] == 0


def test_parts_come_from_several_districts_and_the_lowest_decides(chi: User) -> None:
    """Biển Hồ was made of Biển Hồ (Pleiku), Hà Bầu (Đăk Đoa), Chư Đăng Ya and Nghĩa Hưng (Chư Păh)."""
    set_down([then("23590"), then("23692"), then("23746")], BASIC, "2024")
    (revision,) = set_down([then("23761")], BASIC, "2023", NOT_MET)
    fail(revision, 7)
    found = row(chi, "Xã Biển Hồ")
    assert found.startswith("Xã Biển Hồ Chưa đạt theo kết quả trước sắp xếp")
    for part in ("Xã Biển Hồ (Pleiku)", "Xã Hà Bầu (Đăk Đoa)", "Xã Chư Đăng Ya (Chư Păh)"):
        assert f"Đạt {part} · Năm 2024" in found
    assert "Chưa đạt Xã Nghĩa Hưng (Chư Păh) · Năm 2023 · Xem đánh giá Nội dung 7" in found
    html = page(chi, f"/progress/{BASIC}/?as_of={NOW}&boundaries=now&standing=not_met")
    assert revision.assessment.get_absolute_url() in html


def test_a_part_that_has_sent_keeps_the_whole_waiting(chi: User) -> None:
    set_down([then("23680")], BASIC, "2024")
    (sent,) = set_down([then("23683")], BASIC, "2024", state=State.EXAMINED)
    assert row(chi, "Xã Đak Sơmei").startswith("Xã Đak Sơmei Đã gửi, chờ xác nhận")
    html = page(chi, f"/progress/{BASIC}/?as_of={NOW}&boundaries=now&standing=pending")
    assert sent.assessment.get_absolute_url() in html


def test_a_part_without_a_result_leaves_the_whole_without_one(chi: User) -> None:
    set_down([then("23680")], BASIC, "2024")
    set_down([then("23683")], BASIC, "2024", "", State.DRAFT)
    found = row(chi, "Xã Đak Sơmei")
    assert found.startswith("Xã Đak Sơmei Chưa gửi")
    assert "Chưa gửi Xã Đăk Sơmei (Đăk Đoa)" in found


def test_a_part_that_took_another_in_is_both_until_its_next_result(chi: User) -> None:
    """Biển Hồ took in Tân Sơn on 01/11/2024, and became a part of the new Biển Hồ on 01/7/2025."""
    rest = [then("23692"), then("23746"), then("23761")]
    set_down(rest, BASIC, "2024")
    set_down([then("23590")], BASIC, "2024-Q3")
    set_down([unit_on("2024-09-30", "23593")], BASIC, "2023", NOT_MET)
    found = row(chi, "Xã Biển Hồ")
    assert found.startswith("Xã Biển Hồ Chưa đạt")
    assert "Xã Biển Hồ (Pleiku) trước ngày 01/11/2024 · Quý III/2024" in found
    assert "Chưa đạt Xã Tân Sơn (Pleiku) · Năm 2023" in found
    set_down([then("23590")], BASIC, "2024")
    assert row(chi, "Xã Biển Hồ").startswith("Xã Biển Hồ Đạt chờ xác nhận")


def test_the_share_of_a_split_is_shown_and_does_not_weigh(chi: User) -> None:
    """Nghĩa An took 31,8 % of Đăk HLơ, Kông Bơ La the rest, on 01/11/2024; both went into Kông Bơ La."""
    set_down([then("23659")], BASIC, "2024")
    set_down([unit_on("2024-09-30", code) for code in ("23662", "23671")], BASIC, "2024-Q3")
    set_down([unit_on("2024-09-30", "23674")], BASIC, "2024-Q3", NOT_MET)
    found = row(chi, "Xã Kông Bơ La")
    assert found.startswith("Xã Kông Bơ La Chưa đạt")
    assert "Xã Đăk HLơ (KBang), chuyển 31,80% · Quý III/2024" in found
    assert "Xã Đăk HLơ (KBang), chuyển 68,20% · Quý III/2024" in found


def test_an_own_result_after_the_change_wins(chi: User) -> None:
    set_down([then("23656"), then("23660")], BASIC, "2024")
    set_down([unit_on(NOW, "23638")], BASIC, "2025-Q3", NOT_MET)
    assert row(chi, "Xã Kbang").startswith("Xã Kbang Chưa đạt Kết quả của chính đơn vị, Quý III/2025")
    assert row(chi, "Xã Kbang", day="2025-06-30").startswith("Xã Kbang Đạt chờ xác nhận")


def test_work_sent_over_a_restated_result_stands_beside_it(chi: User) -> None:
    set_down([then("23656"), then("23660")], BASIC, "2024")
    set_down([unit_on(NOW, "23638")], BASIC, "2025", state=State.SUBMITTED)
    found = row(chi, "Xã Kbang")
    assert found.startswith("Xã Kbang Đạt chờ xác nhận")
    assert "Kết quả mới của đơn vị, Năm 2025: Đã gửi, chờ xác nhận" in found


def test_the_page_of_a_unit_sets_the_restated_standing_beside_its_own(chi: User) -> None:
    set_down([then("23656"), then("23660")], BASIC, "2024")
    words = plain(page(chi, unit_on(NOW, "23638").get_absolute_url()))
    assert "Kết quả theo địa giới hiện nay" in words
    assert "19.2 xã nông thôn mới Đạt chờ xác nhận Đạt Xã Lơ Ku (KBang) · Năm 2024" in words
    assert "Kết quả theo địa giới hiện nay" not in page(chi, unit_on(NOW, "23650").get_absolute_url())


# --- the figures -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "total", "needed"),
    [
        (("--as-of", "2025-12-31"), 69, 69),
        (("--as-of", "2024-12-31"), 69, 69),
        (("--as-of", "2025-12-31", "--province", "52"), 110, 109),
        (("--as-of", "2024-12-31", "--province", "64"), 69, 69),
        (("--as-of", "2025-06-30", "--province", "52"), 41, None),
    ],
)
def test_the_units_are_those_living_today(arguments: tuple[str, ...], total: int, needed: int | None) -> None:
    found = figures(*arguments)
    assert [(found[code]["total"], found[code]["needed"]) for code in (BASIC,)] == [(total, needed)]
    assert found[BASIC]["units_as_of"] == TODAY.isoformat()


def test_districts_answer_in_then_and_say_so(chi: User) -> None:
    set_down([then("632"), then("633")], DISTRICT, "2025-H1")
    found = figures("--as-of", NOW)[DISTRICT]
    assert (found["met"], found["total"], found["units_as_of"]) == (2, 17, "2025-06-30")
    assert "derived" not in found
    said = "Hiện nay không còn đơn vị cấp huyện: số liệu theo địa giới tại thời điểm, tính đến ngày 30/6/2025."
    assert said in plain(page(chi, f"/?as_of={NOW}&boundaries=now"))
    assert said in plain(page(chi, f"/progress/{DISTRICT}/?as_of={NOW}&boundaries=now"))


def test_the_command_says_the_rule_and_how_many_are_derived() -> None:
    set_down([then("23656"), then("23660"), then("23650")], BASIC, "2024")
    out = io.StringIO()
    call_command("progress", "--as-of", NOW, "--boundaries", "now", stdout=out)
    assert "theo địa giới hiện nay" in out.getvalue()
    assert "lấy mức thấp nhất trong các đơn vị hợp thành thuộc đối tượng đánh giá" in out.getvalue()
    assert "Đạt 2/69 xã" in out.getvalue()
    assert "Trong 2 xã đạt có 1 xã tính theo kết quả của các đơn vị trước sắp xếp, chờ xác nhận." in out.getvalue()
    assert command("--as-of", NOW)["boundaries"] == "now"


def test_the_switch_keeps_day_and_scope_and_says_the_rule(chi: User) -> None:
    set_down([then("23656"), then("23660")], BASIC, "2024")
    html = page(chi, f"/?as_of={BEFORE}")
    assert f'href="?as_of={BEFORE}&boundaries=now"' in html
    assert "Theo đơn vị cấp huyện" in html
    html = page(chi, f"/?as_of={BEFORE}&boundaries=now")
    words = plain(html)
    assert "Địa bàn tỉnh Gia Lai trước ngày 01/7/2025 · theo địa giới hiện nay" in words
    assert "lấy mức thấp nhất trong các đơn vị hợp thành" in words
    assert "Theo đơn vị cấp huyện" not in words
    assert "chờ xác nhận: 1 xã đạt theo kết quả trước sắp xếp" in words
    assert f"/progress/{BASIC}/?as_of={BEFORE}&boundaries=now" in html
    assert "Xã Kbang Đạt chờ xác nhận" in words


def test_who_has_no_unit_today_is_not_offered_the_switch(bao: User) -> None:
    set_down([then("23905")], BASIC, "2024")
    assert "boundaries=now" not in page(bao, f"/?as_of={BEFORE}")
    words = plain(page(bao, f"/?as_of={BEFORE}&boundaries=now"))
    assert "theo địa giới tại thời điểm" in words
    assert "1 /19 xã" in words


def test_before_the_merger_today_s_units_are_the_old_ones(chi: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scopes, "today", lambda: datetime.date(2024, 12, 1))
    set_down([unit_on("2024-09-30", "23590"), unit_on("2024-09-30", "23593")], BASIC, "2024-Q3")
    assert figures("--as-of", "2024-09-30")[BASIC]["total"] == 180
    assert row(chi, "Xã Biển Hồ", day="2024-09-30", more="&district=622").startswith("Xã Biển Hồ Đạt chờ xác nhận")
    assert "Theo đơn vị cấp huyện" in page(chi, "/?as_of=2024-09-30&boundaries=now")


def test_a_commune_of_today_is_told_its_parts_but_not_led_to_them(make_person: Any) -> None:
    set_down([then("23656"), then("23660")], BASIC, "2024")
    officer = make_person("moi", "commune", "23638", day=datetime.date(2025, 12, 31))
    html = page(officer, f"/progress/{BASIC}/?as_of={NOW}&boundaries=now")
    assert "Xã Lơ Ku (KBang)" in html
    assert "Xem đánh giá" not in html
    for assessment in Assessment.objects.all():
        assert assessment.get_absolute_url() not in html
        page(officer, assessment.get_absolute_url(), status=404)


# --- random histories ------------------------------------------------------------------------------------

UNITS = (
    *((BEFORE, code) for code in ("23590", "23692", "23746", "23761", "23656", "23660", "23638", "23650", "23659")),
    *(("2024-09-30", code) for code in ("23593", "23662", "23671", "23674")),
    *((NOW, code) for code in ("23590", "23638", "23674")),
)
SAID = st.tuples(
    st.sampled_from(UNITS),
    st.sampled_from(("2023", "2024-Q3", "2024", "2025-H1", "2025-Q3", "2025")),
    st.sampled_from((MET, NOT_MET)),
    st.sampled_from((State.CONFIRMED, State.CONFIRMED, State.SUBMITTED, State.DRAFT)),
)


QUIET = [HealthCheck.function_scoped_fixture]
ASKED = st.sampled_from((NOW, BEFORE, "2025-06-30"))


def check_parts(said: list[Any], day: str) -> None:
    with transaction.atomic():
        for (when, code), period, verdict, state in said:
            set_down([unit_on(when, code)], BASIC, period, verdict, state)
        found = progress(scopes.territory(Plan.objects.current()), datetime.date.fromisoformat(day), "now")
        living = UnitVersion.objects.as_of(TODAY).in_territory_of(Plan.objects.current().province)
        for one in (one for one in found if one.is_now):
            tally = one.tally
            assert tally.total == living.of_kinds(one.target.kinds).count() == 69
            assert tally.met + tally.not_met + tally.pending + tally.missing == tally.total
            assert tally.derived <= tally.met
        own = Revision.objects.official().filter(
            assessment__unit__in=[unit_on(NOW, code) for code in ("23590", "23638", "23674")],
            assessment__period__ends_on__gt="2025-06-30",
            assessment__period__ends_on__lte=day,
        )
        assert not set(own.values_list("assessment__unit", flat=True)) & set(found[0].restated)
        transaction.set_rollback(True)


@settings(max_examples=8, deadline=None, suppress_health_check=QUIET)
@given(said=st.lists(SAID, max_size=25, unique_by=lambda one: one[:2]), day=ASKED)
def test_whatever_was_said_the_parts_make_up_the_units_of_today(said: list[Any], day: str) -> None:
    check_parts(said, day)


@pytest.mark.long
@settings(max_examples=100, deadline=None, suppress_health_check=QUIET)
@given(said=st.lists(SAID, max_size=25, unique_by=lambda one: one[:2]), day=ASKED)
def test_whatever_much_was_said_the_parts_make_up_the_units_of_today(said: list[Any], day: str) -> None:
    check_parts(said, day)


# --- cost ------------------------------------------------------------------------------------------------


def queries_of_progress() -> int:
    with CaptureQueriesContext(connection) as captured:
        found = progress(scopes.territory(Plan.objects.current()), TODAY, "now")
    assert found[0].is_now
    return len(captured)


def queries_of(user: User, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(user, address)
    return len(captured)


def grown(count: int, make_person: Any) -> None:
    """Compare the cost before and after so many communes are added, each with a result."""
    addresses = (
        f"/?as_of={NOW}&boundaries=now",
        f"/?as_of={NOW}&boundaries=now&province=52",
        f"/progress/{BASIC}/?as_of={NOW}&boundaries=now",
        f"/progress/settling/?indicator={BASIC}",
    )
    chi = make_person("moi", "province", "52", day=datetime.date(2025, 12, 31))
    old, _ = crowd(3)
    results(old, BASIC, "2024")
    for address in addresses:  # what a process keeps (the drawn boundaries) is kept
        page(chi, address)
    before = [queries_of_progress(), *(queries_of(chi, address) for address in addresses)]
    old, new = crowd(count)
    results(old, BASIC, "2024")
    results(old, ADVANCED, "2025-H1", NOT_MET)
    assert figures("--as-of", NOW)[BASIC]["met"] == 1 + len(new)
    after = [queries_of_progress(), *(queries_of(chi, address) for address in addresses)]
    assert [more for more, less in zip(after, before, strict=True) if more > less] == []
    assert before[0] <= 10  # one of them finds the plan


def test_queries_do_not_grow_with_the_units(make_person: Any) -> None:
    grown(240, make_person)


@pytest.mark.long
def test_queries_do_not_grow_to_the_size_of_the_nation(make_person: Any) -> None:
    grown(10_598, make_person)


def test_only_the_asked_target_is_counted(chi: User) -> None:
    plan = Plan.objects.current()
    (target,) = [one for one in final_targets(plan) if one.indicator.code == BASIC]
    assert [one.target for one in progress(scopes.territory(plan), TODAY, "now", [target])] == [target]
