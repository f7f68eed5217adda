"""Bảng nhập: the units of a period down, the conditions of one indicator across, as one page of small inputs.

`cells` says what a cell holds and means, `sheet` what the page shows, `saving` what becomes of what was typed.
"""
