"""The one rounding rule of every page, document, table and JSON."""

from decimal import Decimal


def percent_of(met: int, total: int, target_percent: int | Decimal | None = None) -> Decimal | None:
    """Return the share in percent with two decimals, or None where there is nothing to share.

    Half up, in integers; but never to or past a target that is not reached, and never to 100 while one is left: then
    down (design.md, section 2). 13 of 14 is 92.86; 180 of 182 is 98.90; 98.996 % of a missed 99 % is 98.99.
    """
    if total == 0:
        return None
    hundredths = (2 * 10_000 * met + total) // (2 * total)
    for limit in (100, target_percent):
        is_missed = limit is not None and met * 100 < limit * total
        if limit is not None and is_missed and hundredths >= limit * 100:
            hundredths = 10_000 * met // total
    return Decimal(hundredths).scaleb(-2)
