"""A trained model's configuration and weights, to look at what it does."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

from mmengine.config import Config
from torch import nn

from fdp_mmaction.engine.hooks import CheckpointMatchHook
from fdp_mmaction.engine.launch import load_config
from fdp_mmaction.engine.safe_loading import CheckpointError, check_is_file, load_from_local
from fdp_mmaction.errors import DatasetError

_BY_PART = 'SplitNormalisationHook'


def read_trained_config(checkpoint: str | Path, config: str | Path | None = None, by_part: bool = False
                        ) -> tuple[Path, Config]:
    """The configuration that a checkpoint was trained with.

    Args:
        checkpoint (str | Path): The weights.
        config (str | Path, optional): Their configuration. Defaults to None, the one that training left beside the
            checkpoint.
        by_part (bool): Also one that normalises each part of the data by itself, so that its model cannot be shown
            single clips as they are. Defaults to False.

    Returns:
        tuple[Path, Config]: Its file and its content.

    Raises:
        CheckpointError: If there is no checkpoint.
        DatasetError: If there is no configuration, or its model cannot be shown single clips.
    """
    path = Path(config) if config else _config_beside(Path(checkpoint).expanduser())
    if not path.is_file():
        raise DatasetError(f'Config {path} does not exist: name the one the checkpoint was trained with.')
    cfg = load_config(path)
    if normalises_by_part(cfg) and not by_part:
        raise DatasetError(f'{path} normalises each part of the data by itself ({_BY_PART}), so a single clip '
                           'cannot be shown to its model: use a model trained with fixed constants.')
    return path, cfg


def normalises_by_part(cfg: Config) -> bool:
    """Whether training, validation and test part are each normalised by their own frames, as the released codes do.

    Args:
        cfg (Config): The configuration.

    Returns:
        bool: True if it has a ``SplitNormalisationHook``.
    """
    hooks = [*(cfg.get('custom_hooks') or []), *(cfg.get('default_hooks') or {}).values()]
    return any(hook and hook['type'] == _BY_PART for hook in hooks)


def load_weights(model: nn.Module, checkpoint: str | Path) -> None:
    """Load weights, all of them.

    Args:
        model (nn.Module): Takes them.
        checkpoint (str | Path): A file that training wrote.

    Raises:
        CheckpointError: If it cannot be loaded, or is of another model.
    """
    loaded = load_from_local(str(checkpoint), map_location='cpu')
    if not isinstance(loaded, dict):
        raise CheckpointError(f'{checkpoint} is not a checkpoint of a model; name one that training wrote.')
    weights = loaded.get('state_dict', loaded)
    check = CheckpointMatchHook()
    holder = SimpleNamespace(model=model)
    check.after_load_checkpoint(holder, dict(state_dict=weights))
    check.before_test(holder)
    model.load_state_dict({name.removeprefix('module.'): value for name, value in weights.items()}, strict=False)


def _config_beside(checkpoint: Path) -> Path:
    """The resolved config that MMEngine writes into the work directory."""
    check_is_file(checkpoint)
    found = [path for path in sorted(checkpoint.parent.glob('*.py'))
             if {'model', 'test_dataloader'} <= set(re.findall(r'^(\w+) = ', path.read_text(encoding='utf-8'), re.M))]
    if len(found) != 1:
        raise DatasetError(f'{checkpoint.parent} holds {len(found) or "no"} configs: name the one that '
                           f'{checkpoint.name} was trained with by --config.')
    return found[0]
