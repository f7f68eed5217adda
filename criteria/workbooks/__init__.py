"""Workbooks out and in: .xlsx written, foreign files read, their cells and names understood. Knows no database."""
