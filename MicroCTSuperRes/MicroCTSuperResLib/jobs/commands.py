"""The commands of this package, in the order of `microct-superres --help`."""

from .convert_job import CONVERT
from .enhance_job import ENHANCE
from .info_job import INFO
from .models_job import MODELS
from .phantom_job import PHANTOM
from .simulate_job import SIMULATE

COMMANDS = (ENHANCE, INFO, CONVERT, MODELS, PHANTOM, SIMULATE)
