"""Plans as TOML files ↔ the tables: a file per plan, with its targets."""

from collections.abc import Iterator
from pathlib import Path

from django.db import transaction

from communes.models import Level, Unit
from communes.unit_list import BrokenFiles
from criteria.data_files import Fault, Row, Table, doubled_across, read_file
from criteria.data_rows import Changes
from criteria.models import Indicator
from reports.models import MOST_MONTHS, Plan, Target

FOLDER = Path(__file__).resolve().parent / "data" / "plans"


def share_makes_sense(row: Row) -> Iterator[Fault]:
    if not 1 <= row.values["percent"] <= 100:
        yield "percent", "phải từ 1 đến 100"
    if not 1 <= row.values.get("months_valid", 1) <= MOST_MONTHS:
        yield "months_valid", f"phải từ 1 đến {MOST_MONTHS} tháng"


def has_targets(row: Row) -> Iterator[Fault]:
    if not row.children.get("targets"):
        yield "targets", "kế hoạch chưa có mục tiêu nào"


TARGETS = Table(
    Target,
    ("percent", "due_on", "kinds", "rule", "months_valid", "position"),
    references=("indicator",),
    rules=(share_makes_sense,),
)
PLANS = Table(
    Plan,
    ("number", "title", "issuer", "signed_on", "source"),
    references=("province",),
    children={"targets": TARGETS},
    closing_rules=(has_targets,),
)


class PlanFiles:
    """What the files of a folder say, and all that is wrong with them or missing in the portal for them."""

    def __init__(self, folder: Path) -> None:
        self.problems: list[str] = []
        self.plans: list[Row] = []
        for path in sorted(folder.glob("*.toml")):
            row, problems = read_file(path, PLANS)
            self.plans.append(row)
            self.problems += problems
        if not self.plans:
            self.problems.append(f"{folder}: không có tệp kế hoạch (*.toml) nào")
        self.problems += doubled_across(self.plans)
        self.provinces = {unit.key: unit for unit in Unit.objects.filter(level=Level.PROVINCE)}
        self.indicators = {indicator.code: indicator for indicator in Indicator.objects.all()}
        for plan in self.plans:
            self.problems += self.unknown_province(plan)
            for target in plan.children.get("targets", []):
                self.problems += self.unfit_indicator(target)

    def unknown_province(self, plan: Row) -> Iterator[str]:
        key = plan.values.get("province")
        if key and key not in self.provinces:
            yield plan.problem("province", f"chưa có tỉnh “{key}” trong phần mềm; chạy load_units trước")

    def unfit_indicator(self, target: Row) -> Iterator[str]:
        code = target.values.get("indicator")
        if not code:
            return
        indicator = self.indicators.get(code)
        if indicator is None:
            yield target.problem("indicator", f"chưa có chỉ tiêu “{code}” trong phần mềm; chạy load_criteria trước")
            return
        others = indicator.kinds_not_judged(target.values.get("kinds", []))
        if others:
            judged = ", ".join(indicator.kinds)
            yield target.problem(
                "kinds", f"chỉ tiêu {code} không đánh giá “{', '.join(others)}”, chỉ đánh giá: {judged}"
            )


def load_plans(folder: Path = FOLDER) -> Changes:
    """Bring the tables to the files of the folder, or raise `BrokenFiles` with every error and change nothing."""
    with transaction.atomic():
        files = PlanFiles(folder)
        if files.problems:
            raise BrokenFiles(files.problems)
        changes = Changes()
        for row in files.plans:
            plan = changes.put(row, ("number",), more={"province": files.provinces[row.values["province"]]})
            for target in row.children["targets"]:
                indicator = files.indicators[target.values["indicator"]]
                changes.put(target, ("due_on",), plan=plan, indicator=indicator)
        if changes.problems:
            raise BrokenFiles(changes.problems)
        name_what_no_file_says(changes, files)
    return changes


def name_what_no_file_says(changes: Changes, files: PlanFiles) -> None:
    changes.name_left(Plan.objects.exclude(number__in=[row.values["number"] for row in files.plans]))
    for row in files.plans:
        said = {(target.values["indicator"], target.values["due_on"]) for target in row.children["targets"]}
        held = Target.objects.filter(plan__number=row.values["number"]).select_related("indicator")
        changes.name_left([target for target in held if (target.indicator.code, target.due_on) not in said])
