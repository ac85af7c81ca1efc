"""Cortical values of tubes whose areas and thickness are known."""

import numpy as np
import pytest
from MicroCTSuperResTrainingLib.morphometry.cortex import cortical_slices, marrow_cavity
from sample_structures import disk, ring

PIXEL = (0.01, 0.01)
TISSUE = disk(100)[np.newaxis]


def measured(bone, tissue=TISSUE, pixel_mm=PIXEL):
    (one,) = cortical_slices(bone, tissue, marrow_cavity(bone, tissue, pixel_mm), pixel_mm)
    return one


def test_a_tube_has_the_areas_and_the_thickness_of_its_radii():
    cortex = measured(ring(100, 80)[np.newaxis])
    # R = 1 mm, r = 0.8 mm; circles of pixels are good to half a percent.
    assert cortex.tt_ar_mm2 == pytest.approx(np.pi, rel=0.005)
    assert cortex.ma_ar_mm2 == pytest.approx(0.64 * np.pi, rel=0.005)
    assert cortex.ct_ar_mm2 == pytest.approx(0.36 * np.pi, rel=0.01)
    assert cortex.ct_ar_mm2 == pytest.approx(cortex.tt_ar_mm2 - cortex.ma_ar_mm2)
    assert cortex.ct_ar_tt_ar == pytest.approx(0.36, abs=0.003)
    assert cortex.ct_po == 0
    assert cortex.ct_th_mm == pytest.approx(0.2, abs=0.007)


def test_canals_are_pores_of_the_cortex_and_do_not_thin_it():
    bone = ring(100, 80)
    whole = measured(bone[np.newaxis])
    for angle in np.linspace(0, 2 * np.pi, 24, endpoint=False):
        bone &= ~disk(2, centre=(120 + 90 * np.sin(angle), 120 + 90 * np.cos(angle)))
    porous = measured(bone[np.newaxis])
    lost = whole.ct_ar_mm2 - np.count_nonzero(bone) * 1e-4
    assert porous.ct_po == pytest.approx(lost / whole.ct_ar_mm2)
    assert porous.ct_po > 0.02
    assert (porous.ct_ar_mm2, porous.ct_th_mm) == (whole.ct_ar_mm2, whole.ct_th_mm)


def test_trabeculae_belong_to_the_marrow_cavity():
    bone = ring(100, 80)
    whole = measured(bone[np.newaxis])
    inside = disk(80)
    bone[118:122] |= inside[118:122]  # two struts of 40 um across the cavity
    bone[:, 150:154] |= inside[:, 150:154]
    crossed = measured(bone[np.newaxis])
    # The corners where a strut meets the cortex are rounded.
    assert crossed.ma_ar_mm2 == pytest.approx(whole.ma_ar_mm2, rel=0.01)
    assert crossed.ct_th_mm == pytest.approx(whole.ct_th_mm, abs=0.01)


def test_a_solid_section_has_no_cavity():
    solid = measured(disk(50)[np.newaxis], disk(50)[np.newaxis])
    assert solid.ma_ar_mm2 == 0
    assert solid.ct_po == 0


def test_a_slice_without_tissue_has_no_cortex():
    nothing = np.zeros((1, 30, 30), bool)
    empty = measured(nothing, nothing)
    assert (empty.tt_ar_mm2, empty.ct_ar_mm2) == (0, 0)
    assert np.isnan([empty.ct_po, empty.ct_th_mm, empty.ct_ar_tt_ar]).all()


def test_the_cavity_goes_by_millimetres():
    tall = ring(100, 80)[np.newaxis, ::2]
    cavity = marrow_cavity(tall, TISSUE[:, ::2], (0.01, 0.02))
    assert np.count_nonzero(cavity) * 2e-4 == pytest.approx(0.64 * np.pi, rel=0.01)
