"""The page of an evaluation: what it tells, that it stands alone, and that no text of a file becomes HTML."""

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResTrainingLib.evaluation.methods import all_methods
from MicroCTSuperResTrainingLib.report.html import Markup, element, escaped
from MicroCTSuperResTrainingLib.report.report_file import write_report
from MicroCTSuperResTrainingLib.report.specimen_section import warnings_of
from sample_reports import SHA, evaluated, specimen_of

BAD = '<img src=x onerror="alert(1)">&\x00'
EMPTY = {"img", "meta", "br", "link"}
# BA/TA of LR is 0.1 too small in one specimen and 0.2 in the other, that of DL 0.01 and 0.02.
AREAS = (([0.4, 0.5], [0.3, 0.4], [0.3, 0.4], [0.39, 0.49]), ([0.4, 0.5], [0.2, 0.3], [0.2, 0.3], [0.38, 0.48]))


class Page(HTMLParser):
    """What a page says: its elements, its text, and everything it points to."""

    def __init__(self, path):
        super().__init__()
        self.names, self.attributes, self.open, self.parts = [], [], [], []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes += attrs
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.parts.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.parts))


def model(name, **facts):
    return Path(name), {"name": name, "version": "1.0.0", "sha256": SHA, "sites": ["femur"], **facts}


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """The report of two specimens of one site."""
    folder = tmp_path_factory.mktemp("two") / "evaluation"
    results = [specimen_of(name, areas=areas) for name, areas in zip("ab", AREAS, strict=True)]
    evaluated(folder, results)
    return Page(write_report(folder))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The report of an evaluation whose texts are all HTML; file systems allow less in the specimens' names."""
    folder = tmp_path_factory.mktemp("hostile") / "evaluation"
    fields = {"animal": BAD, "group": BAD, "warnings": [BAD], "simulated": True}
    results = [specimen_of("a & b", site=BAD.replace("\x00", ""), **fields), specimen_of("c", site="spine", **fields)]
    failed = [{"specimen": BAD, "message": BAD, "hint": BAD, "code": "input"}]
    methods = all_methods([model(BAD, sites=[BAD], data=[{"name": BAD, "simulated": True}], architecture=BAD)])
    cohort = {"table": f"/x/{BAD}", "sha256": SHA, "split": BAD}
    evaluated(folder, results, methods, failed=failed, warnings=[BAD], cohort=cohort)
    return Page(write_report(folder))


def test_no_text_of_a_file_becomes_html(hostile):
    assert hostile.names.count("img") == 6  # figures A, B, C, C 2 and two overlays
    assert "script" not in hostile.names
    assert not [name for name, _ in hostile.attributes if name.startswith("on")]
    # The text is there, as text; what is no character is marked.
    assert '<img src=x onerror="alert(1)">&\ufffd' in hostile.text


def test_every_element_is_closed(two, hostile):
    assert two.open == []
    assert hostile.open == []


def test_the_page_needs_nothing_beside_it(two, hostile):
    for page in (two, hostile):
        sources = [value for name, value in page.attributes if name == "src"]
        links = [value for name, value in page.attributes if name == "href"]
        assert sources
        assert all(value.startswith("data:image/") for value in sources)
        assert all(value.startswith(("#", "https://doi.org/", "data:")) for value in links)
        policy = dict(page.attributes)["content"], [value for _, value in page.attributes if value]
        assert any(value.startswith("default-src 'none'") for value in policy[1])


def test_its_links_lead_to_its_sections(two):
    places = {value for name, value in two.attributes if name == "id"}
    targets = {value[1:] for name, value in two.attributes if name == "href" and value.startswith("#")}
    assert targets == places
    assert "methods" in targets


def test_it_tells_bias_and_limits_of_agreement(two):
    # Differences -0.1 and -0.2 of LR: mean -0.15, SD 0.0707, limits -0.15 -+ 1.96 SD.
    assert "Of LR less HR: −0.1500" in two.text
    assert "limits of agreement −0.2886 to −0.0114" in two.text
    assert "BA/TA of DL less that of HR: −0.0150" in two.text


def test_it_tells_the_settings_that_were_used(two):
    for told in (
        "HR 10 µm, LR 20 µm",
        "sigma 1.2 voxels, 12 µm, cut off beyond 2 voxels, which leaves 10.82 µm",
        "a lower threshold of 500 mg HA/cm³ (inclusive)",
        "closing with a disk of 0.1 mm radius",
        "4 slices with tissue of 4 in all",
        "1200 mg HA/cm³",
    ):
        assert told in two.text


def test_it_says_what_a_t_test_cannot_show(two):
    assert "A paired t-test shows a difference, not agreement" in two.text


def test_only_simulated_specimens_are_called_so(two, tmp_path):
    assert "Simulated specimens" not in two.text
    evaluated(tmp_path / "some", [specimen_of("a", simulated=True), specimen_of("b")])
    assert "1 specimen of 2 are simulated (a)" in Page(write_report(tmp_path / "some")).text
    evaluated(tmp_path / "all", [specimen_of("a", simulated=True)])
    text = Page(write_report(tmp_path / "all")).text
    assert "All specimens of this report are simulated" in text
    assert "1 simulated specimen of 1 animal (femur n = 1) was compared" in text


def test_one_specimen_has_no_statistics_and_the_page_says_why(tmp_path):
    evaluated(tmp_path / "one", [specimen_of("a")])
    text = Page(write_report(tmp_path / "one")).text
    assert "There is one specimen, so there is no test, no interval and no limit of agreement" in text
    assert "Limits of a single specimen are those of its slices" in text
    assert not re.search(r"\b(nan|inf|None|null)\b", text)


def test_a_specimen_that_failed_is_named_with_the_reason(tmp_path):
    failed = [{"specimen": "b7", "message": "The scans do not overlap.", "hint": "Check.", "code": "input"}]
    evaluated(tmp_path / "failed", [specimen_of("a")], failed=failed)
    text = Page(write_report(tmp_path / "failed")).text
    assert "1 specimen could not be evaluated" in text
    assert "b7 : The scans do not overlap." in text


def test_a_model_on_several_sites_has_a_table_of_its_own(tmp_path):
    results = [specimen_of("a", site="femur"), specimen_of("b", site="spine")]
    evaluated(tmp_path / "sites", results, all_methods([model("net")]))
    assert "Cross-site test: every model on every site" in Page(write_report(tmp_path / "sites")).text


def test_folders_of_the_users_computer_are_left_out(two):
    assert "a-hr.nrrd" in two.text
    assert "private" not in two.text


def test_a_warning_of_several_specimens_stands_once():
    scores = {
        "specimens": [{"specimen": name, "warnings": ["cut"]} for name in "abcdefgh"],
        "warnings": ["of all", *(f"{name}: cut" for name in "abcdefgh")],
    }
    assert warnings_of(scores) == ["of all", "a, b, c, d, e, f and 2 more: cut"]


def test_a_figure_that_is_gone_or_elsewhere_is_told_and_not_shown(tmp_path):
    folder = tmp_path / "gone"
    evaluated(folder, [specimen_of("a")])
    (folder / "figures" / "B_quality.svg").unlink()
    (tmp_path / "other.png").write_bytes(b"secret")
    scores = json.loads((folder / "scores.json").read_text())
    scores["files"]["figures"]["A_comparison"]["png"] = "../other.png"
    (folder / "scores.json").write_text(json.dumps(scores))
    page = Page(write_report(folder))
    assert page.text.count("is not in the folder of the evaluation") == 2
    assert page.names.count("img") == 3


def test_a_folder_without_an_evaluation_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"There is no .*scores\.json"):
        write_report(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "cannot be read"), ("[]", "no object"), ('{"schema": 99}', "another version"), ("\xff", "cannot be read")],
)
def test_a_file_that_is_no_evaluation_is_refused(tmp_path, content, message):
    (tmp_path / "scores.json").write_text(content, encoding="latin-1")
    with pytest.raises(InputError, match=message):
        write_report(tmp_path)
    assert not (tmp_path / "report.html").exists()


@given(st.text())
@example(BAD)
@example("a byte of a file name that is no UTF-8: \udcff")
@settings(max_examples=50, deadline=None)
def test_any_text_can_be_written_and_read_back(text):
    told = escaped(text)
    assert not set("<>\"'") & set(told)
    kept = "".join(one for one in text if one.isprintable())
    assert "".join(one for one in html.unescape(told.encode().decode()) if one.isprintable() and one != "\ufffd") == (
        kept.replace("\ufffd", "")
    )


def test_only_what_was_made_as_html_stays_html():
    assert element("p", ["a<b", element("b", "&"), None], class_="x") == '<p class="x">a&lt;b<b>&amp;</b></p>'
    assert isinstance(element("img", alt='"'), Markup)
    assert element("img", alt='"') == '<img alt="&quot;">'
