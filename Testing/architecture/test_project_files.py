"""The files that describe the project to others agree with each other and with the code."""

import json
import re
import shutil
import subprocess
import tomllib

import MicroCTSuperResLib
import pytest
import yaml
from source_tree import ROOT


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def citation() -> dict:
    return yaml.safe_load(text_of("CITATION.cff"))


@pytest.fixture(scope="module")
def index_entry() -> dict:
    return json.loads(text_of("MicroCTSuperRes.json"))


def test_the_index_entry_has_the_name_of_the_extension():
    # The Extensions Index takes the extension's name from the file name and compares it with project().
    assert re.search(r"project\((\w+)\)", text_of("CMakeLists.txt")).group(1) == "MicroCTSuperRes"


def test_the_index_entry_follows_the_schema_of_slicer(index_entry):
    # slicer-extension-catalog-entry-schema-v1.0.2.json: required keys, and no others than the known ones.
    known = {
        "$schema",
        "build_dependencies",
        "build_subdirectory",
        "category",
        "dicom_support_rule",
        "enabled",
        "scm_revision",
        "scm_type",
        "scm_url",
        "tier",
    }
    assert {"$schema", "category", "scm_url"} <= set(index_entry) <= known
    assert "slicer-extension-catalog-entry-schema-v1.0.2.json" in index_entry["$schema"]
    assert 1 <= index_entry["tier"] <= 5


def test_the_index_entry_names_a_repository_that_the_index_accepts(index_entry):
    # The index wants "Slicer" in the repository's name.
    assert re.fullmatch(r"https://.+/\w*Slicer\w*\.git", index_entry["scm_url"])
    homepage = re.search(r'set\(EXTENSION_HOMEPAGE "(.+)"\)', text_of("CMakeLists.txt")).group(1)
    assert index_entry["scm_url"] == f"{homepage}.git"


def test_the_extension_depends_on_what_the_index_builds_first(index_entry):
    depends = re.search(r'set\(EXTENSION_DEPENDS "(.+)"\)', text_of("CMakeLists.txt")).group(1)
    assert depends.split() == index_entry["build_dependencies"]


def test_the_icon_of_the_extension_is_in_the_repository():
    address = re.search(r'set\(EXTENSION_ICONURL "(.+)"\)', text_of("CMakeLists.txt")).group(1)
    icon = ROOT / address.split("/main/")[1]
    assert icon.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")  # the signature of the PNG format


def test_the_citation_has_what_its_format_requires(citation):
    # Citation File Format 1.2.0: required keys of the file and of a reference.
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    for reference in citation["references"]:
        assert {"type", "title", "authors"} <= set(reference)


def test_the_citation_names_the_study(citation):
    titles = [reference["title"] for reference in citation["references"]]
    assert any("Spatial Resolution of MicroCT Images Across Murine Femur and Spine" in title for title in titles)


def test_the_citation_has_the_version_of_the_software(citation):
    assert citation["version"] == MicroCTSuperResLib.__version__


def test_the_changelog_has_a_section_for_the_version():
    assert re.search(rf"^## \[{re.escape(MicroCTSuperResLib.__version__)}\]", text_of("CHANGELOG.md"), re.MULTILINE)


def test_one_licence_is_named_everywhere(citation):
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    assert project["license"] == citation["license"] == "Apache-2.0"
    assert "Apache License" in text_of("LICENSE")


def test_everything_that_is_installed_directly_is_pinned():
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    wanted = [*project["dependencies"], *(r for extra in project["optional-dependencies"].values() for r in extra)]
    names = {normal(re.match(r"[\w.-]+", requirement).group()) for requirement in wanted}
    pins = {normal(line.split("==")[0]) for line in text_of("constraints.txt").splitlines() if "==" in line}
    assert sorted(names - pins) == []


def normal(name: str) -> str:
    """A distribution's name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def project_files() -> list[str]:
    """Every file that is or would be committed; none where this is not a git checkout."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        return []
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")[:-1]


# A folder that exists on one machine only: /home/... and the like, or a drive of Windows.
MACHINE_PATH = re.compile(r"(?<![\w.~})])/(?:home|root|work|Users)/\w|[A-Z]:\\+Users\\")


def test_no_text_names_a_folder_of_one_machine():
    files = [file for file in project_files() if (ROOT / file).is_file()]
    if not files:
        pytest.skip("not a git checkout")
    assert [file for file in files if holds_machine_path((ROOT / file).read_bytes())] == []


def holds_machine_path(content: bytes) -> bool:
    if b"\0" in content:  # not text
        return False
    return MACHINE_PATH.search(content.decode("utf-8", errors="replace")) is not None


def test_a_folder_of_one_machine_is_recognised():
    assert holds_machine_path(b"read('/" + b"home/ann/scan.isq')")
    assert holds_machine_path(b"see C:" + b"\\Users\\ann")
    assert not holds_machine_path(b"Testing/work/test_worker.py and https://example.org/home/page")
