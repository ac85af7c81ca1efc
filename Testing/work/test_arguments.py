"""A job's arguments are checked against the data class of the job before any work."""

from argparse import Namespace
from dataclasses import dataclass

import pytest
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.jobs.arguments import arguments_from, read_arguments


@dataclass(frozen=True)
class Scan:
    name: str
    slices: int = 1
    seconds: float = 0.5
    overwrite: bool = False
    spacing: tuple[float, float, float] | None = None
    files: tuple[str, ...] = ()


def test_arguments_that_are_left_out_take_their_defaults():
    assert read_arguments(Scan, {"name": "a"}) == Scan("a")


def test_lists_become_tuples_and_whole_numbers_do_as_numbers():
    scan = read_arguments(Scan, {"name": "a", "seconds": 2, "spacing": [1, 2, 3], "files": ["x", "y"]})
    assert scan == Scan("a", seconds=2.0, spacing=(1.0, 2.0, 3.0), files=("x", "y"))
    assert [type(value) for value in (scan.seconds, *scan.spacing)] == [float] * 4


def test_what_the_command_line_parsed_reads_back_as_the_same_arguments():
    scan = Scan("a", 3, 1.5, True, (1.0, 2.0, 3.0), ("x",))
    assert read_arguments(Scan, arguments_from(Scan, Namespace(**vars(scan), command="scan", json=True))) == scan


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "'name' is missing"),
        ({"name": "a", "slcies": 2}, "no argument 'slcies'"),
        ({"name": 1}, "'name' must be a text, this is 1"),
        ({"name": None}, "'name' must be a text, this is None"),
        ({"name": "a", "slices": 2.5}, "'slices' must be a whole number, this is 2.5"),
        ({"name": "a", "slices": True}, "'slices' must be a whole number, this is True"),
        ({"name": "a", "seconds": "1"}, "'seconds' must be a number, this is '1'"),
        ({"name": "a", "seconds": False}, "'seconds' must be a number, this is False"),
        ({"name": "a", "overwrite": 1}, "'overwrite' must be true or false, this is 1"),
        ({"name": "a", "spacing": [1, 2]}, "'spacing' must be a list of 3 items, each a number or null"),
        ({"name": "a", "spacing": [1, 2, "3"]}, "'spacing' must be"),
        ({"name": "a", "files": "x"}, "'files' must be a list of a text, this is 'x'"),
        ({"name": "a", "files": [1]}, "'files' must be"),
    ],
)
def test_a_wrong_argument_is_named_with_the_value_got(arguments, told):
    with pytest.raises(InputError) as caught:
        read_arguments(Scan, arguments)
    assert told in caught.value.message
