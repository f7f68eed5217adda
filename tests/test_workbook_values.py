"""A cell is a verdict or a code, or a sentence says why it is neither."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from criteria.workbooks.sheets import Cell
from criteria.workbooks.text import exact_key, fold, squash, tidy
from criteria.workbooks.values import Problem, Verdict, read_code, read_verdict

ACCEPTED = {"x": True, "✓": True, "có": True, "không": False, "1": True, "0": False}


def typed(text: str) -> Cell:
    return Cell("text", text, text)


def number(value: float) -> Cell:
    return Cell("number", value, str(value).replace(".", ","))


def said(cell: Cell, *, negative: bool = False, accepted: dict[str, bool] | None = None) -> str:
    answer = read_verdict(cell, negative=negative, accepted=accepted or {})
    assert isinstance(answer, Problem), answer
    return answer.message


@pytest.mark.parametrize("negative", [False, True])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Đạt", Verdict.MET),
        ("đạt", Verdict.MET),
        ("ĐẠT", Verdict.MET),
        (" Đạt\u00a0", Verdict.MET),
        ("Đa\u0323t", Verdict.MET),
        ("Ðạt", Verdict.MET),
        ("đạt.", Verdict.MET),
        ("Dat", Verdict.MET),
        ("Đạt\u200b", Verdict.MET),
        ("Chưa đạt", Verdict.NOT_MET),
        ("CHƯA  ĐẠT", Verdict.NOT_MET),
        ("chưa\nđạt", Verdict.NOT_MET),
        ("chua dat", Verdict.NOT_MET),
        ("Không đạt", Verdict.NOT_MET),
        ("khong dat", Verdict.NOT_MET),
    ],
)
def test_met_and_not_met_hold_everywhere(text: str, negative: bool, expected: Verdict) -> None:
    assert read_verdict(typed(text), negative=negative, accepted={}) is expected


@pytest.mark.parametrize("cell", [None, Cell("blank", None, ""), typed("  "), typed("\u200b\u00a0")])
def test_blank_is_not_judged(cell: Cell | None) -> None:
    assert read_verdict(cell, negative=False, accepted=ACCEPTED) is None
    assert read_code(cell, 5) is None


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (typed("X"), Verdict.MET),
        (typed("✓"), Verdict.MET),
        (typed("Có"), Verdict.MET),
        (typed("co"), Verdict.MET),
        (typed("KHÔNG"), Verdict.NOT_MET),
        (number(1), Verdict.MET),
        (number(0), Verdict.NOT_MET),
        (typed("1"), Verdict.MET),
    ],
)
def test_other_words_only_where_the_condition_says_what_they_mean(cell: Cell, expected: Verdict) -> None:
    assert read_verdict(cell, negative=False, accepted=ACCEPTED) is expected
    assert isinstance(read_verdict(cell, negative=False, accepted={}), Problem)
    assert isinstance(read_verdict(cell, negative=True, accepted=ACCEPTED), Problem)


def test_in_a_negative_condition_khong_can_mean_both() -> None:
    assert said(typed("Không"), negative=True, accepted=ACCEPTED) == (
        'Ô ghi "Không": chưa rõ là không xảy ra hay không đạt. Ghi "Đạt" hoặc "Chưa đạt"'
    )
    assert said(typed("có"), negative=True) == 'Ô ghi "có": chưa rõ là có xảy ra hay đạt. Ghi "Đạt" hoặc "Chưa đạt"'
    assert said(typed("Không")) == 'Ô ghi "Không": chưa rõ kết quả. Ghi "Đạt" hoặc "Chưa đạt"'


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (typed("đạt?"), 'Ô ghi "đạt?": chưa rõ kết quả. Ghi "Đạt" hoặc "Chưa đạt"'),
        (typed("Cơ bản đạt"), 'Ô ghi "Cơ bản đạt": chưa rõ kết quả. Ghi "Đạt" hoặc "Chưa đạt"'),
        (typed("7/8"), 'Ô ghi "7/8": chưa rõ kết quả. Ghi "Đạt" hoặc "Chưa đạt"'),
        (number(7), 'Ô ghi 7: chưa rõ kết quả. Ghi "Đạt" hoặc "Chưa đạt"'),
        (number(0.5), 'Ô ghi 0,5: chưa rõ kết quả. Ghi "Đạt" hoặc "Chưa đạt"'),
        (
            Cell("date", "2025-07-08", "08/07/2025"),
            'Ô chứa ngày 08/07/2025, có thể do Excel tự đổi từ chữ. Ghi "Đạt" hoặc "Chưa đạt"',
        ),
        (Cell("bool", True, "TRUE"), 'Ô ghi TRUE: chưa rõ kết quả. Ghi "Đạt" hoặc "Chưa đạt"'),
        (Cell("error", "#N/A", "#N/A"), 'Ô báo lỗi #N/A. Ghi "Đạt" hoặc "Chưa đạt"'),
        (Cell("formula", None, "=B4", "=B4"), 'Ô chứa công thức chưa có kết quả; nhập "Đạt" hoặc "Chưa đạt"'),
        (
            typed("Không áp dụng"),
            'Ô ghi "Không áp dụng": nhập ở trang đánh giá của đơn vị kèm lý do, để trống ô này',
        ),
        (typed("Đạt (chưa)"), 'Ô ghi "Đạt (chưa)": chưa rõ kết quả. Ghi "Đạt" hoặc "Chưa đạt"'),
        (typed("=1+1"), 'Ô ghi "=1+1": chưa rõ kết quả. Ghi "Đạt" hoặc "Chưa đạt"'),
        (
            typed("Đã triển khai đầy đủ các văn bản chỉ đạo của cấp trên"),
            'Ô ghi "Đã triển khai đầy đủ các văn bản chỉ đạ…": chưa rõ kết quả. Ghi "Đạt" hoặc "Chưa đạt"',
        ),
    ],
)
@pytest.mark.parametrize("negative", [False, True])
def test_what_is_not_clearly_a_verdict_names_its_ground(cell: Cell, negative: bool, message: str) -> None:
    assert said(cell, negative=negative) == message


def test_the_words_that_a_condition_takes_are_named() -> None:
    assert said(typed("v"), accepted={"x": True, "o": False}).endswith(
        'Ghi "Đạt" hoặc "Chưa đạt" (cũng nhận: "x" là đạt; "o" là chưa đạt)'
    )


@pytest.mark.parametrize(
    "text", ["Dạt", "Đất", "đát", "đạt đạt", "chứa đạt", "chưa", "đ", "Chưa đất", "Đạt / Chưa đạt"]
)
def test_words_with_other_accents_are_other_words(text: str) -> None:
    assert isinstance(read_verdict(typed(text), negative=False, accepted=ACCEPTED), Problem)


def test_a_word_with_two_meanings_has_none() -> None:
    assert isinstance(read_verdict(typed("co"), negative=False, accepted={"có": True, "cò": False}), Problem)


def test_a_formula_with_a_result_is_its_result() -> None:
    cell = Cell("text", "Đạt", "Đạt", '=IF(A1=1,"Đạt","Chưa đạt")')
    assert read_verdict(cell, negative=False, accepted={}) is Verdict.MET


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (typed("23905"), "23905"),
        (typed("23905 "), "23905"),
        (typed("'23905"), "23905"),
        (typed("00001"), "00001"),
        (number(23905), "23905"),
        (number(1), "00001"),
        (typed("905"), "00905"),
    ],
)
def test_codes(cell: Cell, expected: str) -> None:
    assert read_code(cell, 5) == expected


def test_codes_of_districts_have_three_digits() -> None:
    assert read_code(number(32), 3) == "032"
    assert read_code(typed("632"), 3) == "632"
    assert read_code(typed("0632"), 3) == Problem('Mã "0632" không hợp lệ. Ghi mã đơn vị gồm 3 chữ số')


@pytest.mark.parametrize(
    "cell",
    [
        number(23905.5),
        number(-1),
        number(1e20),
        typed("23905.0"),
        typed("X23905"),
        typed("239 05"),
        typed("２３９０５"),
        typed("'"),
        Cell("bool", True, "TRUE"),
        Cell("date", "1965-06-12", "12/06/1965"),
        Cell("error", "#REF!", "#REF!"),
        Cell("formula", None, "=A1", "=A1"),
    ],
)
def test_what_is_no_code_says_so(cell: Cell) -> None:
    answer = read_code(cell, 5)
    assert isinstance(answer, Problem)
    assert answer.message.endswith("Ghi mã đơn vị gồm 5 chữ số")


CELLS = st.one_of(
    st.text(max_size=20).map(typed),
    st.sampled_from(["Đạt", "Chưa đạt", "Không", "có", "x", "không áp dụng"]).flatmap(
        lambda word: st.builds(lambda a, b: typed(a + word + b), st.text(max_size=2), st.text(max_size=2))
    ),
    st.floats(allow_nan=False, allow_infinity=False).map(number),
    st.integers(-(10**9), 10**9).map(number),
    st.sampled_from(["date", "bool", "error", "formula"]).map(lambda kind: Cell(kind, None, "Đạt")),
)


@settings(deadline=None)
@given(CELLS, st.booleans(), st.dictionaries(st.text(min_size=1, max_size=4), st.booleans(), max_size=4))
def test_never_an_exception_and_never_a_guess(cell: Cell, negative: bool, accepted: dict[str, bool]) -> None:
    answer = read_verdict(cell, negative=negative, accepted=accepted)
    if isinstance(answer, Problem):
        assert '"Đạt" hoặc "Chưa đạt"' in answer.message or "để trống ô này" in answer.message
    elif answer is not None:
        assert cell.kind in ("text", "number")
        word = fold(cell.text).removesuffix(".").rstrip()
        of_everybody = {"dat": Verdict.MET} | dict.fromkeys(("chua dat", "khong dat"), Verdict.NOT_MET)
        of_condition = set() if negative else {fold(key) for key in accepted} | set(accepted)
        assert (
            of_everybody.get(word) is answer
            or word in of_condition
            or exact_key(cell.text) in map(exact_key, of_condition)
        )


@settings(deadline=None)
@given(CELLS, st.integers(1, 6))
def test_a_code_has_its_width(cell: Cell, width: int) -> None:
    answer = read_code(cell, width)
    if isinstance(answer, str):
        assert len(answer) == width
        assert answer.lstrip("0") == tidy(cell.text).strip("' ").lstrip("0")


@pytest.mark.parametrize(
    ("one", "other"), [("Hoà Phú", "Hòa Phú"), ("THUỲ", "thùy"), ("Ia  Bo\u0300", "Ia Bò"), ("K’ Dang", "K' Dang")]
)
def test_the_same_letters_are_the_same_key(one: str, other: str) -> None:
    assert exact_key(one) == exact_key(other)


@pytest.mark.parametrize(("one", "other"), [("Ia Băng", "Ia Bang"), ("Quý", "Qúy"), ("Hoàn", "Hòan"), ("Đa", "Da")])
def test_other_letters_are_another_key(one: str, other: str) -> None:
    assert exact_key(one) != exact_key(other)


def test_folding() -> None:
    assert fold(" Đăk\u00a0 HLơ ") == "dak hlo"
    assert squash("K\\' Dang") == squash("KDang") == "kdang"


@settings(deadline=None)
@given(st.text(max_size=30))
def test_folding_is_stable(text: str) -> None:
    for key in (tidy, exact_key, fold, squash):
        assert key(key(text)) == key(text)
