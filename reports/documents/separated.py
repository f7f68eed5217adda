"""A table as .csv: UTF-8 with its mark and semicolons, as an Excel of this country opens it; no cell is a formula."""

import csv
import io

from communes.unit_imports import escaped
from reports.documents.tables import Table, said


def write_csv(table: Table) -> bytes:
    """Return the lines above the table, then its columns, rows and total."""
    target = io.StringIO()
    lines = csv.writer(target, delimiter=";", lineterminator="\r\n")
    for line in (table.title, *table.heading):
        lines.writerow(escaped([line]))
    lines.writerow([])
    lines.writerow(escaped([column.whole for column in table.columns]))
    for row in (*table.rows, *([table.total] if table.total else [])):
        lines.writerow(escaped([said(cell) for cell in row]))
    return target.getvalue().encode("utf-8-sig")
