"""The settings of the panel, which are saved in the scene and restored with it: one pack for each section."""

from slicer.parameterNodeWrapper import parameterNodeWrapper

from .agreement_parameters import AgreementParameters
from .evaluate_parameters import EvaluateParameters
from .morphometry_parameters import MorphometryParameters
from .specimens_parameters import SpecimensParameters
from .train_parameters import TrainParameters


@parameterNodeWrapper
class Parameters:
    """All that the user chose in the panel; each section has its pack in a file of its own."""

    specimens: SpecimensParameters
    train: TrainParameters
    evaluate: EvaluateParameters
    morphometry: MorphometryParameters
    agreement: AgreementParameters
