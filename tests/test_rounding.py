"""The one rounding rule (design.md, section 2), against exact fractions."""

from decimal import Decimal
from fractions import Fraction

import pytest

from criteria.rounding import percent_of

WORKED = [
    (13, 14, None, "92.86"),
    (180, 182, 99, "98.90"),
    (181, 182, 99, "99.45"),
    (171, 180, 99, "95.00"),
    (98_996, 100_000, 99, "98.99"),
    (98_994, 100_000, 99, "98.99"),
    (99_999, 100_000, 99, "99.99"),  # not all of them: never 100
    (99_999, 100_000, None, "99.99"),
    (1, 8, None, "12.50"),
    (1, 16, None, "6.25"),
    (1, 32, None, "3.13"),  # 3.125, half up
    (0, 17, 25, "0.00"),
    (17, 17, 25, "100.00"),
]


@pytest.mark.parametrize(("met", "total", "target", "expected"), WORKED)
def test_worked_by_hand(met: int, total: int, target: int | None, expected: str) -> None:
    assert str(percent_of(met, total, target)) == expected


def test_nothing_to_share_has_no_percent() -> None:
    assert percent_of(0, 0, 99) is None


@pytest.mark.parametrize("total", [182, 180, 69, 17, 8_207])
@pytest.mark.parametrize("target", [None, 99, 60, 50, 25])
def test_every_count(total: int, target: int | None) -> None:
    """Within half a hundredth, except where that would show a target as reached that is not; never to 100."""
    limits = {100, target} - {None}
    before = Decimal(-1)
    for met in range(total + 1):
        shown, exact = percent_of(met, total, target), Fraction(100 * met, total)
        for limit in limits:
            assert (shown >= limit) == (exact >= limit)
        nearest = Fraction(int(exact * 100 + Fraction(1, 2)), 100)
        is_held_down = any(exact < limit <= nearest for limit in limits)
        assert Fraction(shown) == (Fraction(int(exact * 100), 100) if is_held_down else nearest)
        assert shown.as_tuple().exponent == -2
        assert shown >= before
        before = shown
