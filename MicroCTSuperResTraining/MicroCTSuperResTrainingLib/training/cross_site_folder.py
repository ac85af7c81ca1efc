"""The folder of a cross-site test: what is where, and what it was begun with.

DIR/settings.json         settings of all its trainings
DIR/run.json              settings of the pairing, slice store, what the model cards tell
DIR/cohort.csv            the cohort as it was used
DIR/store/                the slice store of all sites, unless another folder was given
DIR/<site>/               the run of each site, see `run_folder.py`
DIR/cross_site.json       the table with its settings; .csv: one row a cell; .png, .svg: as a picture
"""

from __future__ import annotations

from pathlib import Path

from .result import model_name_from
from .run_folder import RunFolder

TABLE_STEM = "cross_site"


class CrossSiteFolder(RunFolder):
    """Where the files of a cross-site test are; begun with a name of its own, so that it is not taken for a run."""

    @property
    def config_file(self) -> Path:
        return self.path / "settings.json"

    @property
    def table_stem(self) -> Path:
        """Path of the table without suffix."""
        return self.path / TABLE_STEM

    def run_of(self, site: str) -> RunFolder:
        """The run of a site."""
        return RunFolder(self.path / run_name(site))


def run_name(site: str) -> str:
    """The name of the folder of a site's run."""
    return model_name_from(site)
