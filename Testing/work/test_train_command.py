"""`train` from the command line: a cohort in, a model with scores out; what cannot be trained with is told before."""

import json
import shutil

import pytest
import torch
from MicroCTSuperResLib.imaging.formats import read_volume
from MicroCTSuperResLib.networks.card import read_card
from sample_train import SMALL, make_small_cohort


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Networks as small as these only lose time with more."""
    former = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(former)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return make_small_cohort(tmp_path_factory.mktemp("train") / "phantoms")


@pytest.fixture(scope="module")
def finished(cohort):
    """A run that came to its end; tests that change it take a copy."""
    from MicroCTSuperResLib.jobs.command_line import main

    run = cohort.parent.parent / "run"
    assert main(["train", str(cohort), "-o", str(run), *SMALL]) == 0
    return run


@pytest.fixture
def run(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "run")


def test_a_run_leaves_all_that_its_documentation_names(finished):
    names = {
        "config.json", "run.json", "cohort.csv", "store", "checkpoints", "history.csv", "validation.json",
        "tensorboard", "curves.png", "curves.svg", "model", "scores.json",
    }  # fmt: skip
    assert names <= {path.name for path in finished.iterdir()}
    assert {path.name for path in (finished / "checkpoints").iterdir()} == {"best.ckpt", "last.ckpt"}
    assert (finished / "history.csv").read_text().count("\n") == 1 + 3
    baselines = json.loads((finished / "validation.json").read_text())["baselines"]
    assert set(baselines) == {"bilinear", "bicubic"}


def test_the_model_of_a_run_enhances_at_once(finished, command, tmp_path):
    card = read_card(finished / "model")
    assert card.name == "run"
    assert any(score.metric == "psnr" for score in card.scores)
    lr = finished.parent / "phantoms" / "A4-femur-lr.nrrd"
    status, _, _ = command("enhance", lr, "-o", tmp_path / "dl.nrrd", "--model", finished / "model", "--device", "cpu")
    assert status == 0
    assert read_volume(tmp_path / "dl.nrrd").size == tuple(2 * count for count in read_volume(lr).size)


def test_a_finished_run_says_so(run, command):
    before = (run / "checkpoints" / "last.ckpt").read_bytes()
    status, out, _ = command("train", "-o", run, "--resume")
    assert status == 0
    assert out.startswith("The run was finished already.")
    assert (run / "checkpoints" / "last.ckpt").read_bytes() == before


def test_a_finished_run_can_be_given_more_epochs(run, command):
    status, out, err = command("train", "-o", run, "--resume", "--epochs", 4)
    assert status == 0
    assert "to epoch 4 instead of 3" in err
    assert "Epoch 4 of 4" in err
    assert "Trained 4 epochs" in out
    assert json.loads((run / "config.json").read_text())["epochs"] == 4


def test_a_run_that_was_ended_before_its_result_makes_only_that(run, command):
    (run / "scores.json").unlink()
    shutil.rmtree(run / "model")
    (run / ".curves.png.abc1_xyz.part").mkdir()
    status, _, err = command("train", "-o", run, "--resume")
    assert status == 0
    assert "Epoch" not in err
    assert (run / "model" / "card.json").exists()
    assert not (run / ".curves.png.abc1_xyz.part").exists()


def test_a_run_whose_store_is_gone_makes_it_again_and_goes_on(run, command):
    shutil.rmtree(run / "store")
    status, _, _ = command("train", "-o", run, "--resume", "--epochs", 4)
    assert status == 0


def test_a_run_whose_scans_were_moved_goes_on_from_its_stored_slices(run, cohort, command):
    away = cohort.parent.rename(cohort.parent.with_name("away"))
    try:
        status, _, err = command("train", "-o", run, "--resume", "--epochs", 4)
    finally:
        away.rename(cohort.parent)
    assert status == 0
    assert "The scans of A1-femur, A2-femur, A3-femur, A4-femur were moved, changed or deleted" in err
    assert json.loads((run / "scores.json").read_text())["means"]["all"]["specimens"] == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--seed", 1), "seed was 0, is 1"),
        (("--set", "learning_rate=0.1"), "learning_rate was 0.001, is 0.1"),
        (("--epochs", 2), "fewer are asked for: 2"),
        (("--refine", "rigid"), "refine was 'none', is 'rigid'"),
        (("--store", "elsewhere"), "was begun with the slice store"),
        (("--from", "default"), "from_model was None"),
    ],
)
def test_a_run_goes_on_with_its_own_settings_only(finished, command, words, told):
    status, _, err = command("train", "-o", finished, "--resume", *words)
    assert status == 1
    assert told in err


def test_a_run_goes_on_with_its_own_cohort_only(finished, cohort, command):
    status, _, _ = command("train", cohort, "-o", finished, "--resume")
    assert status == 0
    other = cohort.parent / "other.csv"
    text = cohort.read_text()
    assert ",validation," in text
    other.write_text(text.replace(",validation,", ",train,").replace(",test,", ",validation,"))
    status, _, err = command("train", other, "-o", finished, "--resume")
    assert status == 1
    assert "A3-femur has split train instead of validation" in err


def test_another_store_than_the_runs_is_refused(run, command):
    index = run / "store" / "index.json"
    index.write_text(index.read_text().replace('"fingerprint": "', '"fingerprint": "0'))
    status, _, err = command("train", "-o", run, "--resume", "--epochs", 4)
    assert status == 1
    assert "another one than the run was begun with" in err


def test_a_damaged_checkpoint_is_told(run, command):
    path = run / "checkpoints" / "last.ckpt"
    path.write_bytes(path.read_bytes()[:1000])
    status, _, err = command("train", "-o", run, "--resume")
    assert status == 1
    assert "last.ckpt" in err


def test_a_folder_in_which_a_process_was_killed_before_its_run_began_is_free(cohort, command, tmp_path):
    run = tmp_path / "run"
    (run / ".run.json.abc1_xyz.part").mkdir(parents=True)
    (run / ".in-use.lock").touch()
    (run / "run.json").write_text("{}")
    assert command("train", cohort, "-o", run, *SMALL, "--epochs", 1)[0] == 0


def test_nothing_is_trained_into_a_folder_that_holds_something(finished, cohort, command, tmp_path):
    status, _, err = command("train", cohort, "-o", finished, *SMALL)
    assert (status, "--resume" in err) == (1, True)
    (tmp_path / "thesis.docx").write_text("years of work")
    status, _, err = command("train", cohort, "-o", tmp_path, *SMALL)
    assert (status, "not empty" in err) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--batch", 0), "batch must be a whole number"),
        (("--set", "epoch=3"), "no training setting 'epoch'"),
        (("--devices", 3), "multiple of the 3 devices"),
        (("--nodes", 2), "started alone"),
        (("--device", "cuda"), "cuda"),
        (("--from", "nobody"), "nobody"),
        (("--name", "My model!"), "My model!"),
        (("--limit-um", -1), "limit_um"),
        (("--set", "compile"), "no setting"),
    ],
)
def test_settings_that_make_no_training_are_refused_before_anything_is_made(cohort, command, tmp_path, words, told):
    if words == ("--device", "cuda") and torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    status, _, err = command("train", cohort, "-o", tmp_path / "new", *SMALL, *words)
    assert status == 1
    assert told in err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("missing", ["train", "validation"])
def test_a_cohort_without_specimens_to_train_or_validate_on_is_refused(cohort, command, tmp_path, missing):
    table = cohort.parent / f"without-{missing}.csv"
    table.write_text(cohort.read_text().replace(f",{missing},", ",test,"))
    status, _, err = command("train", table, "-o", tmp_path / "new", *SMALL)
    assert status == 1
    assert f"no specimens in {missing}" in err
    assert not (tmp_path / "new").exists()


def test_a_missing_scan_is_told_before_anything_is_made(cohort, command, tmp_path):
    table = cohort.parent / "missing.csv"
    table.write_text(cohort.read_text().replace("A2-femur-hr.nrrd", "A2-lost-hr.nrrd"))
    status, _, err = command("train", table, "-o", tmp_path / "new", *SMALL)
    assert status == 1
    assert "row 3" in err
    assert not (tmp_path / "new").exists()


def test_a_run_whose_specimens_could_not_be_paired_begins_again_with_a_corrected_cohort(cohort, command, tmp_path):
    words = ("-o", tmp_path / "new", *SMALL, "--epochs", 1)
    table = cohort.parent / "to-correct.csv"
    # HR of another animal: only the voxels tell, and these are read when the specimen is paired.
    table.write_text(cohort.read_text().replace("A2-femur-hr.nrrd", "copy-of-hr.nrrd"))
    shutil.copy(cohort.parent / "A1-femur-hr.nrrd", cohort.parent / "copy-of-hr.nrrd")
    status, _, err = command("train", table, *words)
    assert status == 1
    assert "A2-femur" in err
    assert command("train", cohort, *words)[0] == 0
    assert "copy-of-hr" not in (tmp_path / "new" / "cohort.csv").read_text()


def test_fine_tuning_begins_with_the_weights_of_the_model(cohort, finished, command, tmp_path):
    words = ("--epochs", 1, "--batch", 8, "--device", "cpu", "--set", "samples_per_epoch=8", "--set", "patch=16")
    status, _, _ = command("train", cohort, "-o", tmp_path / "new", "--from", finished / "model", *words)
    assert status == 0
    config = json.loads((tmp_path / "new" / "config.json").read_text())
    assert config["arguments"] == {"channels": 4, "blocks": [1, 1, 1]}
    assert config["from_sha256"] == read_card(finished / "model").sha256
    assert "fine-tuned from run" in read_card(tmp_path / "new" / "model").summary


def test_settings_are_printed_and_taken_again(command, tmp_path):
    status, out, _ = command("train", "--print-config", "--preset", "abstract", "--epochs", 7, "--precision", "32")
    assert status == 0
    assert json.loads(out)["epochs"] == 7
    (tmp_path / "config.json").write_text(out)
    assert command("train", "--print-config", "--config", tmp_path / "config.json")[1] == out


def test_options_that_do_not_go_together_are_wrong_usage(command, tmp_path):
    for words in (("cohort.csv",), ("-o", tmp_path, "--resume", "--preset", "fast")):
        with pytest.raises(SystemExit) as raised:
            command("train", *words)
        assert raised.value.code == 2
