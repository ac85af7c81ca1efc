"""Tables as programs write them, and what is said of those that cannot be understood."""

import numpy as np
import pytest
from MicroCTSuperResLib.errors import FormatError, InputError
from MicroCTSuperResTrainingLib.agreement.measurements import Columns, measurements_of
from MicroCTSuperResTrainingLib.agreement.pairs import pairs_of
from MicroCTSuperResTrainingLib.agreement.table import read_table

LONG = "specimen,method,slice,ba_ta\nF1,HR,1,0.5\nF1,HR,2,0.6\nF1,LR,1,0.4\nF1,LR,2,0.4\nF2,HR,1,0.7\nF2,LR,1,0.8\n"
# What that table says.
VALUES = {"HR": {"F1": {"1": 0.5, "2": 0.6}, "F2": {"1": 0.7}}, "LR": {"F1": {"1": 0.4, "2": 0.4}, "F2": {"1": 0.8}}}


@pytest.fixture
def write(tmp_path):
    """A function that writes a table's text and gives its path."""

    def write_text(text, encoding="utf-8"):
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write_text


def measured(path, **columns):
    return measurements_of(read_table(path), Columns(**columns))


@pytest.mark.parametrize(
    ("change", "encoding"),
    [
        (lambda text: text, "utf-8"),
        (lambda text: text, "utf-8-sig"),
        (lambda text: text, "utf-16"),
        (lambda text: text.replace("\n", "\r\n"), "utf-8"),
        (lambda text: text.replace(",", "\t"), "utf-8"),
        (lambda text: text.replace(",", ";"), "utf-8"),
        (lambda text: text.replace(",", ";").replace(".", ","), "utf-8-sig"),
        (lambda text: text.replace(",", " , ").replace("\n", "\n\n") + "  ,,,\n", "utf-8"),
        (lambda text: text.replace("specimen", '"Specimen"').replace("ba_ta", "BA_TA").replace("LR", "lr"), "utf-8"),
        (lambda text: text.replace("\n", ",\n").replace("ba_ta,", "ba_ta"), "utf-8"),
        (lambda text: text.replace(",1,", ",01,").replace(",2,", ",2.0,"), "utf-8"),
        (lambda text: text.replace("ba_ta", "ba_ta,größe").replace("\n", ",0\n").replace("größe,0", "größe"), "cp1252"),
    ],
)
def test_a_table_says_the_same_however_it_was_saved(write, change, encoding):
    assert measured(write(change(LONG), encoding), methods=("LR",)).values == VALUES


def test_the_methods_are_all_others_of_the_table_in_their_order(write):
    found = measured(write(LONG + "F1,DL,1,0.5\n"))
    assert (found.reference, found.methods, found.match) == ("HR", ("LR", "DL"), "slice")


def test_a_wide_table_has_a_column_for_each_method(write):
    found = measured(write("specimen,hr,LR,age\nF1,0.5,0.4,16\nF1,0.6,0.4,16\nF2,0.7,0.8,16\n"))
    assert found.methods == ("LR",)
    # Rows of a wide table belong together, the first one below the heading being row 2.
    assert found.values["LR"] == {"F1": {"2": 0.4, "3": 0.4}, "F2": {"4": 0.8}}
    pairs = pairs_of(found, "LR")
    assert pairs.paired
    np.testing.assert_allclose(pairs.row_differences()[0], [-0.1, -0.2])


@pytest.mark.parametrize("nothing", ["", "NaN", "n/a", "NA", "-", "null"])
def test_missing_values_are_left_out_with_their_partners(write, nothing):
    found = measured(write(LONG.replace("0.6", nothing)))
    assert found.missing == 1
    pairs = pairs_of(found, "LR")
    # Slice 2 of F1 has no HR, so the mean of LR is that of slice 1 alone.
    assert [values.tolist() for values in pairs.measured] == [[0.4], [0.8]]
    assert "1 row of LR or HR has no partner and is left out." in pairs.notes


def test_a_comma_in_a_number_is_no_decimal_comma_where_commas_part_the_cells(write):
    text = 'specimen,method,ct_ar\nF1,HR,"1,234"\nF1,LR,"1,200"\n'
    with pytest.raises(InputError, match=r"'1,234'.*not a number"):
        measured(write(text), value="ct_ar")
    with_semicolons = "specimen;method;ct_ar\nF1;HR;1,234\nF1;LR;1,2\n"
    assert measured(write(with_semicolons), value="ct_ar").values["HR"] == {"F1": {"1": 1.234}}


def test_rows_that_were_entered_twice_are_counted(write):
    assert measured(write("specimen,HR,LR\nF1,0.5,0.4\nF1,0.5,0.4\nF1,0.6,0.4\nF2,0.7,0.8\n")).duplicates == 1
    assert measured(write(LONG)).duplicates == 0


def test_long_numbers_of_slices_stay_apart(write):
    text = "specimen,slice,HR,LR\nF1,1234567890123,0.5,0.4\nF1,1234567890124,0.6,0.5\n"
    assert len(measured(write(text)).values["HR"]["F1"]) == 2


def test_specimens_of_one_method_alone_are_left_out_and_named(write):
    pairs = pairs_of(measured(write(LONG + "F3,HR,1,0.5\nF4,LR,1,0.5\n")), "LR")
    assert pairs.specimens == ("F1", "F2")
    assert pairs.notes == ("F4: in LR, not in HR; left out.", "F3: in HR, not in LR; left out.")


def test_rows_that_nothing_tells_apart_are_replicates(write):
    pairs = pairs_of(measured(write(LONG.replace("slice", "day").replace(",2,", ",1,"))), "LR")
    assert not pairs.paired
    assert [values.tolist() for values in pairs.expected] == [[0.5, 0.6], [0.7]]
    assert any("--match" in note for note in pairs.notes)


@pytest.mark.parametrize(
    ("text", "columns", "words"),
    [
        ("", {}, "is empty"),
        ("specimen,method,ba_ta\n", {}, "no rows"),
        ("specimen,HR,hr\nF1,1,2\n", {}, "two columns of the name 'hr'"),
        ("specimen,method,ba_ta\nF1,HR\n", {}, "Row 2 .* has 2 cells"),
        ("specimen,method,ba_ta\nF1,HR,0.5,9\n", {}, "Row 2 .* has 4 cells"),
        (LONG.replace("0.6", "high"), {}, "Row 3 .* has 'high' in the column 'ba_ta', which is not a number"),
        (LONG.replace("0.6", "inf"), {}, "'inf'.*not a number"),
        (LONG.replace("0.6", "1e999"), {}, "'1e999'.*not a number"),
        (LONG.replace("0.6", '"1,234.5"'), {}, "'1,234.5'.*not a number"),
        (LONG.replace("0.6", '"0,6"'), {}, "'0,6'.*not a number"),
        (LONG, {"value": "tb_th"}, "no column 'tb_th'; its columns are specimen, method, slice, ba_ta"),
        (LONG, {"specimen": "mouse"}, "no column 'mouse'"),
        (LONG, {"match": "z"}, "no column 'z'"),
        (LONG, {"methods": ("LR", "DL")}, "no method 'DL'; it has HR, LR"),
        (LONG, {"reference": "XR"}, "no method 'XR'"),
        (LONG, {"methods": ("LR", "lr")}, "named twice in HR, LR, lr"),
        (LONG, {"methods": ("HR",)}, "named twice in HR, HR"),
        ("specimen,method,ba_ta\nF1,HR,0.5\n", {}, "nothing to compare with HR"),
        (LONG.replace("LR", "Notes"), {}, "cannot be called 'Notes'"),
        (LONG + "F1,LR,2.0,0.1\n", {}, "Rows 5 and 8 .* are both LR of the specimen F1, slice 2"),
        (LONG.replace("F2,LR", ",LR"), {}, "Row 7 .* names no specimen"),
        (LONG.replace("F2,LR", "F2,"), {}, "Row 7 .* has an empty cell in the column 'method'"),
        ("specimen,a,b\nF1,1,2\n", {}, "neither a column 'method' .* nor a column 'HR'"),
        ("specimen,HR,age\nF1,1,2\n", {}, "nothing to compare with HR"),
        ("specimen,animal,HR,LR\nfemur,A1,1,2\nfemur,A2,1,2\n", {}, "Row 3 .* femur is of the animal A2, .* of A1"),
    ],
)
def test_a_table_that_cannot_be_understood_is_refused_in_words(write, text, columns, words):
    with pytest.raises(InputError, match=words) as raised:
        measured(write(text), **columns)
    assert raised.value.hint


def test_methods_without_a_common_specimen_are_refused(write):
    with pytest.raises(InputError, match="LR and HR have no specimen"):
        pairs_of(measured(write("specimen,method,ba_ta\nF1,HR,0.5\nF2,LR,0.5\n")), "LR")


def test_what_is_no_text_is_refused(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    for path in (tmp_path / "t.csv", tmp_path / "absent.csv", tmp_path):
        with pytest.raises(FormatError) as raised:
            read_table(path)
        assert str(path) in raised.value.message
