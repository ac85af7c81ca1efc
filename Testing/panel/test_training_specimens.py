"""The section with the cohort: its table from files, folders and nodes, its checks, its pairs in the views."""

import csv
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sample_training_panel import (
    headline,
    open_table,
    open_training,
    rows,
    small_cohort,
    wait_for_cohort,
    wait_for_specimen,
)
from slicer_host.actions import click, process_events

HEAVY = ("torch", "itk", "lightning", "matplotlib", "SimpleITK", "scipy")


@pytest.fixture
def panel(open_module, monkeypatch, tmp_path):
    return open_training(open_module, monkeypatch, tmp_path)


@pytest.fixture
def section(panel):
    return panel.specimensSection


@pytest.fixture
def table(tmp_path):
    return small_cohort(tmp_path / "study")


def cells(path):
    """A CSV file as a list of dictionaries."""
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def write_cells(path, told):
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(told[0]))
        writer.writeheader()
        writer.writerows(told)


def column_titled(section, title):
    widget = section.ui.specimensTable
    titles = [widget.horizontalHeaderItem(column).text() for column in range(widget.columnCount)]
    return titles.index(title)


def type_into(section, row, title, text):
    """What the user's typing into a cell ends in."""
    section.ui.specimensTable.item(row, column_titled(section, title)).setText(text)
    process_events()


def test_opening_the_panel_imports_nothing_heavy(tmp_path):
    program = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path\n"
        "from slicer_host.host import Host\n"
        "host = Host(Path(sys.argv[1])); host.start_test()\n"
        "loaded = host.module_manager.load(Path(sys.argv[2]) / 'MicroCTSuperResTraining.py')\n"
        "host.tell_startup_completed(); host.module_manager.select('MicroCTSuperResTraining')\n"
        "assert loaded.widgetRepresentation().self().trainSection is not None\n"
        f"print([name for name in {HEAVY} if name in sys.modules])\n"
    )
    root = Path(__file__).resolve().parents[2]
    folders = [str(root / name) for name in ("MicroCTSuperResTraining", "MicroCTSuperRes", "Testing")]
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), *folders], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_without_a_table_the_panel_says_what_to_do(section):
    assert headline(section) == "No specimens yet."
    assert "sample cohort" in section.ui.adviceLabel.text
    assert not section.ui.checkButton.enabled
    assert not section.ui.saveAsButton.enabled


def test_problems_are_marked_in_their_rows_with_the_reason(panel, section, host, table, screenshot):
    told = cells(table)
    told[0]["hr"] = "gone.nrrd"
    told[1]["animal"] = ""
    write_cells(table, told)
    open_table(panel, host, table)
    first, second, third = rows(panel)
    assert "animal: The cell is empty." in second.state
    assert not third.problems
    # The headers of scans are not read before the table itself is in order.
    type_into(section, 1, "animal", "A2")
    click(section.ui.saveButton)
    wait_for_cohort(panel)
    first, second, third = rows(panel)
    assert "gone.nrrd" in first.state
    assert (second.state, third.state) == ("ok", "ok")
    assert headline(section) == "Rows with problems: 1, marked red."
    section.ui.specimensTable.setCurrentCell(0, 0)
    assert "gone.nrrd" in section.ui.rowLabel.text
    red = section.ui.specimensTable.item(0, 0).background().color()
    green = section.ui.specimensTable.item(1, 0).background().color()
    assert red.red() > red.green()
    assert green.green() > green.red()
    screenshot(host.main_window, "problems")


def test_changes_are_written_when_the_user_saves_and_keep_all_columns(panel, section, host, table):
    before = cells(table)
    open_table(panel, host, table)
    type_into(section, 2, "group", "treated")
    assert cells(table) == before
    assert headline(section) == "The table was changed and is not saved."
    assert not section.ui.pairButton.enabled
    click(section.ui.saveButton)
    wait_for_cohort(panel)
    before[2]["group"] = "treated"
    assert cells(table) == before
    assert [specimen.group for specimen in panel.specimens()] == ["A", "B", "treated"]
    assert section.ui.pairButton.enabled


def test_a_file_that_another_program_changed_is_replaced_only_after_a_question(panel, section, host, table):
    open_table(panel, host, table)
    type_into(section, 0, "group", "mine")
    theirs = cells(table)
    theirs[1]["group"] = "theirs"
    write_cells(table, theirs)
    with host.dialogs.expecting("confirmOkCancelDisplay", answer=False) as seen:
        click(section.ui.saveButton)
    assert "Another program" in seen[0].text
    assert cells(table) == theirs
    existing = table.with_name("existing.csv")
    existing.write_text("theirs")
    with (
        host.dialogs.expecting("QFileDialog.getSaveFileName", answer=str(existing.with_suffix(""))),
        host.dialogs.expecting("confirmOkCancelDisplay", answer=False),
    ):
        click(section.ui.saveAsButton)
    assert existing.read_text() == "theirs"
    assert rows(panel)[0].cells["group"] == "mine"


def test_a_table_saved_elsewhere_finds_its_scans(panel, section, host, table, tmp_path):
    open_table(panel, host, table)
    section.ui.specimensTable.setCurrentCell(0, 0)
    click(section.ui.removeButton)
    other = tmp_path / "other" / "cohort.csv"
    other.parent.mkdir()
    with host.dialogs.expecting("QFileDialog.getSaveFileName", answer=str(other)):
        click(section.ui.saveAsButton)
    wait_for_cohort(panel)
    assert panel.cohortPath == str(other)
    assert [specimen.specimen for specimen in panel.specimens()] == ["A2-femur", "A3-femur"]
    assert all(specimen.lr.is_file() for specimen in panel.specimens())
    assert len(cells(table)) == 3


def test_a_folder_becomes_a_table_by_the_names_of_its_files(panel, section, host, table, tmp_path):
    section.ui.makeGroupBox.collapsed = False
    section.ui.patternEdit.text = "{animal}-{site}-{scan}.nrrd"
    path = tmp_path / "found.csv"
    with (
        host.dialogs.expecting("QFileDialog.getExistingDirectory", answer=str(table.parent)),
        host.dialogs.expecting("QFileDialog.getSaveFileName", answer=str(path)),
    ):
        click(section.ui.folderButton)
    wait_for_cohort(panel)
    told = [(each.specimen, each.animal, each.site, each.lr) for each in panel.specimens()]
    assert told == [
        (f"A{number}-femur", f"A{number}", "femur", table.parent / f"A{number}-femur-lr.nrrd") for number in (1, 2, 3)
    ]
    assert "Press Divide" in section.ui.headlineLabel.text or "press Divide" in section.ui.headlineLabel.text


def test_a_folder_without_such_files_is_told(section, host, tmp_path):
    section.ui.makeGroupBox.collapsed = False
    with host.dialogs.expecting("QFileDialog.getExistingDirectory", answer=str(tmp_path)):
        click(section.ui.folderButton)
    assert headline(section).endswith("is named like {specimen}-{scan}.*.")


def test_volumes_of_the_scene_become_a_specimen(panel, section, host, tmp_path):
    import slicer
    from MicroCTSuperResLib.imaging.formats import read_volume
    from MicroCTSuperResLib.scene.volume_nodes import node_from_volume
    from MicroCTSuperResLib.simulation.acquisition import simulate_lr
    from MicroCTSuperResLib.simulation.phantoms import make_phantom

    hr = make_phantom("femur", size=(48, 48, 16), spacing_mm=0.06, seed=0)
    volumes = {"lr": simulate_lr(hr, seed=0), "hr": hr}
    nodes = {scan: node_from_volume(slicer.mrmlScene, volume, scan) for scan, volume in volumes.items()}
    ui = section.ui
    ui.makeGroupBox.collapsed = False
    ui.lrNodeSelector.setCurrentNode(nodes["lr"])
    ui.hrNodeSelector.setCurrentNode(nodes["hr"])
    assert not ui.addPairButton.enabled
    ui.nameEdit.text, ui.animalEdit.text = "M7", "mouse 7"
    path = tmp_path / "made.csv"
    with host.dialogs.expecting("QFileDialog.getSaveFileName", answer=str(path)):
        click(ui.addPairButton)
    wait_for_cohort(panel)
    click(ui.saveButton)
    wait_for_cohort(panel)
    (specimen,) = panel.specimens()
    assert (specimen.specimen, specimen.animal) == ("M7", "mouse 7")
    assert read_volume(specimen.hr).units == "mg HA/cm3"
    assert [row.state for row in rows(panel)] == ["ok"]


def test_volumes_under_a_transform_are_written_where_they_lie(panel, section, host, table, tmp_path):
    import slicer
    import vtk
    from MicroCTSuperResLib.imaging.formats import read_volume

    lr, hr = (slicer.util.loadVolume(str(table.parent / f"A1-femur-{scan}.nrrd")) for scan in ("lr", "hr"))
    moved = vtk.vtkMatrix4x4()
    moved.SetElement(2, 3, 0.5)
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.SetMatrixTransformToParent(moved)
    hr.SetAndObserveTransformNodeID(transform.GetID())
    ui = section.ui
    ui.makeGroupBox.collapsed = False
    ui.lrNodeSelector.setCurrentNode(lr)
    ui.hrNodeSelector.setCurrentNode(hr)
    ui.nameEdit.text, ui.animalEdit.text = "M7", "mouse 7"
    with host.dialogs.expecting("QFileDialog.getSaveFileName", answer=str(tmp_path / "made.csv")):
        click(ui.addPairButton)
    wait_for_cohort(panel)
    click(ui.saveButton)
    wait_for_cohort(panel)
    (specimen,) = panel.specimens()
    assert specimen.lr == table.parent / "A1-femur-lr.nrrd"  # it lies where its file says
    assert specimen.hr == tmp_path / "M7-hr.nrrd"
    assert read_volume(specimen.hr).origin[2] == pytest.approx(
        read_volume(table.parent / "A1-femur-hr.nrrd").origin[2] + 0.5
    )
    assert read_volume(specimen.hr).units == "mg HA/cm3"


def test_a_table_without_the_columns_names_them(panel, section, host, tmp_path):
    table = tmp_path / "other.csv"
    table.write_text("name,animal,lr,hr\nM7,7,a.nrrd,b.nrrd\n")
    open_table(panel, host, table)
    assert section.ui.adviceLabel.text.startswith("specimen: There is no such column")
    assert headline(panel.trainSection) == "No row of the table can be used."


def test_pairs_are_checked_with_shift_and_picture(panel, section, host, table, screenshot):
    open_table(panel, host, table)
    click(section.ui.pairButton)
    wait_for_cohort(panel)
    assert headline(section).startswith("LR and HR lie at most")
    assert all(0 <= float(row.shift_um) < 60 for row in rows(panel))  # they were not moved; an LR voxel is 120 um
    section.ui.specimensTable.setCurrentCell(2, 0)
    process_events(0.05)
    assert section.ui.pictureLabel.isVisible()
    picture = Path(panel.parameters.specimens.pairingFolder) / "pictures" / "A3-femur.png"
    assert picture.is_file()
    assert str(picture) in section.ui.pictureLabel.toolTip
    screenshot(host.main_window, "pairs")


def test_a_specimen_that_moved_is_a_warning_in_its_row_until_the_motion_is_taken_back(
    panel, section, host, tmp_path, screenshot
):
    from MicroCTSuperResTrainingLib.cohort.phantom_cohort import PhantomCohortSettings, make_phantom_cohort
    from MicroCTSuperResTrainingLib.cohort.specimen import SPLITS

    settings = PhantomCohortSettings(animals=2, size=(96, 96, 24), spacing_mm=0.03)  # the first one stays where it was
    table = make_phantom_cohort(tmp_path / "moved", settings).path
    write_cells(table, [{**row, "split": split} for row, split in zip(cells(table), SPLITS[:2], strict=True)])
    open_table(panel, host, table)
    click(section.ui.pairButton)
    wait_for_cohort(panel)
    truth = [math.hypot(*(float(row[f"true_shift_{axis}_um"]) for axis in "xyz")) for row in cells(table)]
    assert truth[0] == 0 < 15 < truth[1]  # half an HR voxel of 30 um
    still, moved = rows(panel)
    assert float(moved.shift_um) == pytest.approx(truth[1], abs=5)
    assert (still.problems, still.warnings, moved.problems) == ((), (), ())
    assert "Rows with warnings: 1, marked yellow." in section.ui.adviceLabel.text
    assert headline(panel.trainSection) == "Ready."
    assert "Specimens with problems or warnings: 1." in panel.trainSection.ui.adviceLabel.text
    widget = section.ui.specimensTable
    widget.setCurrentCell(1, 0)
    # The reason, in the words of the panel.
    assert (
        "HR voxels, which lowers every score and blurs what is learnt: choose under Motion to take it back."
        in section.ui.rowLabel.text
    )
    assert widget.item(1, 1).text() == "warning"
    green, yellow = (widget.item(row, 0).background().color() for row in (0, 1))
    assert yellow.red() > yellow.blue() + 50
    assert green.green() > green.red()
    screenshot(host.main_window, "moved")

    # A look at the headers does not know better.
    click(section.ui.checkButton)
    wait_for_cohort(panel)
    assert rows(panel)[1].warnings == moved.warnings

    section.ui.motionSelector.setCurrentIndex(1)
    section.ui.motionSelector.activated.emit(1)
    assert headline(section) == "Press Check pairs to see what is left of the motion."
    click(section.ui.pairButton)
    wait_for_cohort(panel)
    assert "µm are left" in headline(section)
    assert [row.warnings for row in rows(panel)] == [(), ()]
    assert float(rows(panel)[1].shift_um) == pytest.approx(truth[1], abs=5)  # as the files lie


def test_a_table_that_is_deleted_from_the_scene_is_gone_from_the_panel_and_stays_on_the_disk(
    panel, section, host, table
):
    import slicer

    open_table(panel, host, table)
    slicer.mrmlScene.RemoveNode(section.table)
    assert section.ui.specimensTable.rowCount == 0
    assert headline(section) == "No specimens yet."
    assert not section.ui.checkButton.enabled
    open_table(panel, host, table)
    assert [row.state for row in rows(panel)] == ["ok"] * 3


def test_a_table_that_another_program_has_changed_is_read_again_before_its_pairs_are_checked(
    panel, section, host, table
):
    open_table(panel, host, table)
    write_cells(table, cells(table)[1:])
    click(section.ui.pairButton)
    wait_for_cohort(panel)
    assert [row.cells["specimen"] for row in rows(panel)] == ["A2-femur", "A3-femur"]
    assert not list(table.parent.glob("*-pairing"))
    # What was typed in the meantime is not lost by that.
    type_into(section, 0, "group", "mine")
    write_cells(table, cells(table)[1:])
    section.enter()
    assert [row.cells["group"] for row in rows(panel)] == ["mine", "A"]


def test_who_types_stays_in_the_cell(panel, section, host, table):
    open_table(panel, host, table)
    column = column_titled(section, "group")
    section.ui.specimensTable.setCurrentCell(1, column)
    type_into(section, 1, "group", "treated")
    assert (section.ui.specimensTable.currentRow(), section.ui.specimensTable.currentColumn()) == (1, column)


def test_the_cohort_is_divided_anew_only_after_a_question(panel, section, host, tmp_path):
    table = small_cohort(tmp_path / "study", animals=5)
    open_table(panel, host, table)
    with host.dialogs.expecting("confirmOkCancelDisplay", answer=False):
        click(section.ui.divideButton)
    assert [each.split for each in panel.specimens()] == ["train", "validation", "test", "test", "test"]
    with host.dialogs.expecting("confirmOkCancelDisplay", answer=True):
        click(section.ui.divideButton)
    wait_for_cohort(panel)
    # Fractions of 0.6, 0.2 and 0.2 of five animals.
    assert sorted(each.split for each in panel.specimens()) == ["test", "train", "train", "train", "validation"]


def test_one_click_makes_the_sample_cohort_and_a_second_one_opens_it(panel, section, host, monkeypatch, screenshot):
    from MicroCTSuperResTrainingLib.panel import sample_cohort

    for name, value in {"ANIMALS": 3, "SIZE": (32, 32, 16), "SPACING_MM": 0.09, "SPLIT": "femur=1/1/1"}.items():
        monkeypatch.setattr(sample_cohort, name, value)
    click(section.ui.sampleButton)
    wait_for_cohort(panel)
    assert Path(panel.cohortPath).parent == sample_cohort.folder()
    assert {each.split for each in panel.specimens()} == {"train", "validation", "test"}
    made = {path.name: path.stat().st_mtime_ns for path in sample_cohort.folder().glob("*.nrrd")}
    click(section.ui.sampleButton)
    wait_for_cohort(panel)
    assert {path.name: path.stat().st_mtime_ns for path in sample_cohort.folder().glob("*.nrrd")} == made
    assert len(made) == 6


def test_sample_data_offers_the_cohort(panel, host, monkeypatch):
    import slicer
    from MicroCTSuperResTrainingLib.panel import sample_cohort

    sources = slicer.modules.sampleDataSources["MicroCT Super-Resolution"]
    (source,) = [each for each in sources if each.sampleName == sample_cohort.NAME]
    assert Path(source.thumbnailFileName).is_file()
    asked = []
    monkeypatch.setattr(panel.specimensSection, "openSampleCohort", lambda: asked.append(True))
    assert source.customDownloader(source) == []
    assert asked == [True]


def test_a_double_click_shows_the_pair_and_the_former_one_makes_room(panel, section, host, table):
    import slicer

    open_table(panel, host, table)
    section.ui.specimensTable.setCurrentCell(0, 0)
    section.ui.specimensTable.cellDoubleClicked.emit(0, 0)
    wait_for_specimen(panel)
    names = [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")]
    assert sorted(names) == ["A1-femur HR", "A1-femur LR"]
    for view, name in (("MicroCTLR", "A1-femur LR"), ("MicroCTHR", "A1-femur HR")):
        shown = host.layout_manager.sliceWidget(view).mrmlSliceCompositeNode()
        assert slicer.mrmlScene.GetNodeByID(shown.GetBackgroundVolumeID()).GetName() == name
    panel.showSpecimen("A2-femur", slice_mm=0.3)
    wait_for_specimen(panel)
    names = [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")]
    assert sorted(names) == ["A2-femur HR", "A2-femur LR"]
    # HR begins at 0 and its slices lie 0.06 mm apart: 0.3 mm is slice 5.
    offset = host.layout_manager.sliceWidget("MicroCTHR").sliceLogic().GetSliceOffset()
    assert offset == pytest.approx(0.3, abs=0.03)
    host.problems.take()  # Slicer's slice views complain of volumes that go while they are shown


def test_of_two_specimens_asked_for_one_after_the_other_the_last_one_is_shown(panel, section, host, table):
    import slicer

    open_table(panel, host, table)
    for row in (0, 1):  # the scans of the first one are being read
        section.ui.specimensTable.setCurrentCell(row, 0)
        section.ui.specimensTable.cellDoubleClicked.emit(row, 0)
    wait_for_specimen(panel)
    process_events(0.1)
    assert headline(section) == "A2-femur: LR | HR. There is no DL of it yet."
    names = [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")]
    assert sorted(names) == ["A2-femur HR", "A2-femur LR"]


def test_what_pairs_have_told_stays_when_the_table_is_saved(panel, section, host, table):
    open_table(panel, host, table)
    click(section.ui.pairButton)
    wait_for_cohort(panel)
    before = rows(panel)
    type_into(section, 0, "group", "treated")
    type_into(section, 1, "hr", "A3-femur-hr.nrrd")
    click(section.ui.saveButton)
    wait_for_cohort(panel)
    first, second, third = rows(panel)
    assert (first.shift_um, second.shift_um) == ("", "")  # what was typed into is to be looked at again
    assert (third.pairing, third.shift_um, third.likeness) == (
        before[2].pairing, before[2].shift_um, before[2].likeness,
    )  # fmt: skip
    assert third.shift_um != ""


def test_a_table_that_is_changed_while_its_pairs_are_checked_is_not_told_what_was_found(panel, section, host, table):
    open_table(panel, host, table)
    click(section.ui.pairButton)
    type_into(section, 0, "lr", "other.nrrd")
    wait_for_cohort(panel)
    assert headline(section).startswith("The table was changed meanwhile")
    assert [row.shift_um for row in rows(panel)] == ["", "", ""]


def test_a_specimen_whose_scan_is_gone_is_told(panel, section, host, table):
    open_table(panel, host, table)
    (table.parent / "A1-femur-hr.nrrd").unlink()
    section.ui.specimensTable.setCurrentCell(0, 0)
    click(section.ui.showButton)
    wait_for_specimen(panel)
    assert "A1-femur-hr.nrrd" in headline(section)
    assert not panel.shownSpecimen.is_reading


def test_a_table_that_was_moved_is_told_and_can_be_saved_elsewhere(panel, section, host, table, tmp_path):
    open_table(panel, host, table)
    os.rename(table, table.with_name("moved.csv"))  # noqa: PTH104 - as another program does
    section.enter()
    assert headline(section) == f"The table {table} is not there any more."
    assert not section.ui.checkButton.enabled
    with host.dialogs.expecting("QFileDialog.getSaveFileName", answer=str(table)):
        click(section.ui.saveAsButton)
    wait_for_cohort(panel)
    assert [row.state for row in rows(panel)] == ["ok"] * 3
