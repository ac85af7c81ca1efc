"""The devices that a network can run on."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from ..errors import DeviceError


@dataclass(frozen=True)
class Device:
    """A computing device.

    :param name: as torch and the command line call it: "cpu", "cuda:0", "mps".
    :param description: for people.
    :param free_memory_bytes: memory free now; None where the system does not tell.
    """

    name: str
    description: str
    free_memory_bytes: int | None


def available_devices() -> list[Device]:
    """All devices of this computer, the fastest first; the CPU is always the last."""
    import torch

    devices = []
    for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        free, _ = torch.cuda.mem_get_info(index)
        devices.append(Device(f"cuda:{index}", torch.cuda.get_device_name(index), free))
    if torch.backends.mps.is_available():
        devices.append(Device("mps", "Apple GPU", None))
    cores = psutil.cpu_count(logical=False) or 1
    devices.append(Device("cpu", f"CPU, {cores} cores", psutil.virtual_memory().available))
    return devices


def choose_device(name: str) -> str:
    """The device to use for what the user asked for.

    :param name: "auto" (CUDA, then MPS, then CPU), "cpu", "cuda" (the first one), "cuda:N" or "mps".
    :raises DeviceError: if it is not there; it is never replaced silently.
    """
    present = [device.name for device in available_devices()]
    if name == "auto":
        return present[0]
    wanted = "cuda:0" if name == "cuda" else name
    if wanted not in present:
        raise DeviceError(
            f"The device {name!r} is not available on this computer.",
            f"Available are {', '.join(present)}; --device auto takes the fastest.",
        )
    return wanted
