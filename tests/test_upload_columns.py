"""Đối chiếu cột, chọn đơn vị: the officer tells what a table of the district's own means, once."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from communes.models import Alias, User
from criteria.models import AliasProposal, ColumnMapping, Indicator, Revision, UnitChoice, Upload
from criteria.uploads.applying import apply_upload
from criteria.workbooks.formats.bounds import letter_of
from tests.cases import BASIC, conditions
from tests.conftest import unit_of
from tests.upload_books import hand_in, received

pytestmark = pytest.mark.django_db

TITLES = [["Công an huyện Chư Prông"], ["Kết quả", "an ninh, trật tự", "năm 2024"]]
HEADERS = ["TT", "Danh sách xã", *(f"Việc thứ {letter_of(n)}" for n in range(1, 9)), "Điểm thi đua"]


def own_table(*rows: tuple[str, ...], headers: list[str] = HEADERS) -> bytes:
    """A table of the district's own: titles, headers that nobody else has, every condition met unless said."""
    filled = [[str(at), name, *(said or ["Đạt"] * 8), "9"] for at, (name, *said) in enumerate(rows, 1)]
    return "\r\n".join(";".join(row) for row in [*TITLES, headers, *filled]).encode()


def handed_in(client: Client, user: User, content: bytes, **more: str) -> Upload:
    return received(client, user, content, name="bang.csv", indicator=BASIC, **more)


# In the order of the table: what each column of HEADERS is.
ANSWERS = {"column-2": "name"} | {f"column-{n + 2}": f"condition-{n}" for n in range(1, 9)} | {"column-11": "note"}


def address_of(upload: Upload) -> str:
    return reverse("upload_columns", args=[upload.pk])


def mapped(client: Client, upload: Upload, **other: str) -> str:
    """Send the page's form and return the page that it leads to."""
    return client.post(address_of(upload), ANSWERS | other, follow=True).content.decode()


def test_columns_are_mapped_once_and_remembered_for_the_district(client: Client, bao: User) -> None:
    upload = handed_in(client, bao, own_table(("Ia Băng",), ("Ia Púch",)))
    assert "Đối chiếu cột" in client.get(upload.get_absolute_url()).content.decode()
    page = client.get(address_of(upload)).content.decode()
    assert "Dòng 3: TT · Danh sách xã" in page
    assert "Dòng 2: Kết quả" in client.get(f"{address_of(upload)}?line=2").content.decode()
    assert "10 cột chưa rõ nội dung" in page
    assert "Ia Băng" in page  # the first values help to tell the columns
    assert f"Nội dung 1: {conditions()[1].wording[:20]}" in page

    page = mapped(client, upload)

    assert "Tệp không có lỗi. Lưu sẽ nhập 2 kết quả" in page
    assert apply_upload(upload.pk, by=bao).written == 2
    assert set(Revision.objects.values_list("verdict", flat=True)) == {"met"}
    again = handed_in(client, bao, own_table(("Ia Băng", *["Chưa đạt"] * 8)))
    assert (again.outcome["changed"], again.outcome["errors"]) == (1, 0)
    page = client.get(reverse("column_mappings")).content.decode()
    assert "Danh sách xã" in page
    assert "Nội dung 8" in page


def test_a_mapping_is_taken_back_and_the_next_file_is_asked_again(client: Client, bao: User) -> None:
    mapped(client, handed_in(client, bao, own_table(("Ia Băng",))))
    mapping = ColumnMapping.objects.get(header="Danh sách xã")

    page = client.post(reverse("column_mapping_remove", args=[mapping.pk]), follow=True).content.decode()

    assert "Đã bỏ đối chiếu cột “Danh sách xã”" in page
    assert "Đã bỏ</span>" in page
    again = handed_in(client, bao, own_table(("Ia Băng",)))
    assert "Không thấy dòng tiêu đề" in client.get(again.get_absolute_url()).content.decode()
    page = client.get(address_of(again)).content.decode()
    assert "1 cột chưa rõ nội dung" in page


def test_what_is_chosen_twice_or_not_at_all_is_refused_with_the_place(client: Client, bao: User) -> None:
    upload = handed_in(client, bao, own_table(("Ia Băng",)))

    page = mapped(client, upload, **{"column-4": "condition-1"})
    assert "Cột C đã chọn như vậy. Mỗi nội dung một cột." in page
    page = client.post(address_of(upload), {}).content.decode()
    assert "Chọn nội dung của ít nhất một cột" in page
    page = mapped(client, upload, **{"column-3": "condition-99"})
    assert "condition-99" in page
    assert not ColumnMapping.objects.exists()
    twice = handed_in(client, bao, own_table(("Ia Băng",), headers=[*HEADERS[:3], *HEADERS[2:3], *HEADERS[4:]]))
    assert "Hai cột cùng tiêu đề" in mapped(client, twice)


def test_one_missing_column_of_our_own_form_is_mapped(client: Client, bao: User) -> None:
    headers = ["TT", "Tên xã", *(f"Nội dung {n}" for n in range(1, 8)), "Mô hình", "Ghi chú"]
    upload = handed_in(client, bao, own_table(("Ia Băng",), headers=headers))
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "Thiếu cột “Nội dung 8”. Đối chiếu cột" in page

    address = address_of(upload)
    assert "condition-7" not in client.get(address).content.decode()  # a recognised column keeps its condition
    page = client.post(address, {"column-10": "condition-8"}, follow=True).content.decode()
    assert "Tệp không có lỗi. Lưu sẽ nhập 1 kết quả" in page
    assert client.get(address, follow=True).content.decode().count("Không còn cột nào cần đối chiếu") == 1


def test_another_district_is_not_asked_by_what_one_said(client: Client, bao: User, binh: User) -> None:
    mapped(client, handed_in(client, bao, own_table(("Ia Băng",))))
    mapping = ColumnMapping.objects.first()

    theirs = handed_in(client, binh, own_table(("Ia Ko",)))
    assert "Không thấy dòng tiêu đề" in client.get(theirs.get_absolute_url()).content.decode()
    assert "Danh sách xã" not in client.get(reverse("column_mappings")).content.decode()
    assert client.post(reverse("column_mapping_remove", args=[mapping.pk])).status_code == 404


def test_a_name_that_leads_to_no_unit_is_chosen_never_guessed(client: Client, bao: User, quang: User) -> None:
    content = own_table(("Ia Púch",), ("Xã Ia Bawng",), headers=["TT", "Tên xã", *(f"ND {n}" for n in range(1, 9)), ""])
    upload = handed_in(client, bao, content)
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "Xã Ia Bawng" in page
    assert "Chọn đơn vị cho các dòng này" in page
    address = reverse("upload_units", args=[upload.pk])
    page = client.get(address).content.decode()
    offered = [code for code in ("23905", "23908") if f"({code})" in page]
    assert offered == ["23905"]  # Ia Púch has a row of its own
    assert " selected" not in page.replace('value="" selected', "")
    assert "Chọn đơn vị của ít nhất một dòng" in client.post(address, {"unit-0": ""}).content.decode()

    page = client.post(address, {"unit-0": str(unit_of("23905").pk), "alias-0": "on"}, follow=True).content.decode()

    assert "lấy là Xã Ia Băng (mã 23905), do người nộp chọn" in page
    assert apply_upload(upload.pk, by=bao).written == 2
    mended = handed_in(client, bao, content.replace("Ia Púch".encode(), "Ia Mơ".encode()), after=str(upload.pk))
    assert mended.outcome["errors"] == 0  # what was chosen holds for the mended file
    assert not Alias.objects.filter(name="Ia Bawng").exists()
    assert decided(client, quang, "accept_proposals") == "accepted"
    assert Alias.objects.get(name="Ia Bawng").unit == unit_of("23905")
    assert handed_in(client, bao, content).outcome["errors"] == 0
    assert UnitChoice.objects.count() == 2


def decided(client: Client, user: User, action: str) -> str:
    """Let the person decide on the one proposal in the admin, and return how it stands then."""
    client.force_login(user)
    proposal = AliasProposal.objects.get()
    client.post("/admin/criteria/aliasproposal/", {"action": action, "_selected_action": [proposal.pk]})
    proposal.refresh_from_db()
    return proposal.state


def proposed(bao: User, name: str = "Ia Bawng", code: str = "23905") -> AliasProposal:
    return AliasProposal.objects.create(unit=unit_of(code), name=name, proposed_by=bao)


def test_a_proposal_is_refused_and_a_name_of_another_unit_is_not_kept(client: Client, bao: User, quang: User) -> None:
    proposal = proposed(bao, name="Ia Púch")
    assert decided(client, quang, "accept_proposals") == "open"  # it is the name of the unit beside it
    assert decided(client, quang, "refuse_proposals") == "refused"
    proposal.refresh_from_db()
    assert (proposal.decided_by, Alias.objects.filter(name="Ia Púch").exists()) == (quang, False)
    assert decided(client, quang, "accept_proposals") == "refused"  # once decided it stays


def test_only_an_administrator_decides(client: Client, bao: User, make_person) -> None:
    proposed(bao)
    clerk = make_person("kho", "province", "64", is_staff=True)
    assert decided(client, clerk, "accept_proposals") == "open"


def test_a_code_with_another_name_and_a_foreign_unit_are_not_chosen(client: Client, bao: User) -> None:
    headers = ["Mã xã", "Tên xã", *(f"ND {n}" for n in range(1, 9))]
    rows = [["23905", "Ia Púch", *["Đạt"] * 8], ["", "Ia Ko", *["Đạt"] * 8]]
    content = "\r\n".join(";".join(row) for row in [headers, *rows]).encode()
    upload = handed_in(client, bao, content)

    assert upload.outcome["errors"] == 2
    page = client.get(reverse("upload_units", args=[upload.pk]), follow=True).content.decode()
    assert "Không còn dòng nào chưa rõ đơn vị" in page


def test_a_saved_upload_is_not_mapped_any_more(client: Client, bao: User) -> None:
    upload = handed_in(client, bao, own_table(("Ia Băng",)))
    mapped(client, upload)
    apply_upload(upload.pk, by=bao)

    for name in ("upload_columns", "upload_units"):
        page = client.get(reverse(name, args=[upload.pk]), follow=True).content.decode()
        assert "Lần nộp này đã được lưu, không đối chiếu lại" in page


def test_the_pages_cost_the_same_at_any_size(client: Client, bao: User) -> None:
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    names = ("Xã A", "Xã B", "Xã C", "Xã D", "Xã E", "Xã G")
    headers = ["TT", "Tên xã", *(f"ND {n}" for n in range(1, 9)), ""]
    uploads = [
        handed_in(client, bao, own_table(*((name,) for name in names[:count]), headers=headers)) for count in (1, 1, 6)
    ]
    units = [queries(reverse("upload_units", args=[upload.pk])) for upload in uploads]
    assert units[1] == units[2]
    counts = []
    for count in (1, 1, 20):
        given = {"unit": bao.unit, "indicator": Indicator.objects.get(code=BASIC), "made_by": bao, "role": "note"}
        at = ColumnMapping.objects.count()
        for n in range(count):
            ColumnMapping.objects.create(header=f"Cột {at + n}", header_key=f"cot {at + n}", **given)
        counts.append(queries(reverse("column_mappings")))
    assert counts[1] == counts[2]


def a_mapping(bao: User, **given) -> ColumnMapping:
    base = {"unit": bao.unit, "indicator": Indicator.objects.get(code=BASIC), "header": "A", "header_key": "a"}
    return ColumnMapping(**{**base, "made_by": bao, "role": "name", **given})


def a_choice(bao: User) -> UnitChoice:
    upload = Upload.objects.first()
    return UnitChoice(upload=upload, typed="a", typed_key="a|", unit=bao.unit, by=bao)


def a_proposal(bao: User, **given) -> AliasProposal:
    return AliasProposal(**{"unit": bao.unit, "name": "A", "proposed_by": bao, **given})


BREAKING = {
    "one_mapping_of_a_header_of_a_place": lambda bao: [a_mapping(bao), a_mapping(bao, role="code")],
    "column_mapping_has_a_known_role": lambda bao: [a_mapping(bao, role="colour")],
    "column_of_a_condition_names_it": lambda bao: [a_mapping(bao, role="condition")],
    "removed_mapping_says_by_whom_and_when": lambda bao: [a_mapping(bao, removed_at=timezone.now())],
    "one_choice_for_a_name_in_an_upload": lambda bao: [a_choice(bao), a_choice(bao)],
    "one_open_proposal_of_a_name_for_a_unit": lambda bao: [a_proposal(bao), a_proposal(bao)],
    "alias_proposal_has_a_known_state": lambda bao: [a_proposal(bao, state="lost", decided_by=bao)],
    "decided_proposal_says_by_whom_and_when": lambda bao: [a_proposal(bao, state="accepted")],
}


def test_the_database_refuses(client: Client, bao: User) -> None:
    hand_in(client, bao, own_table(("Ia Băng",)), name="a.csv")
    for name, make in BREAKING.items():
        *before, last = make(bao)
        with transaction.atomic():
            for row in before:
                row.save()
            with pytest.raises(IntegrityError) as caught, transaction.atomic():
                last.save()
            transaction.set_rollback(True)
        constraint = next(
            c for m in (ColumnMapping, UnitChoice, AliasProposal) for c in m._meta.constraints if c.name == name
        )
        said = str(caught.value)
        assert name in said or all(field in said for field in getattr(constraint, "fields", ("no",))), said


def test_every_constraint_has_a_row_that_breaks_it() -> None:
    models = (ColumnMapping, UnitChoice, AliasProposal)
    assert {c.name for model in models for c in model._meta.constraints} == set(BREAKING)
