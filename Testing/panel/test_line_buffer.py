"""Lines of a stream that comes in pieces."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.panel.line_buffer import LineBuffer


def lines_of(pieces, **options):
    """All lines, taken as soon as they are there, and the rest."""
    buffer, lines = LineBuffer(**options), []
    for piece in pieces:
        buffer.add(piece)
        while (line := buffer.next_line()) is not None:
            lines.append(line)
    return lines, buffer.rest()


@given(text=st.text(st.sampled_from("aé\n\r{}")), cuts=st.lists(st.integers(0, 40)))
@settings(max_examples=100, deadline=None)
def test_lines_are_the_same_however_the_stream_is_cut(text, cuts):
    data = text.encode()
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:stop] for start, stop in pairwise(places)]
    *lines, rest = text.split("\n")
    assert lines_of(pieces) == ([line.rstrip("\r") for line in lines], rest or None)


def test_what_is_no_utf8_is_replaced():
    assert lines_of([b"\xff\xfe ok\n"]) == (["\ufffd\ufffd ok"], None)


def test_a_line_without_an_end_is_cut_before_it_fills_the_memory():
    lines, rest = lines_of([b"x" * 30] * 10, longest=100)
    assert "".join([*lines, rest or ""]) == "x" * 300
    assert max(map(len, lines)) <= 130
