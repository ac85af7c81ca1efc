"""A job description: what a panel, a script or a queue hands to the worker."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ..errors import InputError

_EXAMPLE = '{"job": "info", "arguments": {"file": "lr.nrrd"}}'


@dataclass(frozen=True)
class Job:
    """One piece of work.

    :param name: the name of a command.
    :param arguments: what the command's `describe` returns.
    """

    name: str
    arguments: dict

    def to_json(self) -> str:
        """The description on one line."""
        return json.dumps({"job": self.name, "arguments": self.arguments})

    @classmethod
    def from_json(cls, text: str) -> Job:
        """Read a description; the arguments themselves are checked by the job.

        :raises InputError: if it is not one JSON object with the keys `job` and `arguments`.
        """
        try:
            description = json.loads(text)
        except ValueError as error:
            raise InputError(f"The job description is not JSON ({error}).", f"Write it like {_EXAMPLE}.") from error
        if not isinstance(description, dict) or not isinstance(description.get("job"), str):
            raise InputError("The job description names no job.", f"Write it like {_EXAMPLE}.")
        unknown = sorted(set(description) - {"job", "arguments"})
        if unknown:
            raise InputError(f"The job description has an unknown key {unknown[0]!r}.", f"Write it like {_EXAMPLE}.")
        arguments = description.get("arguments", {})
        if not isinstance(arguments, dict):
            raise InputError(f"The job's arguments must be an object, this is {arguments!r}.", f"Write {_EXAMPLE}.")
        return cls(description["job"], arguments)
