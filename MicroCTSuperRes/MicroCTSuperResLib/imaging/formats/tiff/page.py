"""One page of a TIFF file: what its directory says, and the pages that ImageJ does not list.

ImageJ writes one directory for a stack above 4 GiB, and all slices one after the other behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

UNCOMPRESSED, DEFLATED = 1, (8, 32946)
DIFFERENCES = 2
_SIGNED, _FLOAT = 2, 3


@dataclass(frozen=True)
class Page:
    """One image of the file.

    :param sample_format: 1 unsigned, 2 signed, 3 floating point.
    :param photometric: 0 white is zero, 1 black is zero, 2 colours, 3 colour table.
    :param resolution: pixels per resolution unit along x and y, None where absent.
    :param resolution_unit: 1 none, 2 inch, 3 centimetre.
    :param byte_order: "<" or ">".
    :param compression: TIFF's number for it.
    :param predictor: 1 none, 2 differences along a row, 3 the same for floating point.
    :param plain: whether the bits and rows come in the usual order.
    :param places: where each strip (or tile) begins in the file.
    :param lengths: its bytes in the file.
    :param strip_rows: rows in each strip but the last.
    """

    width: int
    height: int
    bits: int
    samples: int
    sample_format: int
    photometric: int
    reduced: bool
    tiled: bool
    description: str
    resolution: tuple[float | None, float | None]
    resolution_unit: int
    byte_order: str
    compression: int
    predictor: int
    plain: bool
    places: tuple[int, ...]
    lengths: tuple[int, ...]
    strip_rows: int

    @property
    def is_signed(self) -> bool:
        return self.sample_format == _SIGNED

    @property
    def is_compressed(self) -> bool:
        return self.compression != UNCOMPRESSED

    @property
    def stored_type(self) -> str:
        """Numpy's name of the type of its values; a bit is a byte once it is read."""
        if self.sample_format == _FLOAT:
            return f"float{self.bits}"
        return ("" if self.is_signed else "u") + f"int{max(self.bits, 8)}"

    @property
    def row_bytes(self) -> int:
        """Bytes of a row once it is expanded."""
        return (self.width * self.bits * self.samples + 7) // 8

    @property
    def reads_parts(self) -> bool:
        """Whether :mod:`.pixels` reads it, strip by strip; the other pages are left to ITK, which reads all."""
        strips = -(-self.height // self.strip_rows)
        whole = self.is_compressed or all(
            length >= self.rows_of_strip(number) * self.row_bytes for number, length in enumerate(self.lengths)
        )
        usual = self.plain and not self.tiled and self.samples == 1 and self.bits in (8, 16, 32)
        return usual and whole and len(self.places) == strips and self._is_expanded_here

    @property
    def _is_expanded_here(self) -> bool:
        if not self.is_compressed:
            return True
        by_differences = self.predictor == DIFFERENCES and self.sample_format != _FLOAT
        return self.compression in DEFLATED and (self.predictor == 1 or by_differences)

    def rows_of_strip(self, number: int) -> int:
        return min(self.strip_rows, self.height - number * self.strip_rows)

    @property
    def kind(self) -> tuple[int, ...]:
        """What all pages of one volume share."""
        return (self.width, self.height, self.bits, self.samples, self.sample_format, self.photometric)


def with_unlisted(page: Page, images: int, stored_bytes: int) -> list[Page] | None:
    """A page and those that follow it in the file without being listed; None if there cannot be so many.

    :param images: pages in all.
    :param stored_bytes: length of the file.
    """
    page_bytes = page.row_bytes * page.height
    strips = zip(page.places, page.lengths, strict=True)
    without_gaps = all(place + length == after for (place, length), after in zip(strips, page.places[1:], strict=False))
    if page.is_compressed or not page.reads_parts or not without_gaps or sum(page.lengths) != page_bytes:
        return None
    if page.places[0] + images * page_bytes > stored_bytes:
        return None
    return [
        replace(page, places=tuple(place + number * page_bytes for place in page.places)) for number in range(images)
    ]
