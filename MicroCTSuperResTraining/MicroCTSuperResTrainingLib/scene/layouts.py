"""The layouts with plots of this module; those that show volumes are module 1's."""

from __future__ import annotations

from MicroCTSuperResLib.scene.layouts import DL_VIEW, HR_VIEW, LR_VIEW, PLOT_CLASS, TRIPLE, Layout, View

LOSS_VIEW = View("MicroCTTrainingLoss", PLOT_CLASS, "Loss", "#999999")
PSNR_VIEW = View("MicroCTTrainingPSNR", PLOT_CLASS, "PSNR", "#56B4E9")
SSIM_VIEW = View("MicroCTTrainingSSIM", PLOT_CLASS, "SSIM", "#009E73")
CURVE_VIEWS = (LOSS_VIEW, PSNR_VIEW, SSIM_VIEW)

CURVES = Layout(7201, ((LOSS_VIEW,), (PSNR_VIEW,), (SSIM_VIEW,)))
# A specimen without DL in the views of the comparison.
LR_HR = Layout(7202, ((LR_VIEW, HR_VIEW),))

# Results: a chart below the specimen that is looked at, or alone, where a long legend needs the room.
RESULT_VIEW = View("MicroCTResult", PLOT_CLASS, "Result", "#999999")
RESULT = Layout(7211, ((LR_VIEW, DL_VIEW, HR_VIEW), (RESULT_VIEW,)))
RESULT_ALONE = Layout(7212, ((RESULT_VIEW,),))
TRAINING_LAYOUTS = (CURVES, LR_HR, RESULT, RESULT_ALONE)


def layout_of_specimen(shown: int, *, with_dl: bool) -> Layout:
    """Where a specimen is to be seen; a chart that is shown now stays below it.

    :param shown: number of the layout that is shown now.
    :param with_dl: whether there is a DL volume.
    """
    if shown in (RESULT.number, RESULT_ALONE.number):
        return RESULT
    return TRIPLE if with_dl else LR_HR
