"""How the clips of a prepared folder were made, in a few sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fdp_mmaction.datasets.preparation.folder import REPORT

from .paths import without_paths

_SHOWN = 10
"""Clips left out that are named."""


def read_preparation(root: str | Path) -> tuple[str, ...]:
    """What the ``preparation.json`` of a prepared folder says, in words.

    Args:
        root (str | Path): The folder.

    Returns:
        tuple[str, ...]: Sentences without paths; none if there is no such file, or it cannot be read.
    """
    try:
        account = json.loads(Path(root, REPORT).read_text(encoding='utf-8'))
        return tuple(map(without_paths, preparation_lines(account)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ()


def preparation_lines(account: Mapping[str, Any]) -> list[str]:
    """The account of a preparation, shortened.

    Args:
        account (Mapping): Content of ``preparation.json``.

    Returns:
        list[str]: Sentences: how frames were aligned, where landmarks came from, what was corrected and left out, and
        where the counts deviate from the published ones.

    Raises:
        KeyError: If it is no such account; TypeError or AttributeError likewise.
    """
    identity = account['identity']
    lines = [f'`{identity["dataset"]}`, prepared by {account.get("tool", "fdp_mmaction")}'
             + ('.' if account.get('complete') else '; the preparation was not finished.')]
    generator = identity.get('generator')
    if generator:
        lines.append('Rendered: ' + ', '.join(f'{name} {value}' for name, value in generator.items()) + '.')
    for name, part in (identity.get('parts') or {'': identity}).items():
        lines += _settings(part.get('settings') or {}, f'{name}: ' if name else '')
    found = account.get('faces') or {}
    if found.get('clips_with_fallback'):
        kinds = ', '.join(f'{kind} {counts["clips"]}' for kind, counts in found['kinds'].items())
        lines.append(f'Faces of {found["clips_with_fallback"]} clips were not found in the first way ({kinds}).')
    if account.get('errata_applied'):
        lines.append(f'{_count(len(account["errata_applied"]), "known error")} of the release corrected.')
    lines += _left_out(account.get('left_out') or ())
    deviations = (account.get('census') or {}).get('deviations') or ()
    lines += [f'Counts against the published ones: {deviation}' for deviation in deviations]
    return lines


def _settings(settings: Mapping[str, Any], prefix: str) -> list[str]:
    lines = []
    if 'align' in settings:
        how = 'one transform for each clip, from its first frame' if settings['align'] == 'onset' else (
            'one transform for each frame')
        lines.append(f'{prefix}grey frames aligned to {settings["size"]} x {settings["size"]} pixels, {how}.')
    elif 'size' in settings:
        lines.append(f'{prefix}grey frames of {settings["size"]} x {settings["size"]} pixels.')
    if 'landmark_source' in settings:
        options = ', '.join(f'{name} {value}' for name, value in (settings.get('landmark_options') or {}).items())
        source = {'none': 'none: the frames show the face alone already'}.get(settings['landmark_source'],
                                                                             settings['landmark_source'])
        lines.append(f'{prefix}landmarks: {source}' + (f' ({options}).' if options else '.'))
    return lines


def _left_out(entries: Any) -> list[str]:
    if not entries:
        return ['Nothing was left out.']
    lost = sum(bool(entry['lost']) for entry in entries)
    lines = [f'{_count(len(entries), "row or clip", "rows or clips")} left out, {lost} of them lost though they should '
             'have given a sample.']
    shown = sorted(entries, key=lambda entry: not entry['lost'])[:_SHOWN]
    lines += [f'left out: {entry["item"]}: {entry["reason"]}' for entry in shown]
    if len(entries) > len(shown):
        lines.append(f'and {len(entries) - len(shown)} more, see preparation.json.')
    return lines


def _count(number: int, one: str, many: str = '') -> str:
    return f'{number} {one if number == 1 else many or one + "s"}'
