"""The names that the authors' released MOL code gives its weights, and ours.

The network is the one of ``configs/_base_/models/mol_released.py``. Some tensors have fewer axes here: a released
kernel ``(64, 1, 32, 1)`` is ours ``(64, 32)``, the same values in the same order.
"""

from __future__ import annotations

from .released_keys import Entries, ReleasedEntry, ReleasedNetwork, norm, weights

__all__ = ['MOL', 'convert_released', 'released_entries']

_STEM = ((8, 4), (32, 3), (64, 2), (128, 1))                                # width, kernel
_CHANNELS, _POSITIONS, _LENGTH, _FFN = 128, 256, 32, 2
_ENCODER = ((64, 6), (128, 4), (256, 2))                                    # width, kernel
_REDIRECT, _DISPLACEMENTS = 32, 441
_LEVELS = (('3_1',), ('4', '4_1'), ('5', '5_1'), ('6', '6_1'))              # released names of the convolutions
_LEVEL_WIDTHS = (256, 512, 512, 1024)
_DECODER, _SKIPS = (512, 256, 128, 128, 64, 32), (512, 512, 256, 128, 64, 1)


def _fcc(own: str, released: str) -> Entries:
    half = _CHANNELS // 2
    # "1" and "2" are the first and the second pass; rows come first in one half of the channels, columns in the other
    passes = {(1, 'H'): 'rows_first.0', (1, 'W'): 'columns_first.0', (2, 'H'): 'columns_first.1',
              (2, 'W'): 'rows_first.1'}
    line = {'H': (_LENGTH, 1), 'W': (1, _LENGTH)}
    for (index, axis), name in passes.items():
        yield ReleasedEntry(f'{own}.{name}.kernel', f'{released}.meta_kernel_{index}_{axis}', (half, 1, *line[axis]),
                            (half, _LENGTH))
    for (index, axis), name in passes.items():
        yield ReleasedEntry(f'{own}.{name}.bias', f'{released}.meta_{index}_{axis}_bias', (half,))
    for (index, axis), name in passes.items():
        yield ReleasedEntry(f'{own}.{name}.position', f'{released}.meta_pe_{index}_{axis}', (1, half, *line[axis]),
                            (half, _LENGTH))
    for index, name in enumerate(('rows_first', 'columns_first'), start=1):
        yield from norm(f'{own}.{name}.0.norm', f'{released}.pre_Norm_{index}', half)
    yield from norm(f'{own}.feed_forward.0', f'{released}.ffn.0', _CHANNELS)
    yield from weights(f'{own}.feed_forward.1', f'{released}.ffn.1', _FFN, _CHANNELS, 1, 1)
    yield from weights(f'{own}.feed_forward.3', f'{released}.ffn.4', _CHANNELS, _FFN, 1, 1)


def _backbone() -> Entries:
    channels = 1
    for index, (width, kernel) in enumerate(_STEM):
        yield from weights(f'backbone.stem.{index}.conv', f'conv_stack.conv_stack.{index}', width, channels, kernel,
                           kernel)
        channels = width
    for block in range(2):
        yield from _fcc(f'backbone.blocks.{block}.fcc', f'FCC_{block + 1}')
    for block in range(2):
        for index, name in enumerate(('centre', 'difference'), start=1):
            yield from weights(f'backbone.blocks.{block}.ccc.{name}', f'CCC_{block + 1}.conv{index}', _POSITIONS, 1,
                               _POSITIONS, own_shape=(_POSITIONS, _POSITIONS))


def _flow_convolution(own: str, released: str, width: int, channels: int, kernel: int) -> Entries:
    yield from weights(f'{own}.conv', f'flownet.{released}.0', width, channels, kernel, kernel, bias=False)
    yield from norm(f'{own}.bn', f'flownet.{released}.1', width)


def _optical_flow() -> Entries:
    own, channels = 'aux_heads.flow', 1
    for index, (width, kernel) in enumerate(_ENCODER):
        yield from _flow_convolution(f'{own}.encoder.{index}', f'conv{index + 1}', width, channels, kernel)
        channels = width
    yield from _flow_convolution(f'{own}.redirect', 'conv_redir', _REDIRECT, channels, 1)
    own, channels = f'{own}.decoder', _REDIRECT + _DISPLACEMENTS + 2 * _CHANNELS
    for level, (names, width) in enumerate(zip(_LEVELS, _LEVEL_WIDTHS)):
        for index, name in enumerate(names):
            yield from _flow_convolution(f'{own}.levels.{level}.{index}', f'conv{name}', width, channels, 3)
            channels = width
    inputs = [channels, *(skip + width + 2 for skip, width in zip(_SKIPS, _DECODER))]
    coarsest = len(_DECODER)        # the released names count resolutions down to 0, the full one
    for step, width in enumerate(_DECODER):
        yield from weights(f'{own}.enlarged_maps.{step}.0', f'flownet.deconv{coarsest - 1 - step}.0', inputs[step],
                           width, 4, 4, bias=False)
    for step in range(coarsest + 1):
        name = f'{own}.predictors.{step}' if step < coarsest else f'{own}.output'
        yield from weights(name, f'flownet.predict_flow{coarsest - step}', 2, inputs[step], 3, 3, bias=False)
    for step in range(coarsest):
        yield from weights(f'{own}.enlarged_flows.{step}',
                           f'flownet.upsampled_flow{coarsest - step}_to_{coarsest - 1 - step}', 2, 2, 4, 4, bias=False)


def _class_and_landmarks(num_classes: int) -> Entries:
    yield from weights('cls_head.convolution', 'mer_3dcnn.conv3d', 32, _CHANNELS, 2, 2, 5)
    yield from weights('cls_head.classifier.3', 'mer_3dcnn.fc1', 256, 2560)
    yield from weights('cls_head.classifier.6', 'mer_3dcnn.fc2', num_classes, 256)
    own = 'aux_heads.landmarks'
    yield from weights(f'{own}.convolution', 'ldm_predictor.convldm', 32, _CHANNELS, 3, 3)
    yield from weights(f'{own}.hidden', 'ldm_predictor.fc1', 512, 6272)
    yield from weights(f'{own}.output', 'ldm_predictor.fc2', 136, 512)


def released_entries(num_classes: int = 5) -> list[ReleasedEntry]:
    """All tensors of the network, in the order of the released state dict.

    Args:
        num_classes (int): Classes of the last layer. Defaults to 5.

    Returns:
        list[ReleasedEntry]: 175 entries.

    Examples:
        >>> tuple(released_entries()[0])
        ('backbone.stem.0.conv.weight', 'conv_stack.conv_stack.0.weight', (8, 1, 4, 4), None)
    """
    return [*_backbone(), *_optical_flow(), *_class_and_landmarks(num_classes)]


MOL = ReleasedNetwork('MOL', 'configs/_base_/models/mol_released.py',
                      ('cls_head.classifier.6.weight', 'mer_3dcnn.fc2.weight'), released_entries)
"""The network and its table."""
convert_released = MOL.convert
"""Rename a released state dict to ours, or back: see
:meth:`ReleasedNetwork.convert <fdp_mmaction.models.released_keys.ReleasedNetwork.convert>`."""
