"""Damaging the bytes of a file: what a broken copy, a wrong export or an attacker would leave."""

from __future__ import annotations

import random
import re

_WORDS = tuple(bytes.fromhex(word) for word in ("00", "ff", "7fffffff", "80000000", "ffffff7f", "ffffffff", "00000001"))
_NUMBERS = b"0 -1 1 65536 2147483647 4294967296 99999999999999999999 1e309 nan -inf".split()
_DIGITS = re.compile(rb"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", re.I)
# Most of what a file claims stands near its beginning (TIFF and compressed formats keep some at the end).
_HEAD_BYTES = 1024


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The content with one to three faults; it may come back unchanged by luck."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        content = chance.choice(_FAULTS)(content, chance)
    return content


def cut(content: bytes, chance: random.Random) -> bytes:
    """The end is missing."""
    return (
        content[: _place(content, chance)] if chance.random() < 0.5 else content[: chance.randrange(len(content) + 1)]
    )


def _flipped(content: bytes, chance: random.Random) -> bytes:
    """A few bits are wrong."""
    broken = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8))):
        if broken:
            broken[_place(content, chance)] ^= 1 << chance.randrange(8)
    return bytes(broken)


def _overwritten(content: bytes, chance: random.Random) -> bytes:
    """A field holds an extreme number."""
    word = chance.choice(_WORDS) if chance.random() < 0.7 else chance.randbytes(chance.choice((1, 2, 4, 8)))
    place = _place(content, chance)
    place -= place % chance.choice((1, 2, 4))
    return content[:place] + word + content[place + len(word) :]


def _inserted(content: bytes, chance: random.Random) -> bytes:
    place = _place(content, chance)
    return content[:place] + chance.randbytes(chance.choice((1, 2, 4, 64))) + content[place:]


def _removed(content: bytes, chance: random.Random) -> bytes:
    place = _place(content, chance)
    return content[:place] + content[place + chance.choice((1, 2, 4, 64)) :]


def _doubled(content: bytes, chance: random.Random) -> bytes:
    """A part stands twice, or over another part."""
    start, place = _place(content, chance), _place(content, chance)
    part = content[start : start + chance.choice((4, 16, 64, 512))]
    end = place if chance.random() < 0.5 else place + len(part)
    return content[:place] + part + content[end:]


def _renumbered(content: bytes, chance: random.Random) -> bytes:
    """A number in a text is another one."""
    numbers = list(_DIGITS.finditer(content, 0, 16 * _HEAD_BYTES))
    if not numbers:
        return _overwritten(content, chance)
    found = chance.choice(numbers)
    return content[: found.start()] + chance.choice(_NUMBERS) + content[found.end() :]


def _place(content: bytes, chance: random.Random) -> int:
    """A place in the file, most often in its head."""
    span = min(len(content), _HEAD_BYTES) if chance.random() < 0.7 else len(content)
    return chance.randrange(max(span, 1))


_FAULTS = (cut, _flipped, _flipped, _overwritten, _overwritten, _inserted, _removed, _doubled, _renumbered, _renumbered)
