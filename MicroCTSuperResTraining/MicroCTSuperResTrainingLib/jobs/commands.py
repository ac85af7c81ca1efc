"""The commands of this package."""

from .agreement_job import AGREEMENT
from .cohort_job import COHORT
from .cross_site_job import CROSS_SITE
from .demo_job import DEMO
from .evaluate_job import EVALUATE
from .morphometry_job import MORPHOMETRY
from .train_job import TRAIN

COMMANDS = (AGREEMENT, COHORT, CROSS_SITE, DEMO, EVALUATE, MORPHOMETRY, TRAIN)
