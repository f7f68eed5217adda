"""What a cell of a table means: a verdict, numbers or a unit code, or why it is none of them. Never a guess."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass

from criteria.workbooks.sheets import Cell
from criteria.workbooks.text import exact_key, fold, tidy

MET_WORDS = frozenset({"đạt", "dat"})
NOT_MET_WORDS = frozenset(f"{no} {met}" for no in ("chưa", "chua", "không", "khong") for met in MET_WORDS)
NOT_APPLICABLE_WORDS = frozenset({"khong ap dung", "ko ap dung", "k ap dung"})
WHOLE = re.compile(r"[0-9]{1,6}")
SHARE = re.compile(r"([0-9]{1,6}) ?/ ?([0-9]{1,6})")
BESIDE = re.compile(r"([0-9]{1,6}) ?so voi ?([0-9]{1,6})")
# By kind of condition: how its numbers are written in a cell, and the words that ask for it.
SHAPES = {"count": WHOLE, "ratio": SHARE, "year": BESIDE}
HOW = {
    "count": 'Ghi số nguyên (ví dụ 2; không có thì ghi 0), "Đạt" hoặc "Chưa đạt"',
    "ratio": 'Ghi tử số/mẫu số (ví dụ 45/60), "Đạt" hoặc "Chưa đạt"',
    "year": 'Ghi số kỳ này so với số năm trước (ví dụ 12 so với 15), "Đạt" hoặc "Chưa đạt"',
}
OCCURRENCE_WORDS = {"khong": "không xảy ra hay không đạt", "co": "có xảy ra hay đạt"}


class Verdict(enum.StrEnum):
    """Đạt / chưa đạt: the two results that the law knows."""

    MET = "met"
    NOT_MET = "not_met"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a cell or a row cannot be taken: a Vietnamese sentence with the ground and what to do.

    `may_choose`: it is a name that leads to no unit, or to several; the officer may say which one is meant.
    """

    message: str
    may_choose: bool = False


def read_verdict(cell: Cell | None, *, negative: bool, accepted: Mapping[str, bool]) -> Verdict | Problem | None:
    """The verdict that a cell holds, None for a blank cell, or the problem.

    `negative`: the condition is worded "Không có …", so only Đạt / Chưa đạt are taken. `accepted`: further words of
    this condition ("x", "có", "1") and whether each means met. A word counts with its own accents or with none at all
    ("Dat"), never with others ("Dạt", "Đất").
    """
    if cell is None or _is_blank(cell):
        return None
    also = {} if negative else _meanings(accepted)
    if cell.kind in ("text", "number"):
        word = exact_key(cell.text).removesuffix(".").rstrip()
        if cell.kind == "text" and word in MET_WORDS:
            return Verdict.MET
        if cell.kind == "text" and word in NOT_MET_WORDS:
            return Verdict.NOT_MET
        if word in also:
            return Verdict.MET if also[word] else Verdict.NOT_MET
    return Problem(_verdict_problem(cell, negative=negative, accepted={} if negative else accepted))


def read_answer(
    cell: Cell | None, *, kind: str, negative: bool, accepted: Mapping[str, bool]
) -> Verdict | tuple[int, ...] | Problem | None:
    """The verdict or the numbers that a cell holds for a condition of this kind; None for a blank cell.

    A count is a whole number; a ratio "45/60" (a bare share says nothing that could be checked); a comparison with the
    year before "12 so với 15". Đạt and Chưa đạt hold for every kind.
    """
    if kind not in SHAPES or cell is None or _is_blank(cell):
        return read_verdict(cell, negative=negative, accepted=accepted)
    found = SHAPES[kind].fullmatch(fold(cell.text)) if cell.kind in ("text", "number") else None
    if found:
        return tuple(int(part) for part in found.groups() or (found[0],))
    said = read_verdict(cell, negative=negative, accepted=accepted)
    return Problem(_number_problem(cell, kind, said.message)) if isinstance(said, Problem) else said


def read_code(cell: Cell | None, width: int) -> str | Problem | None:
    """A unit code of `width` digits, zeros put back where Excel dropped them; None for a blank cell."""
    if cell is None or _is_blank(cell):
        return None
    if cell.kind not in ("text", "number"):
        return Problem(f"{_ground(cell)}. Ghi mã đơn vị gồm {width} chữ số")
    digits = tidy(cell.text).strip("' ")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= width):
        return Problem(f'Mã "{shown(cell.text)}" không hợp lệ. Ghi mã đơn vị gồm {width} chữ số')
    return digits.zfill(width)


def shown(text: str, most: int = 40) -> str:
    """A value as typed, short enough for a message."""
    text = tidy(text)
    return text if len(text) <= most else text[: most - 1] + "…"


def _is_blank(cell: Cell) -> bool:
    return cell.kind == "blank" or (cell.kind == "text" and not tidy(cell.text))


def _meanings(accepted: Mapping[str, bool]) -> dict[str, bool]:
    """The accepted words as they may be typed: with their accents or with none; one with two meanings is dropped."""
    pairs = {
        (spelling, means_met) for word, means_met in accepted.items() for spelling in (exact_key(word), fold(word))
    }
    return {spelling: means_met for spelling, means_met in pairs if (spelling, not means_met) not in pairs}


def _verdict_problem(cell: Cell, *, negative: bool, accepted: Mapping[str, bool]) -> str:
    """The sentence for a cell that is not clearly a verdict."""
    if cell.kind == "formula":
        return 'Ô chứa công thức chưa có kết quả; nhập "Đạt" hoặc "Chưa đạt"'
    folded = fold(cell.text).removesuffix(".")
    if folded in NOT_APPLICABLE_WORDS:
        return f"{_ground(cell)}: nhập ở trang đánh giá của đơn vị kèm lý do, để trống ô này"
    if negative and folded in OCCURRENCE_WORDS:
        unclear = f": chưa rõ là {OCCURRENCE_WORDS[folded]}"
    elif cell.kind in ("text", "number", "bool"):
        unclear = ": chưa rõ kết quả"
    else:
        unclear = ""
    also = "; ".join(f'"{word}" là {"đạt" if means_met else "chưa đạt"}' for word, means_met in accepted.items())
    return f'{_ground(cell)}{unclear}. Ghi "Đạt" hoặc "Chưa đạt"{f" (cũng nhận: {also})" if also else ""}'


def _number_problem(cell: Cell, kind: str, otherwise: str) -> str:
    """The sentence for a cell that holds neither a verdict nor the numbers of its kind."""
    folded = fold(cell.text).removesuffix(".")
    if cell.kind == "formula" or folded in NOT_APPLICABLE_WORDS:
        return otherwise
    unclear = ""
    if kind == "ratio" and (cell.kind == "number" or folded.endswith("%")):
        unclear = ": chỉ có tỷ lệ, thiếu tử số và mẫu số nên không kiểm tra được"
    elif kind == "year" and SHARE.fullmatch(folded):
        unclear = ': dấu "/" chỉ dùng cho tỷ lệ'
    elif kind == "count" and cell.kind == "number":
        unclear = ": không phải số nguyên từ 0 đến 999.999"
    elif folded in OCCURRENCE_WORDS:
        unclear = f": chưa rõ là {OCCURRENCE_WORDS[folded]}"
    elif cell.kind in ("text", "number", "bool"):
        unclear = ": chưa rõ số liệu"
    return f"{_ground(cell)}{unclear}. {HOW[kind]}"


def _ground(cell: Cell) -> str:
    """What stands in the cell, as the beginning of a sentence."""
    if cell.kind == "formula":
        return "Ô chứa công thức chưa có kết quả"
    if cell.kind == "error":
        return f"Ô báo lỗi {shown(cell.text)}"
    if cell.kind == "date":
        return f"Ô chứa ngày {shown(cell.text)}, có thể do Excel tự đổi từ chữ"
    if cell.kind == "text":
        return f'Ô ghi "{shown(cell.text)}"'
    return f"Ô ghi {shown(cell.text)}"
