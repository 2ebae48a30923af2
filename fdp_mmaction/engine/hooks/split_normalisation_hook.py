"""Each part of the data normalised by its own mean and maximum, as the released FDP and MOL codes do."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.registry import HOOKS


def split_constants(dataset: Any) -> tuple[float, float]:
    """Constants that normalise a part of the data by its own frames.

    ``(x - mean) / (max - mean)`` of grey levels x is the same as mapping them to [-1, 1], subtracting the mean of all
    values and dividing by the maximum of what results.

    Args:
        dataset (Dataset): Gives ``dict(inputs=uint8 tensor)`` for each clip; each is read once.

    Returns:
        tuple[float, float]: Mean, and maximum minus mean, in grey levels.

    Raises:
        DatasetError: If all pixels are equal.

    Examples:
        >>> split_constants([dict(inputs=torch.tensor([0, 100, 200]))])
        (100.0, 100.0)
    """
    total, count, highest = 0, 0, 0
    for index in range(len(dataset)):
        inputs = dataset[index]['inputs']
        total += int(inputs.sum(dtype=torch.int64))
        count += inputs.numel()
        highest = max(highest, int(inputs.max()))
    mean = total / max(count, 1)
    if highest - mean <= 0:
        raise DatasetError('Frames of one grey level cannot be normalised by their maximum: look at the prepared '
                           'clips, or leave SplitNormalisationHook out.')
    return mean, highest - mean


@HOOKS.register_module()
class SplitNormalisationHook(Hook):
    """Normalise training, validation and test part each by its own mean and maximum.

    A part's frames, as its pipeline samples them, are read once; the data preprocessor's ``mean`` and ``std`` are set
    to :func:`split_constants` before the part is used. This looks at all pixels of the left-out subject at once, though
    at no label: a prediction depends on the other clips of the test part, and a single new clip would be treated
    otherwise. Fixed constants, the default everywhere else, have neither problem. A checkpoint holds no such
    constants. Pipelines should not be random, since constants are taken from one draw.
    """

    def __init__(self) -> None:
        self._constants: dict[str, tuple[float, float]] = {}

    def before_train(self, runner: Any) -> None:
        """Normalise by the training part.

        Args:
            runner (Runner): Holds model and data.

        Raises:
            DatasetError: If the frames or the data preprocessor do not allow it.
        """
        self._use(runner, 'train')

    def before_val(self, runner: Any) -> None:
        """Normalise by the validation part."""
        self._use(runner, 'val')

    def after_val(self, runner: Any) -> None:
        """Go on with the training part's constants, if there is training."""
        if 'train' in self._constants:
            self._use(runner, 'train')

    def before_test(self, runner: Any) -> None:
        """Normalise by the test part."""
        self._use(runner, 'test')

    def _use(self, runner: Any, part: str) -> None:
        if part not in self._constants:
            self._constants[part] = split_constants(getattr(runner, f'{part}_dataloader').dataset)
            mean, scale = self._constants[part]
            print_log(f'The {part} part is normalised by its own mean {mean:.3f} and maximum {mean + scale:.3f} '
                      '(grey levels).', 'current')
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        preprocessor = model.data_preprocessor
        if getattr(preprocessor, 'mean', None) is None or preprocessor.mean.numel() != 1:
            raise DatasetError('SplitNormalisationHook needs a data_preprocessor with one mean and one std, for grey '
                               'frames, such as mean=[127.5], std=[127.5].')
        mean, scale = self._constants[part]
        preprocessor.mean.fill_(mean)
        preprocessor.std.fill_(scale)
