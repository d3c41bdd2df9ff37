"""Numbers and sums of money as people write them, to the last digit that is known."""

from decimal import Decimal

from babel.numbers import format_decimal

from api.pages.dates import LOCALES

_NO_BREAK_SPACE = "\u00a0"


def number(given: int | str, language: str) -> str:
    """Return a number with as many digits behind the point as it was given with."""
    places = len(str(given).partition(".")[2])
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return format_decimal(Decimal(given), pattern, locale=LOCALES[language], decimal_quantization=False)


def money(value: str, currency: str, language: str) -> str:
    """Return a sum with the code of its currency, where the language puts it."""
    written = number(value, language)
    ordered = (currency, written) if language == "en" else (written, currency)
    return _NO_BREAK_SPACE.join(ordered)
