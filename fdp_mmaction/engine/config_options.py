"""``--cfg-options``: merged into a config, or refused where they would change nothing."""

from __future__ import annotations

import inspect
import os
import re
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mmengine.config import Config
from mmengine.runner import Runner

from fdp_mmaction.engine.launch import SEE_MORE, UsageError, summary

VARIABLE = re.compile(r'\{\{\s*\$\s*(\w+)\s*:\s*(.*?)\s*\}\}')
"""A variable of the environment and its default, in the text of a config."""


def merge_options(cfg: Config, args: Namespace) -> Config:
    """Merge ``--cfg-options``, which win over everything.

    Args:
        cfg: From :func:`~fdp_mmaction.engine.launch.read_config`.
        args: The command line.

    Returns:
        The same config, changed.

    Raises:
        UsageError: An option does not fit the config, or would change nothing.
    """
    options = args.cfg_options or {}
    for key in options:
        refuse_variable(cfg, key)
    try:
        cfg.merge_from_dict(options)
    except Exception as error:
        raise UsageError(f'{in_words(options)} does not go with {args.config}: {summary(error)} ({SEE_MORE}).'
                         ) from error
    return cfg


def in_words(options: Mapping[str, Any] | None) -> str:
    """The options as they are written, or nothing."""
    return ' '.join(['--cfg-options', *(f'{key}={value}' for key, value in options.items())]) if options else ''


def unknown(cfg: Config, options: Iterable[str]) -> list[str]:
    """Those of the dotted names that a config does not have."""
    return [key for key in options if find(cfg, key, default=unknown) is unknown]


def refuse_variable(cfg: Config, key: str) -> None:
    """Refuse to set what is used only while the config is read, such as ``data_root``.

    Args:
        cfg: The config before it is set.
        key: Dotted name.

    Raises:
        UsageError: Its value has gone into other settings already.

    Examples:
        >>> refuse_variable(Config.fromfile('configs/fdp_synthetic.py'), 'data_root')
        Traceback (most recent call last):
        ...
        UsageError: --cfg-options data_root would change nothing: its value went into other settings when
        configs/fdp_synthetic.py was read. Set ME_SYNTHETIC_ROOT in the environment, or ... instead.
    """
    parts, value = inspect.signature(Runner.__init__).parameters, find(cfg, key)
    if value is None or key.split('.')[0] in parts:
        return
    places = [place for name in cfg if name in parts for place in places_of(cfg[name], value, name)]
    if places:
        variables = [name for name, default in VARIABLE.findall(cfg.text) if os.environ.get(name, default) == value]
        remedies = [f'{name} in the environment' for name in dict.fromkeys(variables)]
        raise UsageError(f'--cfg-options {key} would change nothing: its value went into other settings when '
                         f'{cfg.filename} was read. Set {", or ".join([*remedies, ", ".join(places[:6])])} instead.')


def find(cfg: Any, key: str, default: Any = None) -> Any:
    """Value of a dotted name, in which numbers count the items of a list; ``default`` if there is none."""
    for name in key.split('.'):
        if isinstance(cfg, (list, tuple)) and name.isdigit() and int(name) < len(cfg):
            cfg = cfg[int(name)]
        elif isinstance(cfg, (Mapping, Config)) and name in cfg:
            cfg = cfg[name]
        else:
            return default
    return cfg


def places_of(cfg: Any, value: Any, name: str) -> Iterator[str]:
    """Dotted names of the settings that have a value.

    Args:
        cfg: A part of a config.
        value: Looked for.
        name: Of the part.

    Yields:
        str: A name.
    """
    if type(cfg) is type(value) and cfg == value:
        yield name
    elif isinstance(cfg, Mapping):
        for key in cfg:
            yield from places_of(cfg[key], value, f'{name}.{key}')
    elif isinstance(cfg, (list, tuple)):
        for index, item in enumerate(cfg):
            yield from places_of(item, value, f'{name}.{index}')
