"""`devices`: what a network can run on here."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict, dataclass

from ..files import in_bytes
from .arguments import arguments_from, read_arguments
from .command import Command, Reporter


@dataclass(frozen=True)
class DevicesArguments:
    """`microct-superres devices` has no options of its own."""


def add_arguments(parser: ArgumentParser) -> None:
    """There is nothing to choose."""


def describe(options: Namespace) -> dict:
    """The job of parsed options."""
    return arguments_from(DevicesArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """List the devices, the fastest first."""
    read_arguments(DevicesArguments, arguments)
    from ..enhancement.devices import available_devices

    return {"devices": [asdict(device) for device in available_devices()]}


def tell(result: dict) -> str:
    """One line a device."""
    width = max(len(device["name"]) for device in result["devices"])
    return "\n".join(_in_words(device, width) for device in result["devices"])


def _in_words(device: dict, width: int) -> str:
    free = device["free_memory_bytes"]
    told = "" if free is None else f", {in_bytes(free)} of memory free"
    return f"{device['name']:<{width}}  {device['description']}{told}"


DEVICES = Command("devices", "List the devices that a network can run on.", add_arguments, describe, run, tell)
