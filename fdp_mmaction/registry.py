"""The one place that knows which registries we use: MMAction2's own, in its scope.

``FUNCTIONS`` is MMEngine's: the runner looks up ``worker_init_fn`` and ``collate_fn`` there, outside any scope.
"""

from mmaction.registry import (DATASETS, HOOKS, INFERENCERS, LOOPS, METRICS, MODELS, OPTIM_WRAPPERS, RUNNERS,
                               TRANSFORMS, VISBACKENDS, VISUALIZERS)
from mmengine.registry import FUNCTIONS

__all__ = ['DATASETS', 'FUNCTIONS', 'HOOKS', 'INFERENCERS', 'LOOPS', 'METRICS', 'MODELS', 'OPTIM_WRAPPERS', 'RUNNERS',
           'TRANSFORMS', 'VISBACKENDS', 'VISUALIZERS']
