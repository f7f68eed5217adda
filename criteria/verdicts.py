"""How an item and an assessment are judged: the one place where a verdict is computed, with its rule in words.

Pure: it knows no row. A `Rule` is what a condition (nội dung) asks, `Numbers` what a unit says of it in numbers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models

from communes.templatetags.vietnamese import number, percent
from criteria.rounding import percent_of

# A count; a numerator and a denominator; the number of this period and that of the year before. None is ().
Numbers = tuple[int, ...]
MOST = 999_999


class Verdict(models.TextChoices):
    MET = "met", "Đạt"
    NOT_MET = "not_met", "Chưa đạt"
    NOT_APPLICABLE = "not_applicable", "Không áp dụng"


class ConditionKind(models.TextChoices):
    """Loại nội dung: how an item is judged. “Đạt”, “Chưa đạt” may be given for every kind."""

    YES_NO = "yes_no", "Đạt hoặc chưa đạt"
    COUNT = "count", "Số lượng, có giới hạn"
    RATIO = "ratio", "Tỷ lệ, có ngưỡng"
    YEAR = "year", "So với năm trước"


class Comparison(models.TextChoices):
    """What "kiềm chế, giảm" asks of this year's number."""

    AT_MOST = "at_most", "không nhiều hơn năm trước"
    BELOW = "below", "ít hơn năm trước, hoặc bằng 0"


# The columns of `ConditionResult` that carry the numbers of a kind, in the order of `Numbers`.
COLUMNS: dict[str, tuple[str, ...]] = {
    ConditionKind.YES_NO: (),
    ConditionKind.COUNT: ("count",),
    ConditionKind.RATIO: ("numerator", "denominator"),
    ConditionKind.YEAR: ("this_period", "year_before"),
}
ALL_COLUMNS = tuple(name for names in COLUMNS.values() for name in names)
# What each number is called beside its field.
LABELS = {
    "count": "Số lượng",
    "numerator": "Tử số",
    "denominator": "Mẫu số",
    "this_period": "Kỳ này",
    "year_before": "Năm trước",
}


@dataclass(frozen=True)
class Rule:
    """What a condition asks. `limit` is the largest count that is still met ("không có" is 0), `threshold` the
    smallest share in percent, `noun` what is counted ("vụ")."""

    kind: str = ConditionKind.YES_NO
    limit: int | None = None
    threshold: Decimal | None = None
    comparison: str = ""
    noun: str = ""

    @property
    def words(self) -> str:
        """ "Đạt khi không quá 2 vụ"; "" where there is nothing to count."""
        if self.kind == ConditionKind.COUNT:
            asked = f"không quá {self._counted(self.limit or 0)}" if self.limit else f"không có {self._one} nào"
            return f"Đạt khi {asked}"
        if self.kind == ConditionKind.RATIO:
            return f"Đạt khi tỷ lệ từ {_plain(self.threshold or Decimal(0))}% trở lên"
        if self.kind == ConditionKind.YEAR:
            return f"Đạt khi {Comparison(self.comparison).label}"
        return ""

    @property
    def asks_numbers(self) -> bool:
        return self.kind != ConditionKind.YES_NO

    @property
    def columns(self) -> tuple[str, ...]:
        return COLUMNS[self.kind]

    def told(self, numbers: Numbers) -> str:
        """ "1 vụ"; "45/60 = 75,00%"; "12 vụ, năm trước 15 vụ"; "" without numbers."""
        if not numbers:
            return ""
        if self.kind == ConditionKind.COUNT:
            return self._counted(numbers[0])
        if self.kind == ConditionKind.RATIO:
            part, whole = numbers
            return f"{number(part)}/{number(whole)} = {percent(percent_of(part, whole, self.threshold))}"
        now, before = numbers
        return f"{self._counted(now)}, năm trước {self._counted(before)}"

    def typed(self, numbers: Numbers) -> str:
        """ "2"; "45/60"; "12 so với 15": the numbers as a cell takes them; "" without numbers."""
        return (" so với " if self.kind == ConditionKind.YEAR else "/").join(map(str, numbers))

    def explained(self, numbers: Numbers) -> str:
        """ "Đạt khi tỷ lệ từ 70% trở lên: 45/60 = 75,00%"."""
        return ": ".join(filter(None, (self.words, self.told(numbers))))

    def fault(self, numbers: Numbers) -> str:
        """Say why these cannot be the numbers of this condition ("" when they can)."""
        if len(numbers) != len(self.columns):
            return f"cần đủ {len(self.columns)} số" if self.columns else "nội dung này không nhập số"
        if any(not 0 <= one <= MOST for one in numbers):
            return f"số phải từ 0 đến {number(MOST)}"
        if self.kind == ConditionKind.RATIO:
            part, whole = numbers
            if whole == 0:
                return "mẫu số phải lớn hơn 0; không có đối tượng nào thì chọn “Không áp dụng” kèm lý do"
            if part > whole:
                return f"tử số {number(part)} lớn hơn mẫu số {number(whole)}"
        return ""

    def misfits(self) -> Iterator[tuple[str, str]]:
        """Yield each value that does not belong to the kind, by its field, and what is wrong with it."""
        if (self.kind == ConditionKind.COUNT) != (self.limit is not None):
            yield "limit", "chỉ nội dung đếm số lượng có giới hạn, và phải có (“không có” là 0)"
        if (self.kind == ConditionKind.RATIO) != (self.threshold is not None):
            yield "threshold", "chỉ nội dung tỷ lệ có ngưỡng, và phải có"
        elif self.threshold is not None and not 0 < self.threshold <= 100:
            yield "threshold", "ngưỡng phải lớn hơn 0 và không quá 100"
        if (self.kind == ConditionKind.YEAR) != bool(self.comparison):
            yield "comparison", "chỉ nội dung so với năm trước có cách so sánh, và phải có"

    @property
    def _one(self) -> str:
        return self.noun or "trường hợp"

    def _counted(self, count: int) -> str:
        return f"{number(count)} {self._one}"


def item_verdict(rule: Rule, numbers: Numbers, typed: str = "") -> str:
    """Return the verdict of one condition: what follows from its numbers, or else what was typed ("" not judged).

    Shares are compared in integers and exact decimals: 45 of 60 reaches 75 because 45 × 100 >= 75 × 60.
    """
    if not numbers:
        return typed
    if rule.kind == ConditionKind.COUNT:
        is_met = numbers[0] <= (rule.limit or 0)
    elif rule.kind == ConditionKind.RATIO:
        is_met = numbers[0] * 100 >= (rule.threshold or 0) * numbers[1]
    else:
        now, before = numbers
        is_met = now <= before if rule.comparison == Comparison.AT_MOST else now < before or now == 0
    return Verdict.MET if is_met else Verdict.NOT_MET


def contradiction(rule: Rule, numbers: Numbers, typed: str) -> str:
    """Say that what was typed is not what the numbers give ("" where they agree)."""
    follows = item_verdict(rule, numbers, typed)
    if not numbers or typed in ("", follows):
        return ""
    told = f"{rule.words[0].lower()}{rule.words[1:]}: {rule.told(numbers)}"
    return (
        f"số liệu cho kết quả “{Verdict(follows).label}” ({told}), kết quả ghi “{Verdict(typed).label}”. "
        "Sửa số liệu, hoặc bỏ một trong hai"
    )


def verdict_of(results: Mapping[Any, str], asked: int) -> str:
    """Return the verdict that the judged conditions give: "met", "not_met", or "" while undecided.

    `results` maps each judged condition to its verdict, `asked` is the number of conditions of the checklist.
    An indicator is met when all its conditions are met (HD 04/HD-BCA-V05); one that is not applicable is left out of
    "all". One not met decides, even beside conditions that nobody has judged.
    """
    values = list(results.values())
    if Verdict.NOT_MET in values:
        return Verdict.NOT_MET
    if len(values) == asked and Verdict.MET in values:
        return Verdict.MET
    return ""


VERDICT_RULE = (
    "Chỉ tiêu đạt khi tất cả nội dung đạt, chưa đạt khi có một nội dung chưa đạt, còn lại là chưa đủ nội dung. "
    "Nội dung không áp dụng (có lý do) không tính vào “tất cả”."
)


def numbers_in(columns: tuple[int | None, ...]) -> Numbers:
    """Return the numbers that a row of `ALL_COLUMNS` holds: those of its one kind."""
    return tuple(value for value in columns if value is not None)


def _plain(value: Decimal) -> str:
    """Return 70 for 70.00, and 66,5 for 66.50."""
    return number(value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize())
