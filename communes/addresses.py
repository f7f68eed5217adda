"""Numbers that come back in addresses and forms: only what a page of ours could have written is one.

`str.isdigit` is true for "²", which `int` refuses; a number beyond what a database keeps makes it fail.
"""

DIGITS = 18  # the largest are below 2**63, which both databases keep


class RowId:
    """Address converter `<row:…>`: the id of a row, in ASCII digits."""

    regex = f"[0-9]{{1,{DIGITS}}}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


def number_in(text: str | None) -> int | None:
    """Return the number that a parameter of an address or a hidden field holds, None where it holds none."""
    text = text or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None
