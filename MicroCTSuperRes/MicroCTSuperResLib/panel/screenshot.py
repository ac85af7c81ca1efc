"""A picture of the view area as a PNG file that replaces no other."""

from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

FOLDER_SETTING = "MicroCTSuperRes/ScreenshotFolder"


def ask_and_take(parent, name: str) -> Path | None:
    """Ask where to put a picture and write it.

    :param parent: widget that the dialog belongs to.
    :param name: proposed, without extension.
    :return: the file; None where the user cancelled.
    :raises OSError: if it cannot be written.
    """
    folder = qt.QSettings().value(FOLDER_SETTING) or slicer.app.defaultScenePath or str(Path.home())
    proposed = free_path(Path(folder) / f"{as_file_name(name)}.png")
    answer = qt.QFileDialog.getSaveFileName(parent, _("Save screenshot"), str(proposed), _("Pictures (*.png)"))
    if not answer:
        return None
    chosen = Path(answer)
    path = free_path(chosen if chosen.suffix.lower() == ".png" else chosen.with_name(f"{chosen.name}.png"))
    image = view_area()
    if not image.save(str(path)):
        raise OSError(_("The picture could not be written to {path}.").format(path=path))
    qt.QSettings().setValue(FOLDER_SETTING, str(path.parent))
    return path


def view_area():
    """The view area as a QPixmap, cut out of the main window: the views alone have no background between them."""
    window, views = slicer.util.mainWindow(), slicer.app.layoutManager().viewport()
    slicer.util.forceRenderAllViews()
    corner = views.mapTo(window, qt.QPoint(0, 0))
    return window.grab(qt.QRect(corner.x(), corner.y(), views.width, views.height))


def free_path(path: Path) -> Path:
    """The path, or with the first number that makes it a new one: "bone.png", "bone 2.png", "bone 3.png" ..."""
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.stem} {number}{path.suffix}")
    return candidate


def as_file_name(name: str) -> str:
    """A name without what file systems refuse."""
    return "".join(" " if character in '<>:"/\\|?*' or ord(character) < 32 else character for character in name).strip()
