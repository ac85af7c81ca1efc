"""What an evaluation tells of the motion between the scans."""

from MicroCTSuperResTrainingLib.evaluation.motion import motion_notes
from sample_evaluations import evaluation_of, result_of

# HR voxels of the samples are 10 um: half of one is 5 um.
STILL, MOVED = [3.0, 0.0, 4.0], [3.0, 4.0, 12.0]


def test_specimens_that_moved_beyond_half_an_hr_voxel_are_counted_with_the_remedy():
    results = [result_of("a", shift_um=STILL), result_of("b", shift_um=MOVED), result_of("c", shift_um=MOVED)]
    (note,) = motion_notes(results)
    assert "2 of 3 specimens lie more than half an HR voxel" in note
    assert "up to 13.0 um" in note  # the root of 9 + 16 + 144
    assert "--refine translation" in note
    assert motion_notes(results[:1]) == []


def test_motion_that_was_taken_back_is_told_with_what_is_left():
    results = [result_of("a", shift_um=MOVED, left_um=[0.1, 0.0, 0.0], resampled=True), result_of("b")]
    (note,) = motion_notes(results)
    assert "1 of 2 specimens" in note
    assert "up to 13.0 um before, 0.1 um after" in note


def test_what_refinement_leaves_is_told_without_the_remedy_that_was_tried():
    notes = motion_notes([result_of("a", shift_um=MOVED, left_um=[6.0, 0.0, 0.0], resampled=True)])
    assert len(notes) == 2
    assert "1 of 1 specimens lies" in notes[1]
    assert "--refine" not in notes[1]


def test_notes_of_motion_stand_among_those_of_the_evaluation():
    from MicroCTSuperResTrainingLib.evaluation.scores_json import scores_of

    evaluation = evaluation_of([result_of("a", shift_um=MOVED), result_of("b")])
    assert any("half an HR voxel" in note for note in scores_of(evaluation, None, None, {})["notes"])
