"""The engine names options of the command line; the panel names its own widgets instead."""

import ast
from pathlib import Path

import pytest

ENGINE = Path(__file__).resolve().parents[2] / "MicroCTSuperRes" / "MicroCTSuperResLib"
# Texts of the command line alone: its own help, tables, usage errors, and commands that the panel does not run.
COMMAND_LINE_ALONE = {
    "jobs/compare_job.py",
    "jobs/info_words.py",
    "jobs/result_options.py",
    "jobs/simulate_job.py",
    "jobs/terminal.py",
    "jobs/worker.py",
    "networks/export/package_readme.py",
}
# The form of "Open scan" tells these before a worker is started; Find bones takes the place of the other.
TOLD_OTHERWISE = ("need each other", "give one of them", "says what --slope multiplies", "info --bones looks")


def texts_that_name_options():
    """Strings of the engine with an option or a command in them; the places of values hold "7"."""
    for path in sorted(ENGINE.rglob("*.py")):
        name = path.relative_to(ENGINE).as_posix()
        if name.startswith("panel/") or name in COMMAND_LINE_ALONE:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        apart = {id(part) for node in ast.walk(tree) for part in parts_told_elsewhere(node)}
        for node in ast.walk(tree):
            text = "" if id(node) in apart else text_of(node)
            named = "--" in text or "microct-superres " in text or "info lists" in text
            if named and not any(words in text for words in TOLD_OTHERWISE):
                yield text


def parts_told_elsewhere(node):
    """Docstrings, the parts of f-strings, and what describes options to argparse."""
    if isinstance(node, ast.Expr):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return node.values
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("add_argument", "add_argument_group"):
        return list(ast.walk(node))
    return []


def text_of(node):
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "7" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_no_hint_of_the_engine_names_an_option_in_the_panel(slicer_scene):
    from MicroCTSuperResLib.panel.messages import in_panel_words

    # "--7" is the beginning of an option whose name is a value: of constants, which have a test of their own.
    texts = [text for text in texts_that_name_options() if text != "--7"]
    told = [in_panel_words(text) for text in texts]
    assert [text for text in told if any(words in text for words in ("--", "microct-superres", "info lists"))] == []
    # The engine had 20 of them when this was written: a search that finds none would find no fault.
    assert len(texts) >= 15


@pytest.mark.parametrize("constant", ["mu_scaling", "mu_water"])
def test_a_missing_constant_is_asked_for_in_panel_words(slicer_scene, constant):
    from MicroCTSuperResLib.errors import CalibrationError
    from MicroCTSuperResLib.imaging.calibration import Calibration
    from MicroCTSuperResLib.panel.messages import in_panel_words

    known = {"mu_scaling": 4096.0, "mu_water": 0.24}
    del known[constant]
    with pytest.raises(CalibrationError) as caught:
        Calibration(**known).line("native", "HU")
    told = in_panel_words(caught.value.hint)
    assert constant.replace("_", " ") in told
    assert "--" not in told


def test_options_become_widgets_and_other_texts_stay(slicer_scene):
    from MicroCTSuperResLib.panel.messages import in_panel_words

    for engine, panel in (
        ("Read a part of it with --crop.", "Open a part of it."),
        ("Choose another name, or allow it with --overwrite.", "Choose another name, or remove that file."),
        ("Available are cpu; --device auto takes the fastest.", "Available are cpu; Automatic takes the fastest."),
        (
            "Give the true voxel size with --spacing X Y Z in mm.",
            "Give the true voxel size in mm under Voxel size when you open the scan.",
        ),
        ("The file /data/a--b.nrrd is damaged.", "The file /data/a--b.nrrd is damaged."),
        ("The file /data/a--slope.nrrd is damaged.", "The file /data/a--slope.nrrd is damaged."),
        ("Close other programs.", "Close other programs."),
    ):
        assert in_panel_words(engine) == panel


def test_a_failed_worker_is_told_in_panel_words(slicer_scene):
    from MicroCTSuperResLib.panel.outcome import outcome_of

    event = {
        "event": "error",
        "code": "out-of-memory",
        "message": "Too large.",
        "hint": "Read a part of it with --crop.",
    }
    outcome = outcome_of(event, cancelled=False, signal_number=0, errors=[], log=[])
    assert outcome.hint == "Open a part of it."


def test_signs_of_markup_in_a_text_are_shown_as_they_are(slicer_scene):
    import qt
    from MicroCTSuperResLib.panel.messages import show_text

    label, document = qt.QLabel(), qt.QTextDocument()
    for text in ("/scans/A & B", "a < b", "<b>", "plain"):
        show_text(label, text)
        document.setHtml(label.text)
        assert document.toPlainText() == text
        # A label takes a text with "&amp;" and without a tag for plain, and shows it as it stands there.
        assert label.text.startswith("<span>") or "&" not in label.text
