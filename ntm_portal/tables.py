"""The one format in which tables of the admin come in and go out: .xlsx, read completely."""

from io import BytesIO

import openpyxl
import tablib
from import_export.formats.base_formats import XLSX

MAX_ROWS, MAX_COLUMNS = 20_000, 100


class Workbook(XLSX):
    """django-import-export's .xlsx believes the size a sheet declares and silently drops the rows below it."""

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        book = openpyxl.load_workbook(BytesIO(in_stream), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS)
        headers = list(next(rows, ()))
        while headers and headers[-1] is None:
            headers.pop()
        if not headers:
            raise ValueError("Trang tính đầu tiên không có hàng tiêu đề")
        dataset = tablib.Dataset(headers=headers)
        for number, row in enumerate(rows):
            if number >= MAX_ROWS:
                raise ValueError(f"Tệp có hơn {MAX_ROWS} dòng")
            if any(value is not None for value in row):
                dataset.append((row + (None,) * len(headers))[: len(headers)])
        return dataset
