"""The engine of MicroCTSuperRes: it enhances low-resolution microCT volumes of bone without needing 3D Slicer.

    from MicroCTSuperResLib import read_volume, enhance
    dl = enhance(read_volume("lr.nrrd"))
    dl.write("dl.nrrd")

Names are looked up when they are first used, so that importing the package imports no torch.
"""

from importlib import import_module

__version__ = "0.1.0"
__all__ = ["Volume", "__version__", "enhance", "read_volume", "write_volume"]

_HOME_OF = {
    "Volume": ".imaging.volume",
    "read_volume": ".imaging.formats",
    "write_volume": ".imaging.formats",
    "enhance": ".enhancement.engine",
}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name], __name__), name)
