"""What two runs differ in, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from mmengine.config import Config

MOST = 12
"""Differences that are shown."""
_OPTIONS = dict(selection='--select', inner_share='--inner-share', released_folds='--released-folds',
                processes='--gpus-per-fold', test_statistics='--allow-test-statistics')
_NONE = object()


def config_differences(before: Config, now: Config) -> list[str]:
    """Settings in which two configs differ.

    Args:
        before (Config): The old one.
        now (Config): The new one.

    Returns:
        list[str]: ``train_cfg.max_epochs: 20 -> 1``, named as ``--cfg-options`` names them; of a list with other
        components ``custom_hooks: without ReportHook, with EpochSeedHook``.
    """
    return list(_differ(dict(before.items()), dict(now.items()), ''))


def _differ(old: Any, new: Any, name: str) -> Iterator[str]:
    maps = [isinstance(value, Mapping) for value in (old, new)]
    if old == new:
        return
    if all(maps) or (any(maps) and _NONE in (old, new)):
        old, new = ({} if value is _NONE else value for value in (old, new))
        for key in dict.fromkeys([*old, *new]):
            yield from _differ(old.get(key, _NONE), new.get(key, _NONE), f'{name}.{key}' if name else str(key))
    elif _has_components(old) and _has_components(new):
        parts = [[_kind(item) for item in value] for value in (old, new)]
        pairs = [(block.a + k, block.b + k) for block in SequenceMatcher(None, *parts, False).get_matching_blocks()
                 for k in range(block.size)]
        gone, come = ([kind for index, kind in enumerate(kinds) if index not in matched]
                      for kinds, matched in zip(parts, zip(*pairs) if pairs else ((), ())))
        if gone or come:
            yield f'{name}: ' + ', '.join(filter(None, [f'without {", ".join(gone)}' if gone else '',
                                                        f'with {", ".join(come)}' if come else '']))
        for first, second in pairs:
            yield from _differ(old[first], new[second], f'{name}.{second}')
    else:
        yield f'{name}: {_text(old)} -> {_text(new)}'


def _has_components(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and any(isinstance(item, Mapping) for item in value)


def _kind(item: Any) -> str:
    return str(item.get('type', 'a dict')) if isinstance(item, Mapping) else repr(item)


def _text(value: Any, longest: int = 200) -> str:
    text = 'not set' if value is _NONE else repr(value)
    return text if len(text) <= longest else f'{text[:longest]} ...'


def run_differences(before: Mapping[str, Any], now: Mapping[str, Any], config: Sequence[str]) -> list[str]:
    """What a run that is asked for differs in from the one that is there.

    Args:
        before (Mapping): ``loso.json`` of the one that is there.
        now (Mapping): That of the one asked for.
        config (Sequence[str]): From :func:`config_differences`.

    Returns:
        list[str]: Empty if one can go on with the other.
    """
    old = before.get('identity')
    old = old if isinstance(old, Mapping) else {}
    changed = [key for key, value in now['identity'].items() if old.get(key) != value]
    found = list(config) if 'config' in changed else []
    if 'config' in changed and not found:
        found.append('the config: its text is another')
    elif 'options' in changed and not found:
        found.append('--cfg-options: others')
    found += [f'{name}: {old.get(key, "not known")} -> {now["identity"][key]}' for key, name in _OPTIONS.items()
              if key in changed]
    if 'annotations' in changed:
        found.append('annotations.json: its content is another')
    gone, new = (sorted(set(a['subjects']) - set(b['subjects'])) for a, b in ((before, now), (now, before)))
    if gone or new:
        found.append('folds: ' + ' and '.join(filter(None, [f'without {", ".join(gone)}' if gone else '',
                                                            f'with {", ".join(new)}' if new else ''])))
    return found


def listed(differences: Sequence[str]) -> str:
    """Differences, one in a line, and no more than :data:`MOST`."""
    lines = [f'  {text}' for text in differences[:MOST]]
    if len(differences) > MOST:
        lines.append(f'  ... and {len(differences) - MOST} more')
    return '\n'.join(lines)
