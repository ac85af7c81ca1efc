"""Tables of measurements in the scene, from files and back."""

import numpy as np
import pytest
from MicroCTSuperResLib.errors import FormatError
from MicroCTSuperResTrainingLib.agreement.measurements import Columns, measurements_of
from MicroCTSuperResTrainingLib.agreement.table import read_table
from MicroCTSuperResTrainingLib.scene.measurement_table import (
    is_long,
    is_simulated,
    methods_in,
    open_table,
    position_of,
    usual_methods,
    usual_reference,
    values_in,
    write_measurements,
)
from sample_measurements import column

LONG = """specimen,method,slice,z_mm,ba_ta,tb_th_mm,simulated
F1,HR,0,3.0,0.5,0.06,yes
F1,LR,0,3.0,0.54,,yes
F1,HR,1,3.02,0.51,0.07,yes
F1,LR,1,3.02,,0.08,yes
"""
WIDE = "specimen;HR;LR\nF1;0,5;0,54\nF2;0,6;0,63\n"


@pytest.fixture
def long_table(scene, tmp_path):
    path = tmp_path / "long.csv"
    path.write_text(LONG)
    return open_table(scene, path)


def test_numbers_become_numbers_and_empty_cells_of_them_nan(long_table):
    np.testing.assert_allclose(column(long_table, "ba_ta"), [0.5, 0.54, 0.51, np.nan])
    assert column(long_table, "method").tolist() == ["HR", "LR", "HR", "LR"]
    assert long_table.GetName() == "long"
    assert is_simulated(long_table)


def test_the_columns_of_measured_values_and_the_methods_are_known(long_table):
    assert values_in(long_table) == ["ba_ta", "tb_th_mm"]
    assert methods_in(long_table) == ["HR", "LR"]
    assert is_long(long_table)


def test_a_wide_table_has_its_methods_as_columns_and_may_have_decimal_commas(scene, tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(WIDE)
    table = open_table(scene, path)
    assert not is_long(table)
    assert methods_in(table) == ["HR", "LR"]
    assert column(table, "LR") == pytest.approx([0.54, 0.63])


@pytest.mark.parametrize(
    ("methods", "reference", "compared"),
    [
        (["LR", "LR cubic", "DL", "HR"], "HR", ["LR", "DL"]),
        (["hr", "LR", "DL femur", "DL spine"], "hr", ["LR", "DL femur", "DL spine"]),
        (["first", "second", "third"], "first", ["second", "third"]),
        ([], "", []),
    ],
)
def test_hr_is_the_usual_reference_and_lr_and_dl_are_compared_with_it(methods, reference, compared):
    assert usual_reference(methods) == reference
    assert usual_methods(methods, reference) == compared


def test_a_table_is_written_so_that_the_analysis_reads_the_same_numbers(long_table, tmp_path):
    path = tmp_path / "again.csv"
    write_measurements(long_table, path)
    before = measurements_of(read_table(tmp_path / "long.csv"), Columns())
    assert measurements_of(read_table(path), Columns()) == before


def test_a_slice_has_a_position(long_table):
    assert position_of(long_table, "F1", 1) == pytest.approx(3.02)
    assert position_of(long_table, "F1", 7) is None
    assert position_of(long_table, "F2", 1) is None


def test_a_file_that_is_no_table_is_refused(scene, tmp_path):
    path = tmp_path / "scan.csv"
    path.write_bytes(bytes(range(256)) * 4)
    with pytest.raises(FormatError):
        open_table(scene, path)
    assert scene.GetNumberOfNodesByClass("vtkMRMLTableNode") == 0
