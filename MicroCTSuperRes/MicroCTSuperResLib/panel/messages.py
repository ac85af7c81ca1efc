"""Labels that tell something, and are away while there is nothing to tell; the engine's hints in the panel's words."""

import html
import re

from slicer.i18n import tr as _

TROUBLE_COLOUR = "#c0392b"
CAUTION_COLOUR = "#b9770e"
# Texts without any of these name no option and no command.
_SIGNS = ("--", "microct-superres", "info lists", "refine")


def in_panel_words(text):
    """What the engine says, with the panel's words in place of the command line's commands and options.

    :param text: a message, hint or warning of the engine; one that names no option stays as it is.
    """
    if not any(sign in text for sign in _SIGNS):
        return text
    for pattern, words in _panel_words():
        text = re.sub(pattern, lambda _match, words=words: words, text)
    return text


def _panel_words():
    """Patterns in the engine's texts and what stands in their place in the panel: phrases before single options."""
    calibrate = _("the scan through Open scan... with slope and intercept, two rods of a phantom or a calibration file")
    return (
        (r"Give --slope and --intercept of .*--calibration file", _("Open") + f" {calibrate}"),
        (
            r"Read the volume in (.+?) with --units \(a scan .* --calibration\)",
            _("Open {scan}, and choose its grey values there").format(scan=calibrate),
        ),
        (r"read the volume in these units \(--units\)", _("choose these grey values in Open scan...")),
        (r"convert the file with --units native first.*others", _("open the file with native grey values")),
        (r"give the crop as a box, as --crop", _("give the part as a box in Open scan..., as")),
        (r"--crop auto", _("the part auto")),
        (r"Read a part of it with --crop", _("Open a part of it")),
        (r"(enhance a smaller|convert a) part with --crop", _("open a part of the scan")),
        (r"choose --grid in-plane", _("keep the slices: Double along x and y")),
        (r"(microct-superres )?info lists them", _("Find bones lists them")),
        (r"Choose another model: microct-superres models list", _("Choose another model")),
        (r"Name one: microct-superres models list", _("Choose a model")),
        (r"Add it to your models first: .*", _("Add it to your models first: Add...")),
        (r"--device auto", _("Automatic")),
        (r"allow it with --overwrite", _("remove that file")),
        (r"allow overwriting it \(--overwrite\)", _("replace it")),
        (r"with --spacing( X Y Z in mm)?", _("in mm under Voxel size when you open the scan")),
        (r"give --spacing 1 1 1", _("give the voxel size 1 when you open it")),
        (r"choose a wider type or another --rescale", _("choose a wider type")),
        (r"say with --density-of what --slope multiplies", _("choose in Open scan... what the slope is of")),
        (r"look at the pictures \(--pictures\), or give a --mask", _("look at the contours, and correct them")),
        (r"and are measured together; --each-bone tells them one by one", _("and are measured together")),
        (
            r"--cortex measures inside it, or give a --mask of the trabecular bone",
            _("the measures of the cortex leave it out, or choose a tissue area of the trabecular bone"),
        ),
        (r"or give another --threshold", _("or choose another threshold")),
        (r"Name others with --reference and --methods", _("Choose other methods")),
        (r"Name the methods with --methods, such as LR,DL", _("Name the methods to compare")),
        (r"Name the column of the slices with --match if they are slices", _("A column slice tells them apart")),
        (r" \(--specimen, --method-column, --match\)", ""),
        (r"or name with --match the column", _("or rename the column")),
        (
            r"Split it with: microct-superres cohort split, or evaluate all of it with --split all",
            _("Choose another part"),
        ),
        (r"Name another folder; or replace these results.*", _("Choose another folder, or remove these results.")),
        (r"Name another folder, go on with --resume, or replace it with --overwrite", _("Choose another folder")),
        (r"or name the units of the threshold with --units.*", _("or choose another threshold.")),
        (
            r"Name the one with --method-column, or the other with --reference",
            _("A column method has to name the method of each row; or each method has a column of its own"),
        ),
        (r"Name (one|another)( one)? with --[\w-]+", _("Choose another table or column")),
        (r"or allow --overwrite", _("or allow overwriting it")),
        (r"; train --print-config shows all of them", ""),
        (r"train --print-config shows what it holds", _("docs/training.md tells what it holds")),
        (r"Train without --resume to begin one", _("Start a new training")),
        (r"Name the cohort's table beside --resume", _("Start a new training under another name")),
        (r"look at the pictures \(--pictures\)\.", _("look at the contours.")),
        (r"; --refine translation would take it back", _(": choose under Motion to take it back")),
        (r", or allow it with a larger limit and refine", ""),
        (r"(Split|Divide) (it|the cohort)( first)?( with)?: microct-superres cohort split", _("Divide the specimens")),
        (r"Read the volume in .* \(--units density; .*\), or give", _("Open the scan calibrated, or choose")),
        (
            r"Evaluate it with --workers 1, or a smaller part of it \(--field, lr_crop\)",
            _("Evaluate one specimen at a time, or a smaller part of it (lr_crop in the table)"),
        ),
        (r"Go on with --resume", _("Evaluate again: finished specimens are kept")),
        (r"(N|n)ame a --model", _("choose a model")),
        (r"or measure a part of it with --crop", _("or measure a part of it")),
        (r"Or give --units native and a --threshold in", _("Or choose a threshold in")),
        (r"--resume goes on with it", _("Resume goes on with it")),
        (r"Go on with it with --resume", _("Resume it")),
        (r"Train with --batch \d+", _("Train with a smaller batch")),
        (r"or with --patch \d+", _("or with smaller patches")),
        (r"Run the command again with --debug and report what it prints", _("Report it with the log")),
        (r"a --calibration file", _("a calibration file, when you open the scan")),
        (r"(?<![\w/])--mu-scaling", _("mu scaling")),
        (r"(?<![\w/])--mu-water", _("mu water")),
        (r"(?<![\w/])--slope", _("slope")),
        (r"(?<![\w/])--intercept", _("intercept")),
        (r"(?<![\w/])--phantom", _("rods")),
    )


def show_text(label, text):
    """Plain text, which may have several lines."""
    told = _lines(text)
    label.text = f"<span>{told}</span>" if "&" in told else told  # else Qt may take it for plain and show "&amp;"
    label.visible = bool(text)


def show_warnings(label, texts):
    """Things to know before going on, one a line."""
    _show_coloured(label, "<br>".join(_lines(text) for text in texts), CAUTION_COLOUR)


def show_trouble(label, text):
    """What keeps the work from going on, or made it fail."""
    _show_coloured(label, _lines(text), TROUBLE_COLOUR)


def show_bold(label, text, colour=""):
    """A headline."""
    style = f' style="color: {colour}"' if colour else ""
    label.text = f"<b{style}>{_lines(text)}</b>" if text else ""
    label.visible = bool(text)


def _show_coloured(label, rich_text, colour):
    label.text = f'<span style="color: {colour}">{rich_text}</span>' if rich_text else ""
    label.visible = bool(rich_text)


def _lines(text):
    return html.escape(in_panel_words(text), quote=False).replace("\n", "<br>")
