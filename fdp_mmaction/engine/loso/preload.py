"""Imports that every fold needs, made once by the server that folds are forked from.

Nothing here may start a thread or touch a GPU, or the forked processes would be broken: modules are imported, and no
more. What cannot be imported is left to the fold, which then says why.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

for _name in ('torch._dynamo', 'mmengine.runner', 'mmaction.datasets', 'mmaction.models', 'mmaction.engine',
              'mmaction.evaluation', 'mmaction.visualization', 'matplotlib.figure', 'matplotlib.backends.backend_agg',
              'matplotlib.pyplot', 'skimage.metrics', 'fdp_mmaction.datasets', 'fdp_mmaction.engine',
              'fdp_mmaction.evaluation', 'fdp_mmaction.models', 'fdp_mmaction.engine.loso.local',
              'fdp_mmaction.engine.loso.process'):
    with suppress(Exception):      # whatever it is, it must not end the server
        import_module(_name)
with suppress(Exception):      # the commit of what was imported now, whatever the checkout becomes
    import_module('fdp_mmaction.engine.environment').checkout_commit()
