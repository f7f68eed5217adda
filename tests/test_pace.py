"""The way of a target: rises that no boundary change falsifies, a forecast with its range, none from few periods."""

import datetime

from criteria.models import Indicator
from reports.models import Target
from reports.pace import Pace, Step, pace_of
from reports.progress import Figures, Tally

TARGET = Target(
    percent=99,
    due_on=datetime.date(2025, 12, 31),
    kinds=["xa"],
    indicator=Indicator(unit_noun="xã", kinds=["xa"], level="commune"),
)
BREAK = datetime.date(2024, 11, 1)
LAST = TARGET.due_on


def figures(day: str, met: int, total: int = 180, not_met: int = 1) -> Figures:
    on = datetime.date.fromisoformat(day)
    return Figures(TARGET, on, on, True, {0: Tally(met=met, not_met=not_met, missing=total - met - not_met)})


POINTS = [
    figures("2021-12-31", 144, 182),
    figures("2022-12-31", 153, 182),
    figures("2023-12-31", 162, 182),
    figures("2024-12-31", 165),
    figures("2025-06-30", 171),
]
COMING = [datetime.date(2025, 9, 30), datetime.date(2025, 12, 31), datetime.date(2026, 12, 31)]


def pace(points: list[Figures], last: datetime.date = LAST, asked: Figures | None = None) -> Pace:
    return pace_of(asked or points[-1], None, points, [BREAK], last, COMING)


def test_a_rise_across_a_boundary_change_is_none() -> None:
    way = pace(POINTS)
    assert way.steps == [Step(9, 365), Step(9, 365), Step(6, 181)]
    assert way.rise_words == "Bình quân 3 kỳ gần nhất tăng 8 xã/kỳ"
    assert way.left_words == "Còn 02 kỳ đánh giá đến ngày 31/12/2025"


def test_the_average_is_that_of_the_last_four_rises() -> None:
    points = [figures(f"{2015 + year}-12-31", met) for year, met in enumerate((50, 90, 91, 93, 96, 97))]
    assert pace_of(points[-1], None, points, [], LAST, []).rise_words == "Bình quân 4 kỳ gần nhất tăng 1,75 xã/kỳ"
    falling = [figures("2022-12-31", 9), figures("2023-12-31", 7)]
    assert pace(falling).rise_words == "Kỳ gần nhất giảm 2 xã"
    assert pace([figures("2022-12-31", 9), figures("2023-12-31", 9)]).rise_words == "Kỳ gần nhất không tăng"
    assert pace(POINTS[:1]).rise_words == ""
    single = [figures("2022-12-31", 0, 1), figures("2023-12-31", 1, 1, not_met=0)]
    assert pace(single).rise_words == ""


def test_a_forecast_says_its_range_and_how_it_was_made() -> None:
    way = pace(POINTS)
    # 24 units in 911 days; the slowest period 9 in 365, the fastest 6 in 181; 184 days are left.
    assert way.forecast is not None
    assert (way.forecast.met, way.forecast.slow, way.forecast.fast) == (171 + 4, 171 + 4, 171 + 6)
    assert way.is_out_of_reach
    words = " ".join(way.forecast_words)
    assert "Nếu giữ tốc độ bình quân, đến ngày 31/12/2025: 175/180 xã (97,22%)." in words
    assert "theo kỳ tăng nhanh nhất: 177/180 xã (98,33%)" in words
    assert "3 lần chuyển kỳ giữa 5 kỳ" in words
    assert "Đủ 179 xã vào khoảng ngày 30/4/2026." in words  # 8 units at 24 in 911 days: 304 days on


def test_there_is_no_forecast_under_four_periods_or_without_days_left() -> None:
    assert pace(POINTS[2:]).forecast is None
    assert pace(POINTS[2:]).forecast_words == ["Chưa dự báo: cần ít nhất 4 kỳ có kết quả trên các đơn vị tương đương."]
    assert pace(POINTS[1:]).forecast is not None
    ended = pace(POINTS, POINTS[-1].units_as_of)
    assert ended.forecast is None
    assert ended.forecast_words == ["Không dự báo: đã đến ngày cuối đánh giá mục tiêu."]


def test_periods_without_results_or_on_other_units_are_no_points() -> None:
    empty = figures("2020-12-31", 0, not_met=0)
    assert pace([empty, *POINTS[2:]]).forecast is None
    fewer = figures("2025-12-31", 60, 69)
    assert pace_of(fewer, None, [*POINTS, fewer], [BREAK], datetime.date(2027, 12, 31), []).steps == []


def test_the_day_between_two_periods_is_no_period() -> None:
    between = figures("2025-08-15", 171)
    way = pace(POINTS, asked=between)
    assert way.steps[-1] == Step(6, 181)
    assert way.forecast is not None
    assert way.forecast.met == 175


def test_the_year_before_is_told_in_points_of_the_share() -> None:
    way = pace_of(POINTS[-1], figures("2024-06-30", 164, 182), POINTS, [BREAK], LAST, [])
    assert way.before_words == "Cùng kỳ năm trước (30/6/2024): 164/182 xã (90,11%), nay tăng 4,89 điểm phần trăm"
    rearranged = pace_of(figures("2025-12-31", 8, 69), figures("2024-12-31", 164), POINTS, [BREAK], LAST, [])
    assert rearranged.before_words == (
        "Cùng kỳ năm trước (31/12/2024): 164/180 xã (91,11%), không so sánh vì đơn vị đã được sắp xếp lại"
    )
    nothing = pace_of(POINTS[-1], figures("2024-06-30", 0, not_met=0), POINTS, [BREAK], LAST, [])
    assert nothing.before_words == ""
