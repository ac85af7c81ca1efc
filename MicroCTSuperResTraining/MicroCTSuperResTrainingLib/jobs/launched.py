"""A training whose processes were started by torchrun or SLURM: each of them runs the whole command.

The first one prepares and finishes; the others wait for its plan and train with it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import InputError, MicroCTError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..training.config import TrainingConfig
    from ..training.fit import FitPlan

# Pairing all specimens of a cohort takes its time, and the others wait.
_LONGEST_WAIT = timedelta(hours=24)


def launched_processes() -> int:
    """How many processes were started from outside for this training; 1 if none were."""
    if "TORCHELASTIC_RUN_ID" in os.environ:
        return int(os.environ.get("WORLD_SIZE", "1"))
    return int(os.environ.get("SLURM_NTASKS", "1")) if "SLURM_PROCID" in os.environ else 1


def launched_rank() -> int:
    """Which of them this is."""
    return int(os.environ.get("RANK", os.environ.get("SLURM_PROCID", "0")))


def check_count(config: TrainingConfig) -> None:
    """:raises InputError: if other processes were started than the settings ask for."""
    count = launched_processes()
    if count not in (1, config.world_size):
        raise InputError(
            f"{count} processes were started from outside, the settings ask for {config.devices} devices on "
            f"{config.nodes} nodes.",
            "Give --devices and --nodes as torchrun or SLURM has them.",
        )


@contextmanager
def joined() -> Iterator[None]:
    """Within this context the processes that were started from outside know each other."""
    import torch
    from torch import distributed

    if launched_processes() == 1:
        yield
        return
    _name_first_process()
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    distributed.init_process_group(
        backend, rank=launched_rank(), world_size=launched_processes(), timeout=_LONGEST_WAIT
    )
    try:
        yield
    finally:
        if distributed.is_initialized():
            distributed.destroy_process_group()


def plan_of_first(prepare: Callable[[], FitPlan]) -> FitPlan:
    """The plan that the first process prepares, in all of them; its failure, too.

    :raises MicroCTError: as the first process does.
    """
    from torch import distributed

    if launched_processes() == 1:
        return prepare()
    told: list[object] = [None]
    if launched_rank() == 0:
        try:
            plan = prepare()
        except BaseException as error:
            distributed.broadcast_object_list([str(error)])
            raise
        distributed.broadcast_object_list([plan.to_dict()])
        return plan
    distributed.broadcast_object_list(told)
    if isinstance(told[0], str):
        raise MicroCTError(f"The first process failed: {told[0]}")
    from ..training.fit import FitPlan

    return FitPlan.from_dict(told[0])


def _name_first_process() -> None:
    """Under SLURM the address of the first process follows from the names of the nodes, as Lightning reads them."""
    if "MASTER_ADDR" in os.environ:
        return
    from lightning.pytorch.plugins.environments import SLURMEnvironment

    environment = SLURMEnvironment(auto_requeue=False)
    os.environ["MASTER_ADDR"] = environment.main_address
    os.environ["MASTER_PORT"] = str(environment.main_port)
