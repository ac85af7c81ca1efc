"""Folders as SkyScan scanners and NRecon leave them: slices, log, preview; small, with the fields of real logs."""

import re

import numpy as np
import tifffile
from PIL import Image

# Names and layout of logs by NRecon 1.7.1 of a SkyScan 1275; the values are made up.
LOG = """[System]
Scanner=SkyScan1275
Instrument S/N=001
Software Version=1.0.16
Source Type=Hamamatsu L11871
Camera Pixel Size (um)=75.0
[User]
User Name=Ada
Computer Name=SCAN1275_001
[Acquisition]
Data Directory=D:\\Results\\Ada\\mouse 12
Filename Prefix=m12_
Number Of Files=  601
Number Of Rows= 1536
Number Of Columns= 1944
Source Voltage (kV)=  65
Source Current (uA)= 124
Image Pixel Size (um)=7.000817
Scaled Image Pixel Size (um)=7.000817
Exposure (ms)=57
Rotation Step (deg)=0.600
Frame Averaging=ON (4)
Filter=Al 1mm
Study Date and Time=22 Sep 2017  06h:56m:05s
[Reconstruction]
Reconstruction Program=NRecon
Program Version=Version: 1.7.1.2
Dataset Directory=D:\\Results\\Ada\\mouse 12
Output Directory=D:\\Results\\Ada\\mouse 12\\rec
First Section=421
Last Section=426
Section to Section Step=1
Sections Count=6
Result Image Width (pixels)=9
Result Image Height (pixels)=7
Pixel Size (um)=7.00082
Smoothing=1
Ring Artifact Correction=6
Beam Hardening Correction (%)=30
Undersampling factor=1
Minimum for CS to Image Conversion=0.000000
Maximum for CS to Image Conversion=0.080000
HU Calibration=OFF
[File name convention]
Filename Index Length=8
Filename Prefix=m12__rec
"""
ACQUISITION_LOG = LOG.split("[Reconstruction]")[0]
GREYS = np.random.default_rng(0).integers(0, 255, (6, 7, 9)).astype("uint8")  # z, y, x
PIXEL_MM = 0.00700082


def changed(**fields: str) -> str:
    """The log with other values; names with `_` for blanks."""
    text = LOG
    for name, value in fields.items():
        key = re.escape(name.replace("_", " "))
        text, count = re.subn(
            rf"^{key}=.*$", lambda match, value=value: f"{match[0].split('=')[0]}={value}", text, flags=re.M
        )
        assert count, name
    return text


def write_slices(folder, greys=GREYS, prefix="m12__rec", ending=".bmp", first=421, step=1):
    """One image a slice, numbered as NRecon does."""
    folder.mkdir(exist_ok=True)
    for number, pixels in enumerate(greys):
        path = folder / f"{prefix}{first + number * step:08d}{ending}"
        if ending == ".tif":
            tifffile.imwrite(path, pixels, photometric="minisblack")
        else:
            Image.fromarray(pixels).save(path)
    return folder


def write_scan(folder, log=LOG, encoding="cp1252", **slices):
    """Slices with their log and the preview that NRecon leaves beside them."""
    write_slices(folder, **slices)
    prefix = slices.get("prefix", "m12__rec")
    (folder / f"{prefix}.log").write_bytes(log.replace("\n", "\r\n").encode(encoding))
    Image.fromarray(np.zeros((20, 30), "uint8")).save(folder / f"{prefix}_spr.bmp")
    return folder
