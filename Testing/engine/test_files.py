"""Results appear whole or not at all, and nothing is overwritten unasked."""

import errno
import hashlib
import shutil
from pathlib import Path

import pytest
from MicroCTSuperResLib.errors import FormatError, OutputError
from MicroCTSuperResLib.files import atomic_files, atomic_path, check_writable, sha256_of, sweep


def test_a_file_appears_when_the_block_ends_and_leaves_nothing_else(tmp_path):
    target = tmp_path / "scan.nii.gz"
    with atomic_path(target) as temporary:
        assert temporary.name.endswith(".nii.gz")
        temporary.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [target]


def test_only_what_a_killed_writer_has_left_is_swept_away(tmp_path):
    with atomic_path(tmp_path / "scan.nrrd") as temporary:
        # As a process leaves it that is killed now.
        left = tmp_path / temporary.parent.name.replace("scan", "other")
        shutil.copytree(temporary.parent, left)
        temporary.write_text("whole")
    kept = {"video.part", ".settings", "scan.nrrd", ".mine.part"}
    for name in kept - {"scan.nrrd"}:
        (tmp_path / name).mkdir()
    assert left.exists()
    sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == kept


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_failure_keeps_the_old_file_and_leaves_no_temporary_one(tmp_path, failure):
    target = tmp_path / "scan.nrrd"
    target.write_text("old")

    def interrupted_writing():
        with atomic_path(target, overwrite=True) as temporary:
            temporary.write_text("half")
            raise failure

    with pytest.raises(failure):
        interrupted_writing()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_existing_file_is_not_overwritten_unasked(tmp_path):
    target = tmp_path / "scan.nrrd"
    target.write_text("old")
    with pytest.raises(OutputError, match="exists already"), atomic_path(target):
        pytest.fail("the block must not begin")
    assert target.read_text() == "old"


def test_a_file_made_meanwhile_by_something_else_is_not_overwritten(tmp_path):
    target = tmp_path / "scan.nrrd"

    def interrupted_writing():
        with atomic_path(target) as temporary:
            temporary.write_text("ours")
            target.write_text("theirs")

    with pytest.raises(OutputError, match="meanwhile"):
        interrupted_writing()
    assert target.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_replaces_a_folder_when_asked(tmp_path):
    target = tmp_path / "slices"
    target.mkdir()
    (target / "old.txt").write_text("old")
    with atomic_path(target, overwrite=True) as temporary:
        temporary.mkdir()
        (temporary / "new.txt").write_text("new")
    assert [file.name for file in target.iterdir()] == ["new.txt"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_is_not_lost_when_its_replacement_is_interrupted(tmp_path, monkeypatch):
    target = tmp_path / "slices"
    target.mkdir()
    (target / "old.txt").write_text("old")

    def interrupted(*arguments):
        raise KeyboardInterrupt

    def replacing():
        with atomic_path(target, overwrite=True) as temporary:
            temporary.mkdir()
            monkeypatch.setattr(Path, "replace", interrupted)

    with pytest.raises(KeyboardInterrupt):
        replacing()
    assert (target / "old.txt").read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_does_not_replace_a_folder(tmp_path):
    target = tmp_path / "results"
    target.mkdir()
    with pytest.raises(OutputError, match="is a folder"), atomic_path(target, overwrite=True) as temporary:
        temporary.write_text("file")
    assert target.is_dir()


def test_nothing_appears_if_a_companion_was_not_written(tmp_path):
    files = atomic_files(tmp_path / "scan.mhd", ("scan.raw",))
    with pytest.raises(OutputError, match=r"scan\.raw was not written"), files as temporary:
        temporary.write_text("header")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_companion_is_not_overwritten_unasked(tmp_path):
    (tmp_path / "scan.tif.json").write_text("old")
    files = atomic_files(tmp_path / "scan.tif", ("scan.tif.json",))
    with pytest.raises(OutputError, match=r"scan\.tif\.json exists already"), files:
        pytest.fail("the block must not begin")


def test_a_full_disk_is_told_in_one_line(tmp_path):
    with pytest.raises(OutputError, match="disk is full") as caught, atomic_path(tmp_path / "scan.nrrd"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_writers_error_names_the_target_and_not_its_temporary_place(tmp_path):
    with pytest.raises(OutputError) as caught, atomic_path(tmp_path / "scan.nrrd") as temporary:
        raise OutputError(f"{temporary} cannot be written.", "Try again.")
    assert str(caught.value) == f"{tmp_path / 'scan.nrrd'} cannot be written. Try again."


def test_a_writers_error_on_a_disk_without_space_is_told_as_that(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=100))
    with pytest.raises(OutputError, match="disk is full") as caught, atomic_path(tmp_path / "scan.nrrd"):
        raise OutputError("The library failed to write.", "No idea why.")
    assert "scan.nrrd" in caught.value.message


def test_other_system_errors_are_not_taken_for_writing_errors(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "scan.nrrd"):
        (tmp_path / "absent.txt").read_text()


def test_a_missing_output_folder_is_refused_before_work(tmp_path):
    with pytest.raises(OutputError, match="does not exist"):
        check_writable(tmp_path / "absent" / "scan.nrrd")


def test_a_disk_with_too_little_space_is_refused_before_work(tmp_path):
    with pytest.raises(OutputError, match="GB free"):
        check_writable(tmp_path / "scan.nrrd", needed_bytes=2**70)


def test_a_read_only_folder_is_refused_before_work(tmp_path, monkeypatch):
    # Permissions do not bind the administrator, under whom tests often run, so the system's answer is replaced.
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(OutputError, match="not writable"):
        check_writable(tmp_path / "scan.nrrd")


def test_the_digest_of_a_file_is_that_of_its_content(tmp_path):
    file = tmp_path / "model.safetensors"
    content = bytes(range(256)) * 5000
    file.write_bytes(content)
    assert sha256_of(file) == hashlib.sha256(content).hexdigest()


def test_the_digest_of_a_folder_depends_on_names_and_contents_alone(tmp_path):
    for folder in ("first", "second"):
        (tmp_path / folder / "inner").mkdir(parents=True)
    for name in ("a.txt", "inner/b.txt"):
        (tmp_path / "first" / name).write_text(name)
    for name in ("inner/b.txt", "a.txt"):
        (tmp_path / "second" / name).write_text(name)
    assert sha256_of(tmp_path / "first") == sha256_of(tmp_path / "second")
    (tmp_path / "second" / "a.txt").rename(tmp_path / "second" / "c.txt")
    assert sha256_of(tmp_path / "first") != sha256_of(tmp_path / "second")


def test_the_digest_of_an_absent_file_is_refused(tmp_path):
    with pytest.raises(FormatError, match=r"absent\.nrrd"):
        sha256_of(tmp_path / "absent.nrrd")
