"""Morphometry: slice-wise BA/TA against one ITKBoneMorphometry call a slice, and the time of every feature.

    python Testing/benchmarks/morphometry.py [--size 400 400 200] [--rounds 7]

BA/TA: both get the same smoothed volume and tissue mask, take turns, and must tell the same to the last bit. Only the
filter's calls count, not the 10 seconds that ITK takes to load. Without itk-bonemorphometry that part is left out.
Features: each alone on a phantom of a femur. Accuracy: mean thickness of oblique plates, rods and balls less the true
one, in voxels.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.simulation.phantoms import make_phantom
from MicroCTSuperResTrainingLib.morphometry.bone_area import ba_ta_of, slice_areas
from MicroCTSuperResTrainingLib.morphometry.cortex import cortical_slices, marrow_cavity
from MicroCTSuperResTrainingLib.morphometry.local_thickness import local_thickness
from MicroCTSuperResTrainingLib.morphometry.measuring import own_tissue
from MicroCTSuperResTrainingLib.morphometry.plate_model import load_itk, plate_model
from MicroCTSuperResTrainingLib.morphometry.segmentation import Segmentation
from MicroCTSuperResTrainingLib.morphometry.trabeculae import diameters_in

SHARP = Segmentation(500, sigma_voxels=0)


def seconds_of(work: Callable[[], object]) -> tuple[float, object]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def by_filter(itk: object, volume: Volume, tissue: np.ndarray) -> np.ndarray:
    """BA/TA of every slice by one filter call each."""
    filter_type = itk.BoneMorphometryFeaturesFilter
    told = []
    for number in range(len(tissue)):
        image = itk.image_view_from_array(volume.voxels[number : number + 1])
        mask = itk.image_view_from_array(tissue[number : number + 1].view(np.uint8))
        measured = filter_type.New(Input=image, MaskImage=mask, Threshold=SHARP.threshold)
        measured.Update()
        told.append(measured.GetBVTV())
    return np.array(told)


def compare_with_filter(volume: Volume, tissue: np.ndarray, rounds: int) -> None:
    try:
        itk = load_itk()
    except InputError as error:
        print(f"BA/TA by ITKBoneMorphometry left out: {error.message}")
        return
    by_filter(itk, volume, tissue[:2])
    fast, slow = [], []
    for _ in range(rounds):
        slow_seconds, expected = seconds_of(lambda: by_filter(itk, volume, tissue))
        fast_seconds, found = seconds_of(lambda: ba_ta_of(slice_areas(volume, tissue, SHARP)))
        fast.append(fast_seconds)
        slow.append(slow_seconds)
        if not np.array_equal(found, expected):
            raise SystemExit("The filter tells another BA/TA.")
    print(f"BA/TA of {len(tissue)} slices, equal to the last bit; a filter call a slice; ratio")
    for told, of in (("fastest", min), ("median", statistics.median)):
        print(f"  {told:8s} {of(fast):.3f} s {of(slow):8.3f} s {of(slow) / of(fast):6.0f}")


def time_features(volume: Volume) -> None:
    seconds, own = seconds_of(lambda: own_tissue(volume, Segmentation(500)))
    print(f"segmentation and contours {seconds:.1f} s")
    bone, tissue, edge = own.bone, own.tissue, volume.spacing[0]
    seconds, cavity = seconds_of(lambda: marrow_cavity(bone, tissue, volume.spacing[:2]))
    print(f"endosteal contours {seconds:.1f} s")
    features = {
        "cortical values": lambda: cortical_slices(bone, tissue, cavity, volume.spacing[:2])[0].ct_th_mm,
        "Tb.Th": lambda: diameters_in(bone, cavity, edge, cavity).mean_mm,
        "Tb.Sp": lambda: diameters_in(~bone, cavity, edge, cavity).mean_mm,
    }
    for name, work in features.items():
        seconds, value = seconds_of(work)
        print(f"{name} {seconds:.1f} s ({value:.4f} mm)")
    try:
        load_itk()
    except InputError:
        return
    seconds, found = seconds_of(lambda: plate_model(bone, cavity, edge))
    print(f"plate model {seconds:.1f} s (Tb.Th {found.tb_th_plate_mm:.4f} mm)")


def tell_accuracy(size: int = 56, each: int = 6) -> None:
    rng = np.random.default_rng(1)
    grid = np.stack(np.meshgrid(*[np.arange(size) - size / 2] * 3, indexing="ij"))
    inner = (slice(14, -14),) * 3  # far from the ends of plates and rods
    print("mean error of thickness in voxels (standard deviation over positions and directions)")
    for kind in ("plate", "rod", "ball"):
        for thickness in (3, 5, 8, 12, 16):
            errors = []
            for _ in range(each):
                places = grid - rng.uniform(-0.5, 0.5, (3, 1, 1, 1))
                normal = rng.normal(size=3)
                along = np.tensordot(normal / np.linalg.norm(normal), places, 1)
                squared = {"plate": along**2, "ball": (places**2).sum(axis=0)}
                squared["rod"] = squared["ball"] - squared["plate"]
                shape = squared[kind] <= (thickness / 2) ** 2
                part = () if kind == "ball" else inner
                errors.append(float(local_thickness(shape)[part][shape[part]].mean()) - thickness)
            print(f"  {kind:5s} {thickness:2d}: {np.mean(errors):+.2f} ({np.std(errors):.2f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", nargs=3, type=int, default=(400, 400, 200), metavar=("X", "Y", "Z"))
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    phantom = make_phantom("femur", tuple(options.size))
    # Whole numbers, as scanners write them.
    volume = phantom.with_voxels(np.rint(phantom.voxels).astype(np.int16))
    compare_with_filter(volume, own_tissue(volume, SHARP).tissue, options.rounds)
    time_features(volume)
    tell_accuracy()


if __name__ == "__main__":
    main()
