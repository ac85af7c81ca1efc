"""report.html: one page that holds an evaluation's figures, tables, settings and methods, with nothing beside it.

It is made of the folder that `evaluate` writes (see `evaluation/evaluation_files.py`) and needs no network, no script
and no other file when it is read. Every text that comes from a file is escaped, and the page forbids scripts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.files import atomic_path

from .agreement_section import agreement_section
from .html import Content, Markup, element, escaped
from .methods_section import methods_section
from .quality_section import quality_section
from .sites_section import sites_section
from .specimen_section import provenance_section, specimens_section
from .style import STYLE
from .summary_section import about_section, cautions_section, simulated_section, summary_section
from .words import at

REPORT = "report.html"
_SCORES, _AGREEMENT = "scores.json", "agreement.json"
_SCHEMA = 1
_TITLE = "LR and DL against HR: image quality and bone area"
# Pictures from the page itself, its own style, and nothing else.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def write_report(folder: Path) -> Path:
    """Write report.html into the folder of an evaluation, in place of an earlier one.

    :returns: its path.
    :raises InputError: if the folder holds no evaluation, or one that cannot be read.
    :raises OutputError: if it cannot be written.
    """
    scores = _read(folder / _SCORES)
    if scores.get("schema") != _SCHEMA:
        raise InputError(
            f"{folder / _SCORES} is of another version (schema {scores.get('schema')}).",
            "Evaluate again with this version of the software.",
        )
    page = report_page(scores, _analysis(scores, folder), folder)
    path = folder / REPORT
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return path


def report_page(scores: Mapping, analysis: Mapping | None, folder: Path) -> str:
    """The page.

    :param scores: the object of scores.json.
    :param analysis: that of agreement/agreement.json; None where there is none.
    :param folder: where the figures are.
    """
    sections: dict[str, list[Content]] = {
        "Results in short": summary_section(scores, analysis),
        "Warnings and notes": cautions_section(scores),
        "Image quality": quality_section(scores, folder),
        "Bone area": agreement_section(scores, analysis, folder),
        "Sites and models": sites_section(scores),
        "Specimens": specimens_section(scores, folder),
        "Methods": methods_section(scores),
        "Provenance": provenance_section(scores),
    }
    shown = {title: content for title, content in sections.items() if content}
    links = [element("a", title, href=f"#{_name(title)}") for title in shown]
    body = [
        element("h1", _TITLE),
        about_section(scores),
        simulated_section(scores),
        element("nav", links, aria_label="Sections"),
        element(
            "main",
            [element("section", element("h2", title), content, id=_name(title)) for title, content in shown.items()],
        ),
    ]
    return f"<!DOCTYPE html>\n{element('html', _head(), element('body', body), lang='en')}\n"


def _head() -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        # An own, empty picture: browsers would ask for one beside the page.
        Markup('<link rel="icon" href="data:,">'),
        element("title", _TITLE),
        element("style", Markup(STYLE)),
    )


def _name(title: str) -> str:
    return escaped(title.lower().replace(" ", "-"))


def _analysis(scores: Mapping, folder: Path) -> Mapping | None:
    place = at(scores, "files", "agreement")
    return None if place is None else _read(folder / str(place) / _AGREEMENT)


def _read(path: Path) -> Mapping:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"There is no {path}.", "Name the folder that the command evaluate wrote.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}.", "Evaluate again into another folder.") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} holds no object.", "Evaluate again into another folder.")
    return content
