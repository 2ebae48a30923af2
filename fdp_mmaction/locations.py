"""Tells MMAction2's registries where our components are, so that they import them when they are first asked.

This is how MMEngine's registries find MMAction2's own components.
"""

from __future__ import annotations

from importlib import import_module

LOCATIONS = {'fdp_mmaction.apis': ('INFERENCERS',), 'fdp_mmaction.datasets': ('DATASETS', 'TRANSFORMS'),
             'fdp_mmaction.engine': ('FUNCTIONS', 'HOOKS', 'LOOPS'),
             'fdp_mmaction.evaluation': ('METRICS',), 'fdp_mmaction.models': ('MODELS',)}
"""Package -> registries of its components."""


def add_locations() -> None:
    """Append our packages to the registries' own; where a registry was already asked, import ours at once."""
    for location, names in LOCATIONS.items():
        for name in names:
            host = import_module('mmengine.registry' if name == 'FUNCTIONS' else 'mmaction.registry')
            registry = getattr(host, name)
            if registry._imported:
                import_module(location)
            elif location not in registry._locations:
                registry._locations.append(location)
