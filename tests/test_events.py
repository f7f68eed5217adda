"""Boundary events made by hand, through the pages: each kind, the second person, the undoing, the files after them."""

import datetime
from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communes import registry
from communes.events.telling import outline
from communes.models import Alias, BoundaryEvent, EventState, Succession, Unit, UnitVersion, User
from communes.registry import Rows
from communes.unit_list import FOLDER, Files, load_units
from criteria.models import Verb
from tests.cases import entered, line, taken
from tests.event_cases import (
    COMMUNES,
    DAY,
    FIRST,
    PROVINCE,
    SECOND,
    applied,
    borne,
    drafted,
    dump,
    errors,
    filled_in,
    links,
    step,
    write_small,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]
ONE, TWO, THREE, FOUR, FIVE, TOWN = COMMUNES
DAY_LONG = datetime.timedelta(days=1)
MERGER, MERGED_BY = datetime.date(2024, 11, 1), "1195/NQ-UBTVQH15"
NEW = {"name": "Suối Lớn", "code": "90009"}


@pytest.fixture
def small(reference: None) -> None:
    write_small()


@pytest.fixture
def quyen(make_person) -> User:
    """Quyên, another administrator: the second person."""
    return make_person("quyen", "administrator", None, is_staff=True)


@pytest.fixture
def maker(client: Client, quang: User) -> Client:
    client.force_login(quang)
    return client


# --- each kind -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small")
class TestKinds:
    def test_a_renamed_unit_goes_on_and_keeps_its_former_name(self, maker: Client, quang: User, quyen: User) -> None:
        event = drafted(maker, "rename", ["90001"], {"name": "Suối Đá", "code": "90011", "kind": "thi_tran"})
        assert event.summary == "Xã Suối Một (90001) đổi thành Thị trấn Suối Đá (90011)"
        assert borne(ONE) == [f"Xã Suối Một 90001 < {FIRST} 2021-01-01.."]  # nothing before the approval
        applied(event, quang, quyen)
        assert borne(ONE) == [
            f"Xã Suối Một 90001 < {FIRST} 2021-01-01..2024-02-29",
            f"Thị trấn Suối Đá 90011 < {FIRST} 2024-03-01..",
        ]
        assert Alias.objects.get(unit__key=ONE).name == "Suối Một"
        assert links() == []

    def test_units_merge_into_a_new_one(self, maker: Client, quang: User, quyen: User) -> None:
        event = applied(drafted(maker, "merge", ["suoi mot", "Xã Suối Hai (Nguồn)"], NEW), quang, quyen)
        assert event.summary == "Xã Suối Một (90001), Xã Suối Hai (90002) sáp nhập thành Xã Suối Lớn (90009)"
        assert borne(ONE) == [f"Xã Suối Một 90001 < {FIRST} 2021-01-01..2024-02-29"]
        assert borne("90009-20240301") == [f"Xã Suối Lớn 90009 < {FIRST} 2024-03-01.."]
        assert links() == [f"{ONE} → 90009-20240301 1", f"{TWO} → 90009-20240301 1"]

    def test_a_new_unit_may_bear_the_code_and_name_of_one_that_ends(
        self, maker: Client, quang: User, quyen: User
    ) -> None:
        applied(drafted(maker, "merge", ["90001", "90002"], {"name": "Suối Một", "code": "90001"}), quang, quyen)
        assert borne("90001-20240301") == [f"Xã Suối Một 90001 < {FIRST} 2024-03-01.."]

    def test_a_unit_that_takes_in_another_goes_on(self, maker: Client, quang: User, quyen: User) -> None:
        event = applied(drafted(maker, "merge", ["90001", "90002"], {"existing": "90002"}), quang, quyen)
        assert event.summary == "Xã Suối Một (90001) nhập vào Xã Suối Hai (90002)"
        cut = [f"Xã Suối Hai 90002 < {FIRST} 2021-01-01..2024-02-29", f"Xã Suối Hai 90002 < {FIRST} 2024-03-01.."]
        assert borne(TWO) == cut
        assert links() == [f"{ONE} → {TWO} 1"]

    def test_a_merged_district_gives_its_communes_to_the_one_that_goes_on(
        self, maker: Client, quang: User, quyen: User
    ) -> None:
        applied(drafted(maker, "merge", ["901"], {"existing": "902"}), quang, quyen)
        assert borne(ONE)[-1] == f"Xã Suối Một 90001 < {SECOND} 2024-03-01.."

    def test_a_divided_unit_ends(self, maker: Client, quang: User, quyen: User) -> None:
        after = [{**NEW, "share": "68,2"}, {"existing": "suoi hai", "share": "31,8"}]
        applied(drafted(maker, "split", ["90001"], *after), quang, quyen)
        assert borne(ONE) == [f"Xã Suối Một 90001 < {FIRST} 2021-01-01..2024-02-29"]
        assert links() == [f"{ONE} → 90009-20240301 0.682", f"{ONE} → {TWO} 0.318"]

    def test_a_unit_that_gives_a_part_goes_on(self, maker: Client, quang: User, quyen: User) -> None:
        applied(drafted(maker, "part", ["90001"], {"existing": "90002"}), quang, quyen)
        assert borne(ONE) == [f"Xã Suối Một 90001 < {FIRST} 2021-01-01.."]
        assert links() == [f"{ONE} → {TWO} ?"]

    def test_founding_and_dissolving(self, maker: Client, quang: User, quyen: User) -> None:
        applied(drafted(maker, "found", [], {**NEW, "kind": "xa", "parent": "901"}), quang, quyen)
        assert borne("90009-20240301") == [f"Xã Suối Lớn 90009 < {FIRST} 2024-03-01.."]
        applied(drafted(maker, "dissolve", ["90001", "90004"]), quang, quyen)
        assert borne(FOUR) == [f"Xã Suối Bốn 90004 < {SECOND} 2021-01-01..2024-02-29"]
        assert links() == []

    def test_the_end_of_the_districts_puts_the_communes_under_the_province(
        self, maker: Client, quang: User, quyen: User
    ) -> None:
        event = applied(drafted(maker, "end_level", ["Tỉnh Thử"]), quang, quyen)
        assert event.summary == "Kết thúc cấp huyện của Tỉnh Thử (90)"
        assert borne(FIRST) == [f"Huyện Nguồn 901 < {PROVINCE} 2021-01-01..2024-02-29"]
        assert borne(ONE)[-1] == f"Xã Suối Một 90001 < {PROVINCE} 2024-03-01.."

    def test_merging_and_ending_the_level_on_one_day_commute(self, maker: Client, quang: User, quyen: User) -> None:
        """Whichever comes first, the same rows: a commune merged that day never stood under the province."""
        before, found = registry.current(), []
        for order in (["merge", "end_level"], ["end_level", "merge"]):
            made = []
            for kind in order:
                units, after = (["90"], []) if kind == "end_level" else (["90001", "90002"], [{**NEW, "parent": "90"}])
                made.append(applied(drafted(maker, kind, units, *after), quang, quyen))
            found.append(set(registry.current()))
            for event in reversed(made):
                step(maker, "event_undo", event, reason="Thử thứ tự")
        assert found[0] == found[1]
        assert set(registry.current()) == set(before)

    def test_a_district_that_changes_province_takes_its_communes_along(
        self, maker: Client, quang: User, quyen: User
    ) -> None:
        event = drafted(maker, "rename", ["901"], {"parent": "52"}, effective_on="01/01/2026")
        assert event.province is None  # two provinces: only an administrator decides
        applied(event, quang, quyen)
        assert borne(ONE) == [
            f"Xã Suối Một 90001 < {FIRST} 2021-01-01..2025-12-31",
            f"Xã Suối Một 90001 < {FIRST} 2026-01-01..",
        ]
        provinces = UnitVersion.objects.filter(unit__key=ONE).order_by("starts_on")
        assert [version.province.key for version in provinces] == [PROVINCE, "52-20250701"]
        told = outline(event)
        assert [(old.title, new.parent) for old, new in told.changed] == [("Huyện Nguồn", "Tỉnh Gia Lai")]


# --- the real merger -------------------------------------------------------------------------------------


def rows_until(day: datetime.date) -> Rows:
    """Return the files as if nothing were known of the day and later."""
    rows = Files(FOLDER).rows
    versions = [row for row in rows.versions if row.starts_on < day]
    versions = [replace(row, ends_on=None if row.last_day >= day - DAY_LONG else row.ends_on) for row in versions]
    known = {row.key for row in versions}
    return Rows(
        units=[row for row in rows.units if row.key in known],
        versions=versions,
        successions=[row for row in rows.successions if row.effective_on < day],
        aliases=[row for row in rows.aliases if row.unit in known],
    )


def test_the_mergers_of_2024_by_hand_give_the_rows_of_the_files(without_reference: None, client: Client) -> None:
    """Tân Sơn into Biển Hồ; Kông Pla and a part of Đăk HLơ make Kông Bơ La, the rest goes to Nghĩa An."""
    registry.write(rows_until(MERGER))
    first, second = (
        User.objects.create_user(name, full_name=name, role="administrator") for name in ("quang", "quyen")
    )
    client.force_login(first)
    on = {"effective_on": "01/11/2024", "resolution": MERGED_BY}
    event = drafted(client, "merge", ["tan son"], {"existing": "Biển Hồ"}, **on)
    assert event.summary == "Xã Tân Sơn (23593) nhập vào Xã Biển Hồ (23590)"
    applied(event, first, second)
    parts = [
        {"name": "Kông Bơ La", "code": "23674", "share": "68,2", "wholes": "kong pla"},
        {"existing": "Nghĩa An", "share": "31,8"},
    ]
    applied(drafted(client, "split", ["23674 Đăk HLơ"], *parts, **on), first, second)
    wanted = rows_until(MERGER + DAY_LONG)
    assert set(registry.current()) == set(wanted)
    assert registry.write(wanted).is_empty


def test_the_files_with_the_merger_change_nothing_after_it(maker: Client, quang: User, chi: User) -> None:
    """Entered by hand first, in the files of a later version then."""
    files, stored = dump(), registry.current()
    link = next(row for row in stored.successions if row.predecessor == "23593-20200201")
    tan_son = next(row for row in stored.versions if row.key == link.predecessor)
    registry.write(
        Rows(versions=[replace(tan_son, ends_on=datetime.date(2025, 6, 30))]), removed=Rows(successions=[link])
    )
    event = drafted(maker, "merge", ["23593"], {"existing": "23590"}, effective_on="01/11/2024", resolution=MERGED_BY)
    applied(event, quang, chi)
    assert dump() == files
    assert load_units().is_empty
    assert dump() == files


# --- the second person -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("small")
class TestSecondPerson:
    def test_the_maker_never_approves(self, maker: Client, quang: User) -> None:
        event = drafted(maker, "merge", ["90001"], {"existing": "90002"})
        step(maker, "event_submit", event)
        page = maker.get(event.get_absolute_url()).content.decode()
        assert "Người lập không duyệt" in page
        assert "Duyệt và áp dụng" not in page
        answer = step(maker, "event_approve", event)
        assert "người lập không duyệt" in maker.get(answer["Location"]).content.decode()
        event.refresh_from_db()
        assert event.state == EventState.SUBMITTED
        with pytest.raises(IntegrityError, match="the_maker_of_an_event_does_not_approve_it"), transaction.atomic():
            BoundaryEvent.objects.filter(pk=event.pk).update(
                state="applied", approved_by=quang, approved_at=event.made_at
            )

    def test_a_draft_is_not_approved(self, maker: Client, client: Client, quang: User, quyen: User) -> None:
        event = drafted(maker, "merge", ["90001"], {"existing": "90002"})
        client.force_login(quyen)
        step(client, "event_approve", event)
        event.refresh_from_db()
        assert event.state == EventState.DRAFT

    def test_the_officer_of_the_province_approves_and_no_other(
        self, maker: Client, make_person, quang: User, chi: User
    ) -> None:
        thu, event = make_person("thu", "province", "90"), drafted(maker, "merge", ["90001"], {"existing": "90002"})
        second = Client()
        second.force_login(thu)
        assert second.get(event.get_absolute_url()).status_code == 404  # not sent yet
        step(maker, "event_submit", event)
        assert "1 sự kiện chờ duyệt" in second.get(reverse("events")).content.decode()
        second.force_login(chi)
        assert second.get(event.get_absolute_url()).status_code == 404
        assert step(second, "event_approve", event).status_code == 404
        second.force_login(thu)
        assert "Duyệt và áp dụng" in second.get(event.get_absolute_url()).content.decode()
        step(second, "event_approve", event)
        event.refresh_from_db()
        assert (event.state, event.approved_by) == ("applied", thu)

    def test_a_return_names_its_reason_and_opens_the_draft(self, maker: Client, quang: User, quyen: User) -> None:
        event, second = drafted(maker, "merge", ["90001"], {"existing": "90002"}), Client()
        step(maker, "event_submit", event)
        second.force_login(quyen)
        step(second, "event_return", event, reason=" ")
        event.refresh_from_db()
        assert event.state == "submitted"
        step(second, "event_return", event, reason="Sai ngày hiệu lực")
        page = maker.get(event.get_absolute_url()).content.decode()
        assert "Sai ngày hiệu lực" in page
        edit = reverse("event_edit", args=[event.pk])
        assert second.get(edit).status_code == 403
        form = maker.get(edit).context["form"]
        assert form["units"].value() == "90001 Xã Suối Một (Nguồn)"
        data = {"effective_on": "01/04/2024", "resolution": "10/NQ", "units": form["units"].value()}
        rows = {"after-TOTAL_FORMS": 1, "after-INITIAL_FORMS": 1, "after-0-existing": "90002 Xã Suối Hai (Nguồn)"}
        assert maker.post(edit, {**data, **rows}).status_code == 302
        event.refresh_from_db()
        assert (event.effective_on, event.resolution) == (datetime.date(2024, 4, 1), "10/NQ")

    def test_what_changed_since_it_was_seen_is_not_approved(self, maker: Client, quang: User, quyen: User) -> None:
        event, second = drafted(maker, "merge", ["90001"], {"existing": "90002"}), Client()
        step(maker, "event_submit", event)
        second.force_login(quyen)
        answer = second.post(reverse("event_approve", args=[event.pk]), {"seen": "hôm qua"})
        assert "đã thay đổi sau khi mở trang" in second.get(answer["Location"]).content.decode()

    def test_what_the_registry_no_longer_holds_is_not_applied(self, maker: Client, quang: User, quyen: User) -> None:
        event = drafted(maker, "merge", ["90001", "90002"], NEW)
        step(maker, "event_submit", event)
        applied(drafted(maker, "dissolve", ["90001"]), quang, quyen)
        second = Client()
        second.force_login(quyen)
        assert "Danh mục đơn vị đã thay đổi" in second.get(event.get_absolute_url()).content.decode()
        answer = step(second, "event_approve", event)
        assert "Trả lại để người lập" in second.get(answer["Location"]).content.decode()

    def test_the_maker_withdraws_and_deletes(self, maker: Client, quang: User) -> None:
        event = drafted(maker, "merge", ["90001"], {"existing": "90002"})
        step(maker, "event_submit", event)
        assert maker.get(reverse("event_edit", args=[event.pk])).status_code == 403
        step(maker, "event_withdraw", event)
        assert step(maker, "event_delete", event)["Location"] == reverse("events")
        assert not BoundaryEvent.objects.exists()

    @pytest.mark.parametrize("who", ["an", "bao", "lan"])
    def test_others_see_nothing(self, maker: Client, request: pytest.FixtureRequest, who: str) -> None:
        event, other = drafted(maker, "merge", ["90001"], {"existing": "90002"}), Client()
        step(maker, "event_submit", event)
        other.force_login(request.getfixturevalue(who))
        assert other.get(reverse("events")).status_code == 403
        assert other.get(reverse("event_new")).status_code == 403
        assert other.get(event.get_absolute_url()).status_code == 404
        assert step(other, "event_approve", event).status_code == 404

    def test_a_provincial_officer_makes_none(self, client: Client, chi: User) -> None:
        client.force_login(chi)
        assert client.get(reverse("events")).status_code == 200
        assert client.get(reverse("event_new")).status_code == 403


# --- the preview -----------------------------------------------------------------------------------------


def test_the_preview_shows_all_that_is_touched(maker: Client, an: User, bao: User, chi: User, chinh: User) -> None:
    """Ia Bang and Ia Băng, both of Chư Prông, as if they had merged on 01/12/2024."""
    official = taken(Verb.SUBMIT, *entered(bao, line("23924", period="2023"), period="2023"), bao)
    taken(Verb.CONFIRM, official, chi)
    entered(bao, line("23905", period="2024"), period="2024")
    rows = registry.current().successions
    later = [row for row in rows if row.predecessor == "23905-20200201"]
    registry.write(Rows(), removed=Rows(successions=later))
    event = drafted(maker, "merge", ["23905"], {"existing": "23924"}, effective_on="01/12/2024")
    page = maker.get(event.get_absolute_url())
    effects, told = page.context["effects"], page.context["outline"]
    assert [unit.title for unit in told.closed] == ["Xã Ia Băng"]
    assert effects.users == [an]
    assert effects.open_counts == [("Đang nhập", 1)]
    assert [str(row.assessment.period) for row in effects.to_review] == ["Năm 2023"]
    assert [(c.target.indicator.number, c.total, c.total_after) for c in effects.targets] == [
        ("19.2", 180, 179),
        ("19.2", 180, 179),
    ]
    assert [(c.needed, c.needed_after) for c in effects.targets] == [(179, 178), (90, 90)]
    text = page.content.decode()
    for words in ("Người dùng hết địa bàn (1)", "cần rà soát lại (1)", "Xã Ia Băng</a> (Huyện Chư Prông)"):
        assert words in text


@pytest.mark.usefixtures("small")
def test_equal_names_are_named(maker: Client) -> None:
    event = drafted(maker, "rename", ["90001"], {"name": "Suối Hải"}, {})
    assert maker.get(event.get_absolute_url()).context["effects"].names == [
        "Xã Suối Hải (Huyện Nguồn) chỉ khác dấu với Xã Suối Hai (Nguồn), mã 90002, từ 01/01/2021."
    ]


def test_the_preview_costs_the_same_for_one_unit_and_for_many(maker: Client, small: None) -> None:
    costs = []
    for units, new in ((["90001", "90002"], NEW), (["901", "902"], {"name": "Nguồn Cửa", "code": "909"})):
        event = drafted(maker, "merge", units, new)
        with CaptureQueriesContext(connection) as caught:
            assert maker.get(event.get_absolute_url()).status_code == 200
        costs.append(len(caught))
    assert costs[0] == costs[1]
    assert costs[0] < 45


# --- what is refused, and in which words -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "units", "after", "words"),
    [
        ("merge", ["Ia Băng"], {"existing": "23924"}, "có 2 đơn vị: Xã Ia Băng (Đăk Đoa), mã 23719, từ 01/02/2020"),
        ("merge", ["23593"], {"existing": "23590"}, "không tồn tại vào ngày 30/11/2024. Có: Xã Tân Sơn"),
        ("merge", ["23905 Ia Bang"], {"existing": "23924"}, "mã 23905 vào ngày 30/11/2024 là Xã Ia Băng (Chư Prông)"),
        ("merge", ["Ia Ban"], {"existing": "23924"}, "Gần giống:"),
        ("merge", ["Nowhere"], {"existing": "23924"}, "Dùng ô “Tìm đơn vị”"),
        ("merge", ["23905", "ia bang (chu prong)", "23905"], {"existing": "23590"}, "Nhập mã"),
        ("merge", ["23905", "23905"], {"existing": "23590"}, "đã có ở dòng trên, xóa một dòng"),
        ("merge", ["632", "23905"], {"existing": "23590"}, "không cùng cấp"),
        ("merge", ["23905"], {"name": "Ia Mới"}, "Cần nhập, hoặc chọn đơn vị đã có"),
        ("merge", ["23905", "23924"], {"name": "Ia Mới", "code": "23590"}, "đang là mã của Biển Hồ"),
        ("merge", ["23905"], {}, "Chưa nhập đơn vị sau sắp xếp"),
        ("merge", ["23905"], {"existing": "23905"}, "Cần ít nhất một đơn vị nhập vào"),
        ("rename", ["23905", "23924"], {"name": "Ia Mới"}, "Chỉ nhập một đơn vị"),
        ("rename", ["23905"], {"name": "Ia Băng"}, "không làm thay đổi đơn vị nào"),
        ("split", ["23905"], {"existing": "23924", "share": "100"}, "ít nhất hai đơn vị sau"),
        ("part", ["23905"], {"existing": "23924", "share": "100"}, "phải dưới 100%"),
        ("part", ["23905"], {"existing": "23905", "share": "10"}, "không nhận phần của chính mình"),
        ("dissolve", ["632"], {}, "còn 20 đơn vị trực thuộc"),
        ("end_level", ["632"], {}, "Nhập tên hoặc mã của tỉnh"),
        ("found", [], {"name": "Ia Mới", "code": "2390", "kind": "xa", "parent": "632"}, "cấp xã có 5"),
        ("found", [], {"name": "Ia Mới", "code": "23999", "kind": "xa"}, "phải trực thuộc một đơn vị cấp trên"),
    ],
)
def test_a_refusal_names_its_ground(maker: Client, kind: str, units: list, after: dict, words: str) -> None:
    response = filled_in(maker, kind, units, after, effective_on="01/12/2024")
    assert response.status_code == 200
    assert words in errors(response)
    assert not BoundaryEvent.objects.exists()


def test_a_unit_that_changes_later_is_not_ended_before(maker: Client, quang: User, quyen: User, small: None) -> None:
    applied(drafted(maker, "rename", ["90001"], {"name": "Suối Đá"}, effective_on="01/06/2024"), quang, quyen)
    found = errors(filled_in(maker, "merge", ["90001"], {"existing": "90002"}))
    assert "còn thay đổi từ ngày 01/6/2024; hủy thay đổi đó trước" in found


@pytest.mark.parametrize("query", ["", "?kind=explode"])
def test_without_a_kind_the_kinds_are_offered(maker: Client, query: str) -> None:
    assert "Kết thúc cấp huyện của một tỉnh" in maker.get(reverse("event_new") + query).content.decode()


def test_units_are_found_without_accents_and_without_javascript(maker: Client) -> None:
    typed = {"effective_on": "01/12/2024", "search": "ia bang", "units": "23590"}
    address, rows = f"{reverse('event_new')}?kind=merge", {"after-TOTAL_FORMS": 1, "after-0-name": "Ia Mới"}
    page = maker.post(address, {**typed, **rows, "find": "1"})
    lines = [taking for _, taking in page.context["found"]]
    assert lines == ["23924 Xã Ia Bang (Chư Prông)", "23719 Xã Ia Băng (Đăk Đoa)", "23905 Xã Ia Băng (Chư Prông)"]
    page = maker.post(address, {**typed, **rows, "take": lines[2]})
    assert page.context["form"]["units"].value() == "23590\n23905 Xã Ia Băng (Chư Prông)"
    assert 'value="Ia Mới"' in page.content.decode()
    more = maker.post(f"{reverse('event_new')}?kind=split", {**typed, "after-TOTAL_FORMS": 4, "more": "1"})
    assert more.context["rows"].total_form_count() == 6


# --- undoing ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small")
class TestUndoing:
    @pytest.mark.parametrize(
        ("kind", "units", "after"),
        [
            ("rename", ["90001"], [{"name": "Suối Đá", "parent": "902"}]),
            ("merge", ["90001", "90004"], [{**NEW, "parent": "902"}]),
            ("merge", ["901"], [{"existing": "902", "name": "Cửa Nguồn"}]),
            ("split", ["90001"], [NEW, {"existing": "90002"}]),
            ("part", ["90001"], [NEW]),
            ("found", [], [{**NEW, "kind": "xa", "parent": "901"}]),
            ("dissolve", ["90001"], []),
            ("end_level", ["90"], []),
        ],
    )
    def test_undoing_restores_every_row(
        self, maker: Client, quang: User, quyen: User, kind: str, units: list, after: list
    ) -> None:
        before = dump()
        event = applied(drafted(maker, kind, units, *after), quang, quyen)
        assert dump() != before
        step(maker, "event_undo", event, reason="")
        event.refresh_from_db()
        assert event.state == "applied"
        step(maker, "event_undo", event, reason="Nghị quyết bị thay thế")
        event.refresh_from_db()
        assert (event.state, event.undone_by) == ("undone", quang)
        assert dump() == before
        assert "Nghị quyết bị thay thế" in maker.get(event.get_absolute_url()).content.decode()

    def test_what_hangs_on_a_new_unit_keeps_it(self, maker: Client, quang: User, quyen: User, make_person) -> None:
        event = applied(drafted(maker, "merge", ["90001", "90002"], NEW), quang, quyen)
        user = make_person("nam", "commune", "90009")
        page = maker.get(event.get_absolute_url()).content.decode()
        assert "1 người dùng: Nam – Công an xã Suối Lớn." in page
        answer = step(maker, "event_undo", event, reason="Nhầm")
        assert "Nam – Công an xã Suối Lớn" in maker.get(answer["Location"]).content.decode()
        event.refresh_from_db()
        assert event.state == "applied"
        user.delete()
        step(maker, "event_undo", event, reason="Nhầm")
        assert not Unit.objects.filter(key="90009-20240301").exists()

    def test_a_later_event_is_undone_first(self, maker: Client, quang: User, quyen: User) -> None:
        first = applied(drafted(maker, "merge", ["90001", "90002"], NEW), quang, quyen)
        second = applied(
            drafted(maker, "merge", ["90009"], {"existing": "90003"}, effective_on="01/05/2024"), quang, quyen
        )
        page = maker.get(first.get_absolute_url()).content.decode()
        assert "Sự kiện áp dụng sau: Xã Suối Lớn (90009) nhập vào Xã Suối Ba (90003)" in page
        step(maker, "event_undo", second, reason="Nhầm")
        step(maker, "event_undo", first, reason="Nhầm")
        first.refresh_from_db()
        assert first.state == "undone"

    def test_an_event_of_other_units_is_no_hindrance(self, maker: Client, quang: User, quyen: User) -> None:
        first = applied(drafted(maker, "merge", ["90001"], {"existing": "90002"}), quang, quyen)
        later = applied(
            drafted(maker, "rename", ["23905"], {"name": "Ia Mới"}, effective_on="01/05/2024"), quang, quyen
        )
        step(maker, "event_undo", first, reason="Nhầm")
        first.refresh_from_db()
        assert (first.state, later.state) == ("undone", "applied")


def test_the_files_leave_an_event_alone(maker: Client, quang: User, quyen: User) -> None:
    """A renaming inside a version that the files know with its end, and a later renaming of an open one."""
    applied(drafted(maker, "rename", ["23905"], {"name": "Ia Mới"}, effective_on="01/12/2024"), quang, quyen)
    applied(drafted(maker, "rename", ["23590"], {"name": "Biển Xanh"}, effective_on="01/01/2026"), quang, quyen)
    before = dump()
    assert load_units().is_empty
    assert dump() == before
    assert UnitVersion.objects.as_of(DAY.replace(year=2026)).get(code="23590").name == "Biển Xanh"
    assert not Succession.objects.filter(effective_on=datetime.date(2026, 1, 1)).exists()
