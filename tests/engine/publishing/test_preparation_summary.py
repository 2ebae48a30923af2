from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from fdp_mmaction.datasets.preparation.report import PreparationReport
from fdp_mmaction.datasets.preparation.settings import PreparationSettings
from fdp_mmaction.datasets.readers.record import LeftOut
from fdp_mmaction.datasets.synthetic import SyntheticConfig
from fdp_mmaction.engine.publishing.preparation_summary import preparation_lines, read_preparation
from fdp_mmaction.faces.clip_landmarks import Fallback


def account(**more) -> dict:
    report = PreparationReport(Path('x'), 'samm', (), **more)
    settings = PreparationSettings(landmark_source='openface', landmark_options=dict(smooth=3)).to_json()
    return report.to_json(dict(format=1, dataset='samm', settings=settings))


def test_a_release() -> None:
    left_out = tuple(LeftOut(f'row {k}', f'/home/me/samm/{k} is missing', k == 11) for k in range(12))
    fallbacks = (('samm/006/1', (Fallback('nearest', 2, 0),)),)
    lines = preparation_lines(json.loads(json.dumps(account(left_out=left_out, fallbacks=fallbacks))))
    text = '\n'.join(lines)
    assert lines[0].startswith('`samm`, prepared by fdp_mmaction ')
    assert 'grey frames aligned to 144 x 144 pixels, one transform for each clip' in text
    assert 'landmarks: openface (smooth 3).' in lines
    assert 'Faces of 1 clips were not found in the first way (nearest 1).' in lines
    assert '12 rows or clips left out, 1 of them lost though they should have given a sample.' in lines
    assert sum(line.startswith('left out: ') for line in lines) == 10 and 'and 2 more, see preparation.json.' in lines
    assert lines[lines.index('and 2 more, see preparation.json.') - 10].startswith('left out: row 11')      # lost first


def test_a_composite_names_the_settings_of_its_parts() -> None:
    parts = {name: dict(settings=PreparationSettings(landmark_source='none', align='frame').to_json())
             for name in ('casme2', 'samm')}
    lines = preparation_lines(dict(identity=dict(dataset='megc2019', parts=parts), complete=True))
    assert 'casme2: landmarks: none: the frames show the face alone already.' in lines
    assert 'samm: grey frames aligned to 144 x 144 pixels, one transform for each frame.' in lines
    assert 'Nothing was left out.' in lines


def test_files_are_read_without_paths(tmp_path: Path) -> None:
    content = account(left_out=(LeftOut('row 1', '/home/me/samm/7 is missing', True),))
    (tmp_path / 'preparation.json').write_text(json.dumps(content))
    assert 'left out: row 1: 7 is missing' in read_preparation(tmp_path)
    for damaged in ('{', '[]', '{"identity": 3}'):
        (tmp_path / 'preparation.json').write_text(damaged)
        assert read_preparation(tmp_path) == ()
    assert read_preparation(tmp_path / 'nowhere') == ()


def test_a_rendered_folder() -> None:
    identity = dict(format=1, dataset='synthetic', generator=asdict(SyntheticConfig(1, 1)), settings=dict(size=64))
    lines = preparation_lines(PreparationReport(Path('x'), 'synthetic', ()).to_json(identity))
    assert 'grey frames of 64 x 64 pixels.' in lines
    assert any(line.startswith('Rendered: num_subjects 1, clips_per_subject 1') for line in lines)
