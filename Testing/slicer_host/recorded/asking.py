"""Evaluates the recorded expressions on the host and describes the answers as they were described in Slicer."""

import ast
import json
import os
import re
import shutil
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent
DEEPEST = 3  # levels of lists and dicts that a description shows


def recorded_topics() -> dict[str, list[dict]]:
    """Topic -> records with `name`, `code` and `answer`, in the order of evaluation."""
    return json.loads((FOLDER / "answers.json").read_text(encoding="utf-8"))["topics"]


def known_differences() -> dict[str, str]:
    """Name of a record -> why the host answers otherwise."""
    return json.loads((FOLDER / "differences.json").read_text(encoding="utf-8"))


def answers_of_host(folder: Path) -> dict[str, str]:
    """Name of a record -> the host's answer.

    :param folder: an empty folder for the files that the expressions write.
    """
    names = _namespace(folder)
    return {record["name"]: _answer(record, names) for topic in recorded_topics().values() for record in topic}


def comparable(answer: str) -> str:
    """An answer without what differs from run to run: addresses, and the texts of exceptions."""
    if answer.startswith("!"):
        return answer.split(":")[0]
    return re.sub(r"0x[0-9a-f]+", "0x", answer)


def described(value, depth: int = 0) -> str:
    """Type and value as one text."""
    kind = type(value).__name__
    if value is None or (isinstance(value, bool | int | float | str | bytes) and type(value).__module__ == "builtins"):
        return f"{kind}:{value!r}"
    if isinstance(value, int):
        return f"{kind}(int):{int(value)}"
    if isinstance(value, tuple | list) and depth < DEEPEST:
        return f"{kind}[" + ", ".join(described(item, depth + 1) for item in value) + "]"
    if isinstance(value, dict) and depth < DEEPEST:
        items = (f"{key!r}: {described(item, depth + 1)}" for key, item in value.items())
        return f"{kind}{{" + ", ".join(items) + "}"
    if callable(value):
        return f"<callable {kind}>"
    return f"vtk:{value.GetClassName()}" if hasattr(value, "GetClassName") else f"<{kind}>"


def _answer(record: dict, names: dict) -> str:
    tree = ast.parse(record["code"])
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    try:
        exec(compile(tree, record["name"], "exec"), names)
        return described(eval(compile(ast.Expression(last.value), record["name"], "eval"), names)) if last else "ok"
    except Exception as error:
        return f"!{type(error).__name__}: {error}"


def _namespace(folder: Path) -> dict:
    """The names that the expressions use."""
    import ctk
    import qt
    import slicer
    import vtk

    from slicer_host.pythonqt.instance_check import exact_isinstance

    class Subclass(qt.QWidget):
        def __init__(self, parent=None):
            qt.QWidget.__init__(self, parent)
            self.mine = 3
            self.calls = []

        def resizeEvent(self, event):  # noqa: N802
            self.calls.append("resize")

        def onC(self):  # noqa: N802
            self.calls.append("c")

    Subclass.__name__ = "Sub"

    class Recorder(list):
        """A callable that keeps the descriptions of its arguments."""

        def __init__(self):
            super().__init__()

        def __call__(self, *arguments):
            self.append(tuple(described(argument) for argument in arguments))

    def spin(milliseconds):
        end = time.monotonic() + milliseconds / 1000
        while time.monotonic() < end:
            slicer.app.processEvents()
            time.sleep(0.005)

    os.environ["PROBE_OUT"] = str(folder / "probe")
    ui_file = folder / "probe.ui"
    shutil.copy(FOLDER / "probe.ui", ui_file)
    return {
        "qt": qt,
        "ctk": ctk,
        "vtk": vtk,
        "slicer": slicer,
        "os": os,
        "sys": sys,
        "time": time,
        "isinstance": exact_isinstance,
        "d": described,
        "spin": spin,
        "Rec": Recorder,
        "Sub": Subclass,
        "ui": str(ui_file),
    }
