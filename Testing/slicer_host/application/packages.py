"""Doubles of `slicer.packaging`, `SampleData` and the PyTorch extension's `PyTorchUtils`. Nothing is installed."""
# ruff: noqa: N802, N803, N815 - the names are Slicer's

import types
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import slicer


@dataclass
class Installations:
    """What was asked to be installed, and how the host behaves.

    :param requested: (function, requirements, keyword arguments) of each call, in order.
    :param missing: requirements that `pip_check` tells to be missing; None looks at what is really installed.
    :param agreed: whether the user agrees to an installation. Refusing raises RuntimeError as in Slicer.
    :param torch: whether PyTorch counts as installed.
    """

    requested: list[tuple[str, Any, dict]] = field(default_factory=list)
    missing: list[str] | None = None
    agreed: bool = True
    torch: bool = True

    def ask(self, function: str, what, keywords: dict) -> None:
        """Notes a request.

        :raises RuntimeError: if the user does not agree.
        """
        self.requested.append((function, what, keywords))
        if not self.agreed:
            raise RuntimeError("User declined installation")


def packaging(installations: Installations) -> types.ModuleType:
    """The module `slicer.packaging`."""
    module = types.ModuleType("slicer.packaging")

    def load_requirements(path):
        from packaging.requirements import Requirement

        lines = [line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines()]
        return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]

    def pip_check(req):
        return not missing(req)

    def pip_ensure(requirements, constraints=None, **keywords):
        wanted = missing(requirements)
        if wanted and not (slicer.app.testingEnabled() and keywords.get("skip_in_testing", True)):
            installations.ask("pip_ensure", wanted, {"constraints": constraints, **keywords})
            installations.missing = [] if installations.missing is not None else None

    def pip_install(requirements, **keywords):
        installations.ask("pip_install", requirements, keywords)

    def missing(requirements) -> list[str]:
        wanted = requirements if isinstance(requirements, list) else [requirements]
        return [str(one) for one in wanted if not _is_installed(str(one), installations.missing)]

    module.load_requirements = load_requirements
    module.pip_check = pip_check
    module.pip_ensure = pip_ensure
    module.pip_install = pip_install
    module.isPipInstallInProgress = lambda: False
    return module


def _is_installed(requirement: str, declared_missing: list[str] | None) -> bool:
    import importlib.metadata

    from packaging.requirements import Requirement

    parsed = Requirement(requirement)
    if declared_missing is not None:
        return parsed.name not in {Requirement(text).name for text in declared_missing}
    try:
        return importlib.metadata.version(parsed.name) in parsed.specifier
    except importlib.metadata.PackageNotFoundError:
        return False


def pytorch_utils(installations: Installations) -> types.ModuleType:
    """The module `PyTorchUtils` of the PyTorch extension."""
    module = types.ModuleType("PyTorchUtils")

    class PyTorchUtilsLogic:
        @property
        def torch(self):
            import torch

            return torch

        @staticmethod
        def torchInstalled():
            return installations.torch

        def installTorch(self, askConfirmation=False, **keywords):
            try:
                installations.ask("installTorch", "torch", {"askConfirmation": askConfirmation, **keywords})
            except RuntimeError:
                return None  # PyTorchUtils reports a refusal so
            installations.torch = True
            return True

    module.PyTorchUtilsLogic = PyTorchUtilsLogic
    return module


@dataclass
class SampleDataSource:
    """One entry of the Sample Data module."""

    sampleName: str | None = None
    uris: Any = None
    fileNames: Any = None
    nodeNames: Any = None
    loadFiles: Any = None
    customDownloader: Any = None
    thumbnailFileName: str | None = None
    fileTypes: Any = None
    checksums: Any = None
    loadFileProperties: dict | None = None


def sample_data(sources: dict[str, list[SampleDataSource]]) -> types.ModuleType:
    """The module `SampleData`.

    :param sources: category -> entries, which is also `slicer.modules.sampleDataSources`.
    """
    module = types.ModuleType("SampleData")

    class SampleDataLogic:
        @staticmethod
        def registerCustomSampleDataSource(category="Custom", sampleName=None, uris=None, fileNames=None, **keywords):
            if uris is None:  # Slicer fails on it, too
                raise TypeError("object of type 'NoneType' has no len()")
            source = SampleDataSource(sampleName, uris, fileNames, **keywords)
            sources.setdefault(category, []).append(source)

        def sourceForSampleName(self, sampleName):
            entries = [source for category in sources.values() for source in category]
            return next((source for source in entries if source.sampleName == sampleName), None)

        def downloadSample(self, sampleName):
            """What a click on the sample does."""
            source = self.sourceForSampleName(sampleName)
            return source.customDownloader(source)

    module.SampleDataLogic = SampleDataLogic
    module.SampleDataSource = SampleDataSource
    return module
