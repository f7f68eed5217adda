"""The registry: the one door through which units, versions, successions, aliases and descent are written."""

from communes.registry.checks import check
from communes.registry.descent import rebuild_descent
from communes.registry.rows import AliasRow, Problem, Refused, Row, Rows, SuccessionRow, UnitRow, VersionRow
from communes.registry.writing import Changes, current, problems, write

__all__ = [
    "AliasRow",
    "Changes",
    "Problem",
    "Refused",
    "Row",
    "Rows",
    "SuccessionRow",
    "UnitRow",
    "VersionRow",
    "check",
    "current",
    "problems",
    "rebuild_descent",
    "write",
]
