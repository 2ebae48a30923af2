"""One thing to measure: a config and what is done to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from mmengine.config import Config, DictAction
from mmengine.registry import init_default_scope

from fdp_mmaction.engine.launch import UsageError, load_config
from fdp_mmaction.engine.loso.fold_config import leaves

from .example import ME_FRAMES
from .scale import with_frames, with_size

PARTS = ('train', 'inference', 'stream')
CLASS = 'class'
"""Name of the classification head among those that ``--heads`` chooses from."""
_FLAGS = ('channels_last', 'compile', 'fold_bn', 'pack')


@dataclass(frozen=True, eq=False)      # options cannot be hashed
class Variant:
    """One thing to measure.

    Args:
        config (str): Config file.
        label (str): What sets it apart from the others. Defaults to none: the name of the config.
        options (Mapping): Overrides of the config, as ``--cfg-options``. Defaults to none.
        batch_size (int, optional): MEs in a batch. Defaults to None: the config's, of training or of testing.
        frames (int, optional): Length T of a clip. Defaults to None: the config's.
        size (int, optional): Side of the frames that the network sees. Defaults to None: the config's.
        me_frames (int): Frames of an ME. Defaults to 64.
        amp (str, optional): ``'bf16'`` or, on a GPU, ``'fp16'``. Defaults to None: float32.
        channels_last (bool, optional): Memory order of the recognizer. Defaults to None: the config's.
        compile (bool): Run the model's forward through ``torch.compile``. Defaults to False.
        heads (tuple[str, ...], optional): Heads that predict: ``'class'`` and names of auxiliary heads. Defaults to
            None: those of the config.
        fold_bn (bool): Predict by :func:`~fdp_mmaction.inference.fold_batch_norm` of the model. Defaults to False.
        pack (bool): Predict by :func:`~fdp_mmaction.inference.pack_for_cpu` of the model, with the weights in the type
            that ``amp`` says. Defaults to False.
        window (int): Frames of a window on a video, for the part ``'stream'``. Defaults to 64.
        stride (int): Frames between windows. Defaults to 8.
        video_frames (int): Frames of the video. Defaults to 512.
    """

    config: str
    label: str = ''
    options: Mapping[str, Any] = field(default_factory=dict)
    batch_size: int | None = None
    frames: int | None = None
    size: int | None = None
    me_frames: int = ME_FRAMES
    amp: str | None = None
    channels_last: bool | None = None
    compile: bool = False
    heads: tuple[str, ...] | None = None
    fold_bn: bool = False
    pack: bool = False
    window: int = 64
    stride: int = 8
    video_frames: int = 512

    @property
    def name(self) -> str:
        """Config and label, for tables."""
        return ' '.join(part for part in (Path(self.config).stem, self.label) if part)

    def changed(self, changes: Mapping[str, Any]) -> Variant:
        """The same with some changes.

        Args:
            changes (Mapping): Names of this class's arguments, and settings of the config with a dot or not.

        Returns:
            Variant: Labelled with the changes.

        Raises:
            UsageError: If a value does not suit the argument.
        """
        own = {item.name for item in fields(self)} - {'config', 'label', 'options'}
        mine = {key: _checked(key, value) for key, value in changes.items() if key in own}
        rest = {key: value for key, value in changes.items() if key not in own}
        label = ' '.join([*filter(None, [self.label]), *(f'{key}={_text(value)}' for key, value in changes.items())])
        return replace(self, label=label, options={**self.options, **rest}, **mine)


def parse_changes(words: Sequence[str], option: str) -> dict[str, Any]:
    """``KEY=VALUE`` words as a dict, values read as ``--cfg-options`` reads them.

    Args:
        words (Sequence[str]): Of the command line.
        option (str): Named in errors.

    Returns:
        dict: Key to value.

    Raises:
        UsageError: If a word is no ``KEY=VALUE``.
    """
    pairs = [word.split('=', 1) for word in words]
    if not all(len(pair) == 2 and pair[0] for pair in pairs):
        wrong = next(word for word, pair in zip(words, pairs) if len(pair) != 2 or not pair[0])
        raise UsageError(f'{option} {wrong}: give KEY=VALUE, for example channels_last=True or '
                         'model.neck.mode=approximate.')
    return {key: parse_value(value) for key, value in pairs}


def parse_value(text: str) -> Any:
    """A number, a truth value, a list or a string, as ``--cfg-options`` reads it."""
    return DictAction._parse_iterable(text)


def _text(value: Any) -> str:
    return '+'.join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _checked(key: str, value: Any) -> Any:
    if key == 'heads':
        return (value,) if isinstance(value, str) else tuple(map(str, value))
    if key == 'amp' and value in (None, 'none', 'None'):
        return None
    sound = (value in ('bf16', 'fp16') if key == 'amp' else isinstance(value, bool) if key in _FLAGS
             else isinstance(value, int) and not isinstance(value, bool) and value > 0)
    if not sound:
        wanted = 'bf16, fp16 or none' if key == 'amp' else 'True or False' if key in _FLAGS else 'a number above 0'
        raise UsageError(f'{key}={value} is not {wanted}.')
    return value


def read_variant(variant: Variant) -> Config:
    """The config of a variant, with everything done to it but compilation and mixed precision.

    Args:
        variant (Variant): The variant.

    Returns:
        Config: Its ``default_scope`` is set for this process.

    Raises:
        UsageError: If the config does not exist, or does not permit what is asked for.
    """
    cfg = load_config(variant.config)
    cfg.merge_from_dict(dict(variant.options))
    missing = [name for name in ('model', 'train_dataloader', 'test_dataloader') if cfg.get(name) is None]
    if missing:
        raise UsageError(f'{variant.config} has no {missing[0]}: give the config of a training, such as '
                         'configs/fdp_synthetic.py.')
    init_default_scope(cfg.get('default_scope') or 'mmaction')
    if variant.frames is not None:
        with_frames(cfg, variant.frames)
    if variant.size is not None:
        with_size(cfg, variant.size)
    if variant.heads is not None:
        _choose_heads(cfg, variant)
    if variant.channels_last is not None:
        _require_recognizer(cfg, variant, '--channels-last')
        cfg.model.channels_last = variant.channels_last
    return cfg


def loader_of(cfg: Config, part: str) -> Any:
    """Settings of the data loader of a part."""
    return cfg.train_dataloader if part == 'train' else cfg.test_dataloader


def pipeline_of(cfg: Config, part: str) -> list:
    """The pipeline of a part; of several datasets, the first one's."""
    return list(next(leaves(loader_of(cfg, part).dataset)).get('pipeline') or ())


def _choose_heads(cfg: Config, variant: Variant) -> None:
    _require_recognizer(cfg, variant, '--heads')
    there = list(cfg.model.get('aux_heads') or {})
    unknown = [name for name in variant.heads if name not in (CLASS, *there)]
    if unknown or CLASS not in variant.heads:
        wrong = f'{unknown[0]} is none of them' if unknown else f'{CLASS} always predicts'
        raise UsageError(f'--heads {" ".join(variant.heads)}: the heads of {variant.config} are '
                         f'{", ".join((CLASS, *there))}, and {wrong}.')
    cfg.model.test_cfg = dict(cfg.model.get('test_cfg') or {}, aux_heads=[name for name in variant.heads
                                                                          if name != CLASS])


def _require_recognizer(cfg: Config, variant: Variant, option: str) -> None:
    kind = str(cfg.model.type).rpartition('.')[2]
    if kind != 'MicroExpressionRecognizer':
        raise UsageError(f'{option} goes with models of the type MicroExpressionRecognizer; {variant.config} has a '
                         f'{kind}.')
