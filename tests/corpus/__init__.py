"""Workbooks as offices send them, good and bad; made by make.py, read by test_workbook_corpus.py."""
