"""The workbook in which tables of the admin come in and go out: .xlsx, opened in the child process, read completely."""

import tablib
from import_export.formats.base_formats import XLSX

from criteria.workbooks.reading import Refused, Row, ask_child, pages_of


class Workbook(XLSX):
    """django-import-export's .xlsx opens a foreign file in the web process and drops rows below a declared size."""

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        """Return the first sheet, its header in row 1; blank rows are kept, so that each row knows its line."""
        try:
            pages = pages_of(ask_child(in_stream, ".xlsx"))
        except Refused as refused:
            raise ValueError(refused.reason) from None
        lines = pages[0].lines if pages else []
        if not lines or lines[0].number != 1:
            raise ValueError("Hàng 1 của trang tính đầu tiên phải là hàng tiêu đề")
        headers = values(lines[0], max(lines[0].cells))
        dataset = tablib.Dataset(headers=headers)
        for line in lines[1:]:
            while len(dataset) < line.number - 2:
                dataset.append([None] * len(headers))
            dataset.append(values(line, len(headers)))
        return dataset


def values(line: Row, width: int) -> list[str | int | float | bool | None]:
    """Return the cells by column; a formula without a result and an error as they are written."""
    cells = [line.cells.get(column) for column in range(1, width + 1)]
    return [None if cell is None else cell.text if cell.value is None else cell.value for cell in cells]
