"""The commands of this package."""

from .demo_job import DEMO

COMMANDS = (DEMO,)
