"""The table of a cohort, as spreadsheets write it, and what is wrong with it."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import FormatError, OutputError
from MicroCTSuperResTrainingLib.cohort.problems import CohortError
from MicroCTSuperResTrainingLib.cohort.specimen import Reading
from MicroCTSuperResTrainingLib.cohort.table import read_cohort, scan_table, write_cohort

PLAIN = "specimen,animal,lr,hr\nF1,M1,a.nrrd,b.nrrd\n"


def write(folder, text, encoding="utf-8"):
    path = folder / "cohort.csv"
    path.write_bytes(text.encode(encoding))
    return path


def problems_of(folder, text):
    """(row, column) of each problem, with its message."""
    return [(each.row, each.column, each.message) for each in scan_table(write(folder, text))[1]]


class TestForms:
    @pytest.mark.parametrize(
        ("text", "encoding"),
        [
            (PLAIN, "utf-8"),
            (PLAIN, "utf-8-sig"),
            (PLAIN, "utf-16"),
            (PLAIN.replace(",", ";"), "utf-8"),
            (PLAIN.replace(",", "\t"), "utf-8"),
            (PLAIN.replace("\n", "\r\n"), "utf-8-sig"),
            (PLAIN.rstrip("\n"), "utf-8"),
            ('"specimen" , "animal","lr","hr"\n F1 ,M1, "a.nrrd" ,b.nrrd\n', "utf-8"),
            ("specimen,animal,lr,hr,,\nF1,M1,a.nrrd,b.nrrd,,\n,,,,,\n", "utf-8"),
            ("SPECIMEN,Animal,LR path,HR-Path\nF1,M1,a.nrrd,b.nrrd\n", "utf-8"),
            ("hr,lr,animal,specimen\nb.nrrd,a.nrrd,M1,F1\n", "utf-8"),
        ],
    )
    def test_a_table_is_read_in_the_forms_that_spreadsheets_write(self, tmp_path, text, encoding):
        cohort = read_cohort(write(tmp_path, text, encoding))
        (specimen,) = cohort.specimens
        assert (specimen.specimen, specimen.animal) == ("F1", "M1")
        assert (specimen.lr, specimen.hr) == (tmp_path / "a.nrrd", tmp_path / "b.nrrd")

    def test_letters_of_windows_files_are_read_too(self, tmp_path):
        text = "specimen;animal;site;lr;hr\nF1;Mäuse 1;Wirbelsäule;a.nrrd;b.nrrd\n"
        (specimen,) = read_cohort(write(tmp_path, text, "cp1252")).specimens
        assert (specimen.animal, specimen.site) == ("Mäuse 1", "Wirbelsäule")

    def test_rows_are_numbered_as_in_a_spreadsheet_with_blank_rows_and_line_ends_in_cells(self, tmp_path):
        text = '\nspecimen,animal,lr,hr,note\n\nF1,M1,a,b,"two\nlines"\n , ,,,\nF2,M2,c,d,\n'
        cohort = read_cohort(write(tmp_path, text))
        # Row 1 is blank, 2 the header, 3 blank, 4 F1 (two lines of the file, one row), 5 blank cells, 6 F2.
        assert [(each.specimen, each.row) for each in cohort.specimens] == [("F1", 4), ("F2", 6)]

    def test_a_row_may_end_before_the_last_column(self, tmp_path):
        (specimen,) = read_cohort(write(tmp_path, "specimen,animal,lr,hr,split,sex\nF1,M1,a,b\n")).specimens
        assert (specimen.split, dict(specimen.further)) == ("", {})

    @pytest.mark.parametrize("content", [b"\x00\x01\x02", b"\x81\x8d\x8f\x90\x9d", b'a,"b\nc,d'])
    def test_a_file_that_is_no_table_is_refused(self, tmp_path, content):
        path = tmp_path / "scan.nrrd"
        path.write_bytes(content)
        with pytest.raises(FormatError, match=r"scan\.nrrd"):
            read_cohort(path)

    def test_a_missing_table_and_a_folder_are_refused(self, tmp_path):
        for path in (tmp_path / "none.csv", tmp_path):
            with pytest.raises(FormatError, match="cannot be read"):
                read_cohort(path)

    @settings(max_examples=100, deadline=None)
    @given(
        content=st.one_of(
            st.binary(max_size=80),
            st.text('specmn,alhrit;\t"\n\r 0.x\\/', max_size=80).map(lambda text: f"{PLAIN}{text}".encode()),
        )
    )
    def test_whatever_is_in_a_file_it_is_read_or_refused(self, tmp_path_factory, content):
        path = tmp_path_factory.mktemp("any") / "cohort.csv"
        path.write_bytes(content)
        with suppress(FormatError):
            cohort, problems = scan_table(path)
            assert cohort.specimens or problems


class TestCells:
    def test_all_columns_are_read(self, tmp_path):
        text = (
            "specimen;animal;site;group;lr;hr;mask;split;lr_crop;hr_crop;lr_spacing;hr_spacing;units;slope;intercept;"
            "density_of;mu_scaling;mu_water;phantom;calibration;sex\n"
            "F1;M1;femur;PTH;a;b;m.nrrd;Val;auto:4mm;0:9,:,:;0,02;0,01 x 0,01 x 0,01;density;1,5e3;-400;1/CM;4096;"
            "0.24;;c.json;f\n"
        )
        (specimen,) = read_cohort(write(tmp_path, text)).specimens
        assert (specimen.site, specimen.group, specimen.split) == ("femur", "PTH", "validation")
        assert specimen.mask == tmp_path / "m.nrrd"
        assert dict(specimen.further) == {"sex": "f"}
        assert specimen.reading == Reading(
            lr_crop="auto:4mm",
            hr_crop="0:9,:,:",
            lr_spacing=(0.02, 0.02, 0.02),
            hr_spacing=(0.01, 0.01, 0.01),
            units="mg HA/cm3",
            slope=1500.0,
            intercept=-400.0,
            density_of="1/cm",
            mu_scaling=4096.0,
            mu_water=0.24,
            calibration=str(tmp_path / "c.json"),
        )

    @pytest.mark.parametrize("cell", ["0.02 0.03 0.04", "0.02, 0.03, 0.04", "0.02x0.03 x 0.04", "0,02 0,03 0,04"])
    def test_three_numbers_are_read_as_people_write_them(self, tmp_path, cell):
        text = f'specimen,animal,lr,hr,lr_spacing\nF1,M1,a,b,"{cell}"\n'
        assert read_cohort(write(tmp_path, text)).specimens[0].reading.lr_spacing == (0.02, 0.03, 0.04)

    def test_backslashes_of_windows_and_absolute_paths_are_paths(self, tmp_path):
        text = f"specimen,animal,lr,hr\nF1,M1,scans\\femur\\a.nrrd,{tmp_path / 'other' / 'b.nrrd'}\n"
        (specimen,) = read_cohort(write(tmp_path, text)).specimens
        assert specimen.lr == tmp_path / "scans" / "femur" / "a.nrrd"
        assert specimen.hr == tmp_path / "other" / "b.nrrd"

    def test_paths_do_not_depend_on_where_the_program_was_started(self, tmp_path, monkeypatch):
        (tmp_path / "elsewhere").mkdir()
        write(tmp_path, "specimen,animal,lr,hr\nF1,M1,../a,b\n")
        monkeypatch.chdir(tmp_path / "elsewhere")
        (specimen,) = read_cohort("../cohort.csv").specimens
        assert (specimen.lr, specimen.hr) == (tmp_path.parent / "a", tmp_path / "b")

    def test_what_a_row_leaves_open_is_read_as_the_whole_cohort(self, tmp_path):
        text = "specimen,animal,lr,hr,lr_crop\nF1,M1,a,b,auto\nF2,M2,c,d,\n"
        cohort = read_cohort(write(tmp_path, text)).read_like(Reading(lr_crop="auto:4mm", units="HU"))
        readings = [each.reading for each in cohort.specimens]
        assert readings == [Reading(lr_crop="auto", units="HU"), Reading(lr_crop="auto:4mm", units="HU")]


class TestProblems:
    def test_all_problems_are_told_at_once_by_row(self, tmp_path):
        text = (
            "specimen,animal,lr,hr,split,lr_spacing,lr_crop\n"
            "F1,M1,a,b,train,0.02,\n"
            ",M2,c,,trian,-1,auto:x\n"
            "f1,M3,a,e,,,\n"
            "F4,m1,g,g,,,\n"
        )
        with pytest.raises(CohortError) as caught:
            read_cohort(write(tmp_path, text))
        told = [(problem.row, problem.column) for problem in caught.value.problems]
        assert told == [
            *((3, column) for column in ("split", "lr_crop", "lr_spacing", "specimen", "hr")),
            *((4, column) for column in ("specimen", "lr")),
            *((5, column) for column in ("hr", "animal")),
        ]
        assert all(f"row {row}" in str(caught.value) for row in (3, 4, 5))
        assert caught.value.message.startswith(f"{tmp_path / 'cohort.csv'} has 9 problems: row 3")

    @pytest.mark.parametrize(
        ("header", "column"),
        [
            ("animal,lr,hr", "specimen"),
            ("specimen,lr,hr", "animal"),
            ("specimen,animal,hr", "lr"),
            ("specimen,animal,lr", "hr"),
            ("specimen,animal,lr,hr,LR path", "lr"),
            ("specimen,animal,lr,hr,sex,sex", "sex"),
            ("specimen,animal,lr,,hr", ""),
        ],
    )
    def test_columns_that_are_missing_or_there_twice_are_told(self, tmp_path, header, column):
        ((row, named, _),) = problems_of(tmp_path, f"{header}\n1,2,3,4,5,6\n")
        assert (row, named) == (1, column)

    @pytest.mark.parametrize("text", ["", "\n\n", ";;\n", "specimen,animal,lr,hr\n"])
    def test_a_table_without_specimens_is_told(self, tmp_path, text):
        assert [row for row, _, _ in problems_of(tmp_path, text)] == [0]

    @pytest.mark.parametrize(
        ("column", "cell"),
        [
            ("split", "learn"),
            ("lr_spacing", "1 2"),
            ("lr_spacing", "0"),
            ("lr_spacing", "inf"),
            ("hr_spacing", "fine"),
            ("lr_crop", "here"),
            ("units", "grams"),
            ("density_of", "density"),
            ("slope", "1 2"),
            ("phantom", "1 2 3"),
        ],
    )
    def test_a_cell_that_is_not_understood_is_told(self, tmp_path, column, cell):
        found = problems_of(tmp_path, f"specimen,animal,lr,hr,{column}\nF1,M1,a,b,{cell}\n")
        assert [(row, named) for row, named, _ in found] == [(2, column)]
        assert repr(cell) in found[0][2]

    @pytest.mark.parametrize("name", ["a/b", "a\\b", "..", "C:", "x?", "n" * 101])
    def test_a_specimen_is_named_so_that_files_can_be(self, tmp_path, name):
        assert [row for row, _, _ in problems_of(tmp_path, f"specimen,animal,lr,hr\n{name},M1,a,b\n")] == [2]

    def test_one_scan_of_several_specimens_needs_another_crop_in_each_row(self, tmp_path):
        rows = "F1,M1,a,b,auto::1,auto::1\nF2,M2,a,b,auto::2,auto::2\n"
        header = "specimen,animal,lr,hr,lr_crop,hr_crop\n"
        assert problems_of(tmp_path, header + rows) == []
        same = problems_of(tmp_path, header + rows + "F3,M3,./a,b,auto::2,\n")
        assert [(row, column) for row, column, _ in same] == [(4, "lr"), (4, "hr")]

    def test_half_a_calibration_is_told(self, tmp_path):
        ((row, _, message),) = problems_of(tmp_path, "specimen,animal,lr,hr,slope\nF1,M1,a,b,1500\n")
        assert (row, message) == (2, "slope and intercept need each other.")

    def test_a_cell_with_the_separator_and_without_quotes_is_told(self, tmp_path):
        ((row, _, message),) = problems_of(tmp_path, "specimen,animal,lr,hr\nF1,M1,a,b,c\n")
        assert (row, message) == (2, "The row has 5 cells, the header 4.")

    def test_of_very_many_problems_the_message_tells_the_first_and_counts_the_rest(self, tmp_path):
        rows = "".join(f"F{number},M{number},a{number},\n" for number in range(100))
        with pytest.raises(CohortError, match="has 100 problems") as caught:
            read_cohort(write(tmp_path, f"specimen,animal,lr,hr\n{rows}"))
        assert "and 70 more" in caught.value.message
        assert len(caught.value.problems) == 100


class TestWriting:
    TEXT = (
        "\ufeffsex;Specimen;ANIMAL;lr path;hr;lr_spacing;note\r\n"
        'f;F1;M1;scans\\a.nrrd;"../b;1.nrrd";0,02;"says ""good"""\r\n'
        "m;F2;M2;./c.nrrd;d.nrrd;;\r\n"
    )

    def test_a_table_that_is_written_back_is_the_same_but_for_what_changed(self, tmp_path):
        path = write(tmp_path, self.TEXT)
        write_cohort(read_cohort(path), path, overwrite=True)
        assert path.read_bytes().decode() == self.TEXT

    def test_a_new_column_goes_behind_the_others(self, tmp_path):
        path = write(tmp_path, PLAIN)
        cohort = read_cohort(path).read_like(Reading(lr_spacing=(0.02, 0.02, 0.03), units="HU"))
        write_cohort(cohort, path, overwrite=True)
        assert path.read_text() == ("specimen,animal,lr,hr,lr_spacing,units\nF1,M1,a.nrrd,b.nrrd,0.02 0.02 0.03,HU\n")
        assert read_cohort(path).specimens[0].reading == cohort.specimens[0].reading

    def test_an_option_of_zero_is_written_too(self, tmp_path):
        cohort = read_cohort(write(tmp_path, PLAIN)).read_like(Reading(slope=2.0, intercept=0.0))
        again = read_cohort(write_cohort(cohort, tmp_path / "again.csv"))
        assert (again.specimens[0].reading.slope, again.specimens[0].reading.intercept) == (2.0, 0.0)

    def test_paths_mean_the_same_from_another_folder(self, tmp_path):
        (tmp_path / "run").mkdir()
        cohort = read_cohort(write(tmp_path, self.TEXT))
        again = read_cohort(write_cohort(cohort, tmp_path / "run" / "cohort.csv"))
        for before, after in zip(cohort.specimens, again.specimens, strict=True):
            assert (before.lr, before.hr, before.reading) == (after.lr, after.hr, after.reading)

    def test_a_table_is_replaced_only_when_asked(self, tmp_path):
        path = write(tmp_path, PLAIN)
        with pytest.raises(OutputError, match="exists already"):
            write_cohort(read_cohort(path), path)
        assert path.read_text() == PLAIN

    @given(
        names=st.lists(
            st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp"), blacklist_characters='\\/:*?"<>|.')),
            min_size=1,
            max_size=4,
            unique_by=lambda name: "".join(name.casefold().split()),
        ).filter(lambda names: all(name.strip() and len(name) < 90 for name in names)),
        note=st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=20),
        separator=st.sampled_from(",;\t"),
    )
    def test_any_text_survives_writing_and_reading(self, tmp_path_factory, names, note, separator):
        folder = tmp_path_factory.mktemp("cohort")
        first = read_cohort(write(folder, PLAIN.replace(",", separator)))
        (base,) = first.specimens
        rows = tuple(
            type(base)(
                name.strip(),
                f"M{number}",
                "",
                "",
                folder / f"{number}a",
                folder / f"{number}b",
                further={"note": note.strip()},
            )
            for number, name in enumerate(names)
        )
        cohort = type(first)(first.path, rows, (*first.columns, "note"), first.form)
        again = read_cohort(write_cohort(cohort, folder / "again.csv"))
        assert [each.specimen for each in again.specimens] == [each.specimen for each in rows]
        assert all(each.further["note"].split() == note.split() for each in again.specimens)


def test_specimens_travel_to_other_processes(tmp_path):
    import pickle

    cohort = read_cohort(write(tmp_path, PLAIN))
    assert pickle.loads(pickle.dumps(cohort)) == cohort
    assert isinstance(cohort.specimens[0].lr, Path)
