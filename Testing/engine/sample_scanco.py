"""Small ISQ, RSQ and AIM files, written value by value from the published layouts, without the code that reads them."""

import math
import struct

import numpy as np

DENSITY = {"slope": 369.154, "intercept": -191.56, "mu_water": 0.5189, "units": "mg HA/ccm"}
MULTI_HEADER, CALIBRATION = b"MultiHeader     ", b"Calibration     "
# 2016-02-02 09:28:19.150 is 57420 days, 34099.15 seconds after 1858-11-17 (57420 is its modified Julian date).
CREATED = (57420 * 86400 * 1000 + 34099150) * 10000
# Byte offsets of ima_data_type.
ISQ_NUMBERS = {
    "data_type": (16, 3),
    "patient_index": (28, 815),
    "scanner_id": (32, 3401),
    "slice_thickness_um": (68, 20),
    "slice_increment_um": (72, 20),
    "slice_1_pos_um": (76, 157955),
    "data_min": (80, -2610),
    "data_max": (84, 11861),
    "mu_scaling": (88, 4096),
    "samples": (92, 1024),
    "projections": (96, 1000),
    "scan_distance_um": (100, 20480),
    "scanner_type": (104, 10),
    "sample_time_us": (108, 300000),
    "measurement_index": (112, 4261),
    "site": (116, 4),
    "reference_line_um": (120, 160955),
    "reconstruction": (124, 3),
    "energy_V": (168, 70000),
    "intensity_uA": (172, 200),
}
AIM_TYPES = {
    "int8": 0x00010001,
    "uint8": 0x00160001,
    "uint8 pixel": 0x000D0001,
    "int16": 0x00020002,
    "uint16": 0x00170002,
    "int32": 0x00030004,
    "float32": 0x001A0004,
    "float32 VMS": 0x00040004,
    "bits": 0x00060001,
    "runs": 0x00080002,
    "binary runs": 0x00150001,
}
LOG = """!
! Processing Log
!
!-------------------------------------------------------------------------------
Created by                    ISQ_TO_AIM (IPL)
Time                          12-DEC-2016 13:14:15.91
Original file                 dk0:[microct.data.00000815.00004261]d0004254.isq
Original Creation-Date         2-FEB-2016 09:28:19.15
Orig-ISQ-Dim-p                                   1024       1024        504
!-------------------------------------------------------------------------------
Patient Name                  DO_MOUSE_17
Index Patient                                     815
Index Measurement                                4261
!-------------------------------------------------------------------------------
Site                                                4
Scanner ID                                       3401
Scanner type                                       10
Position Slice 1 [um]                          157955
No. samples                                      1024
No. projections per 180                          1000
Scan Distance [um]                              20480
Integration time [us]                          300000
Reference line [um]                            160955
Reconstruction-Alg.                                 3
Energy [V]                                      70000
Intensity [uA]                                    200
!-------------------------------------------------------------------------------
Mu_Scaling                                       4096
Calibration Data              70 kVp, BH: 1200 mg HA/ccm, Scaling 4096
Calib. default unit type      2 (Density)
Density: unit                 mg HA/ccm
Density: slope                         3.69154000e+02
Density: intercept                    -1.91560000e+02
HU: mu water                                  0.51890
!-------------------------------------------------------------------------------
Parameter name                Linear Attenuation
Parameter units               [1/cm]
Minimum value                                -0.31860
Maximum value                                 1.44788
Scaled by factor                                 4096
Minimum data value                        -1305.00000
Maximum data value                         5931.00000
!-------------------------------------------------------------------------------
"""


def g_float(value):
    """8 bytes of a VAX G_FLOAT: sign, exponent + 1024, 52 bits of a fraction from 1/2 to 1, words in reverse order."""
    if value == 0:
        return bytes(8)
    fraction, exponent = math.frexp(abs(value))
    bits = (value < 0) << 63 | (exponent + 1024) << 52 | int((2 * fraction - 1) * 2**52)
    return struct.pack("<4H", *(bits >> shift & 0xFFFF for shift in (48, 32, 16, 0)))


def f_float(value):
    """4 bytes of a VAX F_FLOAT: sign, exponent + 128, 23 bits of a fraction from 1/2 to 1, words in reverse order."""
    if value == 0:
        return bytes(4)
    fraction, exponent = math.frexp(abs(value))
    bits = (value < 0) << 31 | (exponent + 128) << 23 | int((2 * fraction - 1) * 2**23)
    return struct.pack("<2H", bits >> 16, bits & 0xFFFF)


def calibration_blocks(told, *, multi_header=True, before=()):
    """Header blocks with a calibration of `slope`, `intercept`, `mu_water` and `units`.

    :param before: how many blocks each entry in front of the calibration has.
    """
    directory, content = bytearray(512), bytearray()
    for entry, count in enumerate([*before, 2]):
        name = CALIBRATION if entry == len(before) else b"Something       "
        directory[entry * 128 + 8 : entry * 128 + 24] = name
        struct.pack_into("<i", directory, entry * 128 + 24, count)
        content += bytes([0xEE]) * (512 * count) if entry < len(before) else bytes(1024)
    start = len(content) - 1024
    for place, text in ((28, "70 kVp, BH: 1200 mg HA/ccm"), (648, told["units"])):
        content[start + place : start + place + len(text)] = text.encode()
    struct.pack_into("<i", content, start + 632, 2)
    for place, name in ((664, "slope"), (672, "intercept"), (688, "mu_water")):
        content[start + place : start + place + 8] = g_float(told[name])
    first = bytearray(512)
    first[8:24] = MULTI_HEADER
    return (bytes(first) if multi_header else b"") + bytes(directory) + bytes(content)


def isq_bytes(voxels, *, size=None, size_um=None, spacing_um=20, blocks=b"", padded=True, name=b"MOUSE 17", **numbers):
    """An ISQ file of int16 voxels (z, y, x); `numbers` replace those of :data:`ISQ_NUMBERS`."""
    size = size or voxels.shape[::-1]
    head = bytearray(512)
    head[:16] = b"CTDATA-HEADER_V1"
    for field, (place, value) in ISQ_NUMBERS.items():
        struct.pack_into("<i", head, place, numbers.get(field, value))
    struct.pack_into("<q", head, 36, numbers.get("created", CREATED))
    struct.pack_into("<3i", head, 44, *size)
    struct.pack_into("<3i", head, 56, *(size_um or [count * spacing_um for count in size]))
    head[128 : 128 + len(name)] = name
    struct.pack_into("<i", head, 508, numbers.get("data_offset", len(blocks) // 512))
    file_bytes = len(head) + len(blocks) + 2 * voxels.size
    struct.pack_into("<2i", head, 20, file_bytes, -(-file_bytes // 512))
    values = b"".join(struct.pack("<H", value & 0xFFFF) for value in voxels.ravel().tolist())
    padding = -len(values) % 512 if padded else 0
    return bytes(head) + blocks + values + bytes(padding)


def plain(voxels, kind):
    """Voxels one after the other."""
    if kind == "float32 VMS":
        return b"".join(f_float(value) for value in voxels.ravel().tolist())
    code = {"int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i", "float32": "f"}[kind.split()[0]]
    return b"".join(struct.pack(f"<{code}", value) for value in voxels.ravel().tolist())


def packed_bits(voxels):
    """Eight voxels in a byte, then the value of those that are not 0."""
    z, y, x = voxels.shape
    packed, value = bytearray(((z + 1) // 2) * ((y + 1) // 2) * ((x + 1) // 2)), 0
    for (k, j, i), voxel in np.ndenumerate(voxels):
        if voxel:
            place = ((k // 2) * ((y + 1) // 2) + j // 2) * ((x + 1) // 2) + i // 2
            packed[place] |= 1 << ((k % 2) * 4 + (j % 2) * 2 + i % 2)
            value = int(voxel) & 0xFF
    return bytes(packed) + bytes([value])


def runs(voxels):
    """Pairs of a value and its length, at most 255."""
    pairs = []
    for value in voxels.ravel().tolist():
        if pairs and pairs[-1][0] == value and pairs[-1][1] < 255:
            pairs[-1][1] += 1
        else:
            pairs.append([value, 1])
    return b"".join(bytes([value & 0xFF, length]) for value, length in pairs)


def binary_runs(voxels):
    """Two values, then lengths in turn; 255 stands for 254 voxels that go on with the same value."""
    values = voxels.ravel().tolist()
    others = [value for value in values if value != values[0]]
    stream, length = bytearray([values[0] & 0xFF, (others[0] if others else 0) & 0xFF]), 0
    for place, value in enumerate(values):
        if place and value != values[place - 1]:
            stream.append(length)
            length = 0
        elif length == 254:
            stream.append(255)
            length = 0
        length += 1
    return bytes(stream) + bytes([length])


def with_length(stream, version):
    """Runs behind their own length."""
    return (
        struct.pack("<i", len(stream) + 4) + stream if version == "020" else struct.pack("<q", len(stream) + 8) + stream
    )


def coded(voxels, kind, version):
    """The voxels as they stand in a file of this type."""
    if kind == "bits":
        return packed_bits(voxels)
    if kind in ("runs", "binary runs"):
        return with_length(runs(voxels) if kind == "runs" else binary_runs(voxels), version)
    return plain(voxels, kind)


def aim_bytes(voxels, kind="int16", version="030", *, log=LOG, data=None, type_code=None, **geometry):
    """An AIM file of voxels (z, y, x).

    :param data: the coded voxels, to use instead of the right ones.
    :param geometry: `position`, `size`, `frame` in voxels, `spacing_mm`, `blocks` (the list of lengths).
    """
    data = coded(voxels, kind, version) if data is None else data
    type_code = AIM_TYPES[kind] if type_code is None else type_code
    position = geometry.get("position", (195, 212, 50))
    size = geometry.get("size", voxels.shape[::-1])
    frame = geometry.get("frame", (0, 0, 0))
    spacing = geometry.get("spacing_mm", (0.02, 0.02, 0.034))
    text = log.encode("latin-1")
    number = "i" if version == "020" else "q"
    places = struct.pack(f"<21{number}", *position, *size, *frame, *[0] * 12)
    if version == "020":
        elements = b"".join(f_float(step) for step in np.float32(spacing).tolist())
        structure = (
            struct.pack("<6i", 16, 0, 0, 0, 0, type_code) + places + elements + struct.pack("<5i", 0, 0, 0, 0, 1)
        )
    else:
        elements = struct.pack("<3q", *(round(step * 1e6) for step in spacing))
        structure = struct.pack("<4i", 24, 0, 0, type_code) + places + elements + struct.pack("<4i", 0, 0, 0, 1)
    unit = struct.calcsize(number)
    blocks = geometry.get("blocks", (5 * unit, len(structure), len(text), len(data), 0))
    magic = b"" if version == "020" else b"AIMDATA_V030   \0"
    return magic + struct.pack(f"<{len(blocks)}{number}", *blocks) + structure + text + data
