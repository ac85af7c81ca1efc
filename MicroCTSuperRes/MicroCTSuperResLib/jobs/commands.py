"""The commands of this package, in the order of `microct-superres --help`, and its services."""

from .compare_job import COMPARE
from .convert_job import CONVERT
from .devices_job import DEVICES
from .enhance_job import ENHANCE
from .info_job import INFO
from .models_job import MODELS
from .phantom_job import PHANTOM
from .preview_job import PREVIEW
from .simulate_job import SIMULATE

COMMANDS = (ENHANCE, COMPARE, INFO, CONVERT, MODELS, DEVICES, PHANTOM, SIMULATE)

# For the worker alone.
SERVICES = (PREVIEW,)
