"""Vietnamese dates and numbers: 25/10/2024 and 1.234,5.

Django's own "vi" refuses 25/10/2024 and reads 05/10/2024 as 10 May.

NUMBER_GROUPING is 0 on purpose. With USE_THOUSAND_SEPARATOR a localized form field then understands
"1.234,5" and reads "1.234" as one thousand two hundred and thirty-four, but nothing Django prints by itself
gets a dot: an id in an address stays 1234, a year stays 2024, a coordinate in SVG stays 1500. Where a reader
wants the dot, the template says so with a filter.
"""

DATE_FORMAT = SHORT_DATE_FORMAT = "d/m/Y"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "H:i d/m/Y"
TIME_FORMAT = "H:i"
YEAR_MONTH_FORMAT = "m/Y"
MONTH_DAY_FORMAT = "d/m"
FIRST_DAY_OF_WEEK = 1

# %d and %m also take a single digit: 5/1/2024.
DATE_INPUT_FORMATS = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"]
TIME_INPUT_FORMATS = ["%H:%M", "%H:%M:%S"]
DATETIME_INPUT_FORMATS = [
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%H:%M %d/%m/%Y",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S",
]

DECIMAL_SEPARATOR = ","
THOUSAND_SEPARATOR = "."
NUMBER_GROUPING = 0
