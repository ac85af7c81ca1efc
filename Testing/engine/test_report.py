"""The page of an evaluation: what it tells, that it stands alone, and that no text of a file becomes HTML."""

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib import __version__
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResTrainingLib.evaluation.methods import all_methods
from MicroCTSuperResTrainingLib.report.html import Markup, element, escaped
from MicroCTSuperResTrainingLib.report.report_file import write_report
from MicroCTSuperResTrainingLib.report.specimen_section import warnings_of
from MicroCTSuperResTrainingLib.report.words import number
from sample_reports import SHA, evaluated, page_of, specimen_of

BAD = '<img src=x onerror="alert(1)">&\x00'
EMPTY = {"img", "meta", "br", "link"}
# BA/TA of LR is 0.1 too small in one specimen and 0.2 in the other, that of DL 0.01 and 0.02.
AREAS = (([0.4, 0.5], [0.3, 0.4], [0.3, 0.4], [0.39, 0.49]), ([0.4, 0.5], [0.2, 0.3], [0.2, 0.3], [0.38, 0.48]))


class Page(HTMLParser):
    """What a page says: its elements, its text, and everything it points to."""

    def __init__(self, page):
        super().__init__()
        self.names, self.attributes, self.open, self.parts = [], [], [], []
        self.feed(page)
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
    return Page(write_report(folder).read_text(encoding="utf-8"))


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
    return Page(write_report(folder).read_text(encoding="utf-8"))


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
    assert two.text.count("BA/TA of LR less that of HR: −0.1500") == 1
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


def test_it_tells_the_limits_by_regression_where_the_difference_depends_on_the_mean():
    # LR is nine tenths of HR: the difference is -0.1 HR = -0.1 / 0.95 of the mean, exactly.
    tissue = [0.3, 0.4, 0.5, 0.6]
    results = [
        specimen_of(f"S{hr}", areas=([hr, hr], [0.9 * hr] * 2, [0.9 * hr] * 2, [hr + 0.01] * 2)) for hr in tissue
    ]
    text = Page(page_of(results)).text
    row = text[text.index("Bias by regression") :]
    assert row.startswith("Bias by regression 0.0000 − 0.1053 A")
    assert "see the limits by regression instead of constant ones" in text
    assert "proportional_bias" not in text
    assert "Half width of the limits by regression 0.0000" in text


def test_methods_have_the_same_names_in_all_tables(two):
    assert "LR, cubic against LR, linear" in two.text
    assert "LR cubic against LR" not in two.text


def test_the_methods_name_the_models_checksum_and_the_figure_its_model():
    methods = all_methods([model("one", voxel_size_um=[20, 20]), model("two", voxel_size_um=[10, 20])])
    areas = ([0.4, 0.5], [0.3, 0.4], [0.3, 0.4], [0.39, 0.49], [0.38, 0.48])
    kinds = {"psnr": (20.0, 21.0, 24.0, 23.0), "ssim": (0.5, 0.55, 0.6, 0.58), "areas": areas}
    text = Page(page_of([specimen_of(name, **kinds) for name in "abc"], methods)).text
    assert f"enhanced by the model one 1.0.0 (SHA-256 {SHA[:12]}...)" in text
    assert "Figure A. LR, DL (here DL one) and HR" in text
    assert "A plot for each DL, the same LR in each." in text
    assert "20 to 20" not in text
    assert "10 to 20" in text


@pytest.mark.parametrize(
    ("value", "form", "told"),
    [(-0.04, "+.1f", "+0.0"), (-0.04, ".2f", "−0.04"), (-0.0, ".4g", "0"), (None, ".1f", "–")],
)
def test_a_number_that_is_zero_when_rounded_has_no_minus(value, form, told):
    assert number(value, form) == told


def test_specimens_identical_to_hr_are_left_out_and_counted():
    identical = {"psnr": (20.0, 21.0, None), "ssim": (0.5, 0.6, 1.0), "areas": ([0.4], [0.3], [0.3], [0.4])}
    text = Page(page_of([specimen_of("a", **identical), specimen_of("b"), specimen_of("c")])).text
    assert "(in the 2 of 3 specimens where no volume is identical to HR)" in text
    row = text[text.index("Image quality against HR") :]
    assert re.search(r"DL 3 24\.00 24\.00 to 24\.00 n = 2 19\.00", row)
    text = Page(page_of([specimen_of(name, **identical) for name in "abc"])).text
    assert "no finite gain of PSNR, as volumes are identical to HR, SSIM +0.5000" in text
    assert "PSNR of identical volumes is infinite" in text


def test_it_names_the_software_and_the_study_to_cite(two):
    cited = two.text[two.text.index("Sources") :]
    assert cited.startswith(f"Sources The software: MicroCTSuperRes {__version__}. The study: David et al.")


def test_it_says_what_a_t_test_cannot_show(two):
    assert "A paired t-test shows a difference, not agreement" in two.text


def test_only_simulated_specimens_are_called_so(two):
    assert "Simulated specimens" not in two.text
    some = Page(page_of([specimen_of("a", simulated=True), specimen_of("b")]))
    assert "1 of 2 specimens is simulated (a)" in some.text
    text = Page(page_of([specimen_of("a", simulated=True)])).text
    assert "All specimens of this report are simulated" in text
    assert "1 simulated specimen of 1 animal (femur n = 1) was compared" in text


def test_one_specimen_has_no_statistics_and_the_page_says_why():
    text = Page(page_of([specimen_of("a")])).text
    assert "There is one specimen, so there is no test, no interval and no limit of agreement" in text
    assert "Limits of a single specimen are those of its slices" in text
    assert not re.search(r"\b(nan|inf|None|null)\b", text)


def test_a_specimen_that_failed_is_named_with_the_reason():
    failed = [{"specimen": "b7", "message": "The scans do not overlap.", "hint": "Check.", "code": "input"}]
    text = Page(page_of([specimen_of("a")], failed=failed)).text
    assert "1 specimen could not be evaluated" in text
    assert "b7 : The scans do not overlap." in text


def test_a_model_on_several_sites_has_a_table_of_its_own():
    results = [
        specimen_of(f"{name}{site}", animal=name, site=site, areas=areas)
        for site in ("femur", "spine")
        for name, areas in zip("ab", AREAS if site == "femur" else AREAS[:1] * 2, strict=True)
    ]
    text = Page(page_of(results, all_methods([model("net")]))).text
    assert "Cross-site test: every model on every site" in text
    # The pooled specimens are of the same animals; those of each site have limits of their own, here -0.15 -+ 1.96 SD.
    femur = text[text.index("BA/TA of femur against HR") : text.index("Image quality of spine")]
    assert "−0.1500" in femur
    assert "−0.2886" in femur
    assert "BA/TA of spine against HR" in text


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
    page = Page(write_report(folder).read_text(encoding="utf-8"))
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
