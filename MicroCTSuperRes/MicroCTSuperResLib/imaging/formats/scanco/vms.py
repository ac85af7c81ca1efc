"""Numbers and dates as VAX computers under VMS wrote them, which Scanco's files still hold.

Floating point (F_FLOAT of 32 and G_FLOAT of 64 bits): 16-bit words, each little-endian, the most significant word
first; sign, exponent with an excess of 128 (1024), and a fraction between 1/2 and 1 whose leading bit is not stored.
An exponent of 0 means zero, with the sign set no number at all. Source: VAX Architecture Reference Manual, chapter 1.

Dates: 64-bit count of 100 ns since the 17th of November 1858, the origin of the modified Julian date. Source: OpenVMS
Programming Concepts Manual, "System Time Format".
"""

from __future__ import annotations

import re
import struct
from datetime import datetime, timedelta

import numpy as np

_EPOCH = datetime(1858, 11, 17)  # of the scanner's own clock, whose time zone is not known
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DATE = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})\s+(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?")
_FRACTION_BITS, _EXPONENT_BITS = 23, 8
# A VAX exponent stands for a number four times smaller than the same bits in IEEE 754: excess 128 instead of 127, and a
# fraction that begins with 1/2 instead of 1.
_EXPONENT_EXCESS = 2


def float32_of(words: np.ndarray) -> np.ndarray:
    """F_FLOAT numbers as IEEE 754 ones of 32 bits; what is no number becomes NaN.

    :param words: their bytes, read as unsigned 32-bit little-endian numbers.
    """
    bits = (words >> np.uint32(16)) | (words << np.uint32(16))
    exponents = (bits >> np.uint32(_FRACTION_BITS)) & np.uint32(2**_EXPONENT_BITS - 1)
    numbers = (bits - np.uint32(_EXPONENT_EXCESS << _FRACTION_BITS)).view(np.float32)
    smallest = exponents <= _EXPONENT_EXCESS
    if smallest.any():
        numbers[smallest] = _smallest(bits[smallest], exponents[smallest])
    return numbers


def _smallest(bits: np.ndarray, exponents: np.ndarray) -> np.ndarray:
    """Numbers below 2**-126, which IEEE 754 holds without a leading bit, and those of exponent 0."""
    signed = bits >= np.uint32(2**31)
    without = np.where(signed, np.float32(np.nan), np.float32(0))
    return np.where(exponents == 0, without, bits.view(np.float32) * np.float32(0.25))


def double_of(content: bytes) -> float:
    """A G_FLOAT number of 8 bytes as a Python float; NaN for what is no number."""
    words = struct.unpack("<4H", content)
    bits = sum(word << shift for word, shift in zip(words, (48, 32, 16, 0), strict=True))
    sign, exponent, fraction = bits >> 63, bits >> 52 & 0x7FF, bits & (2**52 - 1)
    if exponent == 0:
        return float("nan") if sign else 0.0
    size = (2**52 + fraction) * 2.0**-53 * 2.0 ** (exponent - 1024)
    return -size if sign else size


def date_of(count: int) -> str:
    """A date as "2016-02-02 09:28:19.150"; empty for a count of 0 and for one beyond the year 9999.

    :param count: units of 100 ns since the 17th of November 1858.
    """
    try:
        date = _EPOCH + timedelta(microseconds=count // 10)
    except OverflowError:
        return ""
    return date.isoformat(sep=" ", timespec="milliseconds") if count > 0 else ""


def date_in_words(text: str) -> str:
    """A date as VMS prints it (" 2-FEB-2016 09:28:19.15") in the form of :func:`date_of`; other text stays as it is."""
    match = _DATE.fullmatch(text.strip())
    if match is None or match[2].upper() not in _MONTHS:
        return text.strip()
    day, _, year, hour, minute, second = (0 if part.isalpha() else int(part) for part in match.groups()[:6])
    micros = int((match[7] or "0").ljust(6, "0"))
    try:
        date = datetime(year, _MONTHS.index(match[2].upper()) + 1, day, hour, minute, second, micros)
    except ValueError:
        return text.strip()
    return date.isoformat(sep=" ", timespec="milliseconds")
