"""The commands of ``tools/visualize.py``, one module each: ``add(commands)`` gives it options, ``run(args)`` obeys."""

from . import cam, dataset, dynamic_image, errors, fdp, features, flow, landmarks, regions

COMMANDS = (dynamic_image, fdp, flow, cam, features, landmarks, regions, dataset, errors)

__all__ = ['COMMANDS']
