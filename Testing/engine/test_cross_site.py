"""The cross-site test: who is trained on what, tested on whom, and what the table says of it."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from MicroCTSuperResLib.errors import Cancelled, InputError, OutputError
from MicroCTSuperResLib.networks.card import read_card
from MicroCTSuperResTrainingLib.cohort.phantom_cohort import PhantomCohortSettings, make_phantom_cohort
from MicroCTSuperResTrainingLib.cohort.problems import CohortError
from MicroCTSuperResTrainingLib.cohort.specimen import Specimen
from MicroCTSuperResTrainingLib.cohort.split import SplitSettings, split_cohort
from MicroCTSuperResTrainingLib.cohort.table import read_cohort, write_cohort
from MicroCTSuperResTrainingLib.training import cross_site
from MicroCTSuperResTrainingLib.training.cross_site_folder import CrossSiteFolder
from MicroCTSuperResTrainingLib.training.listener import Listener
from MicroCTSuperResTrainingLib.training.train import Wanted
from sample_training import small_config

SITES = ["femur", "spine"]
CONFIG = small_config(epochs=1, samples_per_epoch=16)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """Femur and spine of five animals: two of them to train, one to validate, two to test."""
    folder = tmp_path_factory.mktemp("cohort") / "phantoms"
    settings = PhantomCohortSettings(("femur", "spine"), animals=5, size=(64, 64, 16), spacing_mm=0.04, largest_shift=0)
    made = make_phantom_cohort(folder, settings)
    divided = split_cohort(made, SplitSettings(counts=dict.fromkeys(SITES, (2, 1, 2))))
    return read_cohort(write_cohort(divided, made.path, overwrite=True))


@pytest.fixture(scope="module")
def finished(cohort, tmp_path_factory):
    """The folder of a finished test."""
    folder = tmp_path_factory.mktemp("tests") / "bones"
    plans = cross_site.begin(Wanted(folder, cohort), CONFIG, Listener())
    assert cross_site.train_sites(plans, Listener()) == []
    cross_site.write_cross_site(CrossSiteFolder(folder), Listener())
    return folder


@pytest.fixture
def copied(finished, tmp_path):
    return CrossSiteFolder(shutil.copytree(finished, tmp_path / "bones"))


def no_training(plan, listener):
    raise AssertionError("trained")


def test_the_table_has_a_cell_for_each_network_and_site(finished):
    table = json.loads((finished / "cross_site.json").read_text())
    assert [(cell["trained_on"], cell["tested_on"]) for cell in table["cells"]] == [
        ("femur", "femur"),
        ("femur", "spine"),
        ("spine", "femur"),
        ("spine", "spine"),
    ]
    assert {(cell["specimens"], cell["animals"]) for cell in table["cells"]} == {(2, 2)}
    assert (table["simulated"], table["settings"]) == (True, CONFIG.to_dict())
    # Interpolation knows no network: each site has one value in both rows of the table.
    cubic = [cell["bicubic"]["psnr_db"]["mean"] for cell in table["cells"]]
    assert (cubic[0], cubic[1]) == (cubic[2], cubic[3])
    assert cubic[0] != cubic[1]


def test_the_numbers_are_those_of_the_scores_of_each_run(finished):
    table = json.loads((finished / "cross_site.json").read_text())
    for cell in table["cells"]:
        means = json.loads((finished / cell["trained_on"] / "scores.json").read_text())["means"][cell["tested_on"]]
        for part in ("bilinear", "bicubic", "dl", "dl_minus_bicubic"):
            for measure, told in cell[part].items():
                assert told["mean"] == pytest.approx(means[part][measure]["mean"], abs=1e-12)
                assert told["ci95"] == pytest.approx(means[part][measure]["ci95"], abs=1e-9)


def test_a_network_is_trained_on_its_site_and_never_tested_on_an_animal_that_it_saw(finished):
    for site in SITES:
        run = read_cohort(finished / site / "cohort.csv")
        seen = [each for each in run.specimens if each.split != "test"]
        assert {each.site for each in seen} == {site}
        assert {each.site for each in run.of_split("test")} == set(SITES)
        assert not {each.animal for each in seen} & {each.animal for each in run.of_split("test")}


def test_the_models_are_named_after_the_test_and_their_site(finished):
    for site in SITES:
        card = read_card(finished / site / "model")
        assert (card.name, card.sites) == (f"bones-{site}", (site,))


def test_what_another_site_costs_is_a_paired_difference(finished):
    table = json.loads((finished / "cross_site.json").read_text())
    cost = next(each for each in table["other_less_own"] if each["tested_on"] == "femur")
    scores = {}
    for site in SITES:
        with (finished / site / "scores.csv").open(newline="") as file:
            rows = [row for row in csv.DictReader(file) if (row["site"], row["method"]) == ("femur", "dl")]
        scores[site] = [float(row["psnr_db"]) for row in rows]
    differences = [other - own for other, own in zip(scores["spine"], scores["femur"], strict=True)]
    assert cost["trained_on"] == "spine"
    assert cost["psnr_db"]["mean"] == pytest.approx(sum(differences) / 2)
    # Two values: the mean -+ t(0.975, 1) times half their distance, t(0.975, 1) = tan(0.475 pi) = 12.7062.
    half = 12.7062 * abs(differences[0] - differences[1]) / 2
    assert cost["psnr_db"]["ci95"] == pytest.approx(
        [sum(differences) / 2 - half, sum(differences) / 2 + half], rel=1e-4
    )


def test_the_csv_has_a_row_for_each_cell(finished):
    with (finished / "cross_site.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    table = json.loads((finished / "cross_site.json").read_text())
    assert len(rows) == 4
    assert float(rows[1]["gain_ssim_low"]) == table["cells"][1]["dl_minus_bicubic"]["ssim"]["ci95"][0]


def test_finished_runs_are_not_trained_again(copied):
    plans = cross_site.resume(Wanted(copied.path), {}, Listener())
    before = (copied.path / "femur" / "scores.json").stat().st_mtime_ns
    assert cross_site.train_sites(plans, Listener(), no_training) == SITES
    assert (copied.path / "femur" / "scores.json").stat().st_mtime_ns == before


def test_an_interrupted_test_goes_on_where_it_was(copied, finished):
    shutil.rmtree(copied.path / "spine")
    told = []
    plans = cross_site.resume(Wanted(copied.path), {}, Listener())
    done = cross_site.train_sites(plans, Listener(on_epoch=lambda event: told.append((event["site"], event["epoch"]))))
    assert (done, told) == (["femur"], [("spine", 1)])
    assert (copied.path / "spine" / "scores.json").read_text() == (finished / "spine" / "scores.json").read_text()


def test_a_test_that_is_cancelled_keeps_what_is_done(cohort, copied):
    shutil.rmtree(copied.path / "spine")
    plans = cross_site.resume(Wanted(copied.path, cohort), {}, Listener())
    with pytest.raises(Cancelled):
        cross_site.train_sites(plans, Listener(should_cancel=lambda: True))
    assert (copied.path / "femur" / "scores.json").exists()


def test_other_settings_than_those_it_was_begun_with_are_refused(copied, cohort):
    with pytest.raises(InputError, match="seed was 0, is 1"):
        cross_site.resume(Wanted(copied.path), {"seed": 1}, Listener())
    fewer = replace(cohort, specimens=cohort.specimens[1:])
    with pytest.raises(InputError, match="not the cohort that the run was begun with"):
        cross_site.resume(Wanted(copied.path, fewer), {}, Listener())


def test_a_folder_that_holds_something_is_refused(copied, cohort):
    with pytest.raises(OutputError, match="--resume"):
        cross_site.begin(Wanted(copied.path, cohort), CONFIG, Listener())


def test_a_scan_that_cannot_be_paired_is_told_before_a_training_and_may_be_corrected(cohort, tmp_path):
    *others, last = cohort.specimens
    another = next(each for each in others if each.site == last.site)
    mixed = replace(cohort, specimens=(*others, replace(last, hr=shutil.copy(another.hr, tmp_path / "hr.nrrd"))))
    with pytest.raises(InputError, match="do not seem to show the same specimen"):
        cross_site.begin(Wanted(tmp_path / "bones", mixed), CONFIG, Listener())
    assert not (tmp_path / "bones" / "femur").exists()
    assert sorted(cross_site.begin(Wanted(tmp_path / "bones", cohort), CONFIG, Listener())) == SITES


def test_problems_of_every_site_are_told_before_a_folder_is_made(cohort, tmp_path):
    specimens = list(cohort.specimens)
    spines = [number for number, each in enumerate(specimens) if (each.site, each.split) == ("spine", "test")]
    specimens = [each for number, each in enumerate(specimens) if number not in spines]
    specimens[0] = replace(specimens[0], hr=tmp_path / "none.nrrd")
    with pytest.raises(CohortError) as caught:
        cross_site.begin(Wanted(tmp_path / "bones", replace(cohort, specimens=tuple(specimens))), CONFIG, Listener())
    told = [problem.message for problem in caught.value.problems]
    assert any("none.nrrd does not exist" in message for message in told)
    assert "Site spine has no specimen in test." in told
    assert not (tmp_path / "bones").exists()


def row(site, split="train", animal="A", number=2):
    return Specimen(f"{animal}-{site}", animal, site, "", Path("lr"), Path("hr"), split=split, row=number)


@pytest.mark.parametrize(
    ("sites", "told"),
    [
        (("femur",), "All specimens are of one site (femur)."),
        (("", "femur"), "The cell is empty."),
        (("",), "No specimen has a site."),
        (("femur", "store"), "A folder cannot be named after site 'store' without doubt."),
        (("L 3", "L-3"), "A folder cannot be named after site 'L-3' without doubt."),
    ],
)
def test_sites_that_cannot_be_compared_are_refused(sites, told):
    rows = [row(site, split) for site in sites for split in ("train", "validation", "test")]
    assert told in [problem.message for problem in cross_site.problems_of_sites(rows)]


def test_sound_sites_have_no_problems():
    rows = [row(site, split) for site in SITES for split in ("train", "validation", "test")]
    assert cross_site.problems_of_sites(rows) == []
    assert len(cross_site.warnings_of_sites(rows)) == 2  # one test specimen each
