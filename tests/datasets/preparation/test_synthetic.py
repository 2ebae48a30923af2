from __future__ import annotations

import json

import numpy as np
import pytest

from fdp_mmaction.datasets.preparation import prepare_synthetic
from fdp_mmaction.datasets.synthetic import SyntheticConfig, plan_clips, render_aligned_clip
from fdp_mmaction.errors import DatasetError

CONFIG = SyntheticConfig(num_subjects=2, clips_per_subject=1, fps=25)


def test_rendered_clips_are_stored_as_they_are(tmp_path):
    report = prepare_synthetic(CONFIG, tmp_path / 'out', size=32)
    annotations = json.loads((tmp_path / 'out/annotations.json').read_text())
    assert annotations['metainfo']['dataset'] == 'synthetic' and annotations['metainfo']['fps'] == 25
    plans = plan_clips(CONFIG)
    assert len(plans) == len(annotations['data_list']) == len(report.data_list) == 2
    for plan, record in zip(plans, annotations['data_list']):
        rendered = render_aligned_clip(plan, size=32)
        assert np.array_equal(np.load(tmp_path / 'out' / record['frames']), rendered.frames)
        assert np.array_equal(np.load(tmp_path / 'out' / record['landmarks']), rendered.landmarks)
        assert record['sample_id'] == f'synthetic/{plan.subject}/{plan.clip}' and record['emotion'] == plan.emotion
        assert record['frame_ids'] == list(range(plan.onset, plan.offset + 1)) and record['apex'] == plan.apex
        assert record['num_frames'] == plan.num_frames and record['action_units']
    assert prepare_synthetic(CONFIG, tmp_path / 'out', size=32).already_done == 2


def test_another_seed_is_refused(tmp_path):
    prepare_synthetic(CONFIG, tmp_path / 'out', size=16)
    with pytest.raises(DatasetError, match='generator.seed = 0, now 1'):
        prepare_synthetic(SyntheticConfig(2, 1, seed=1, fps=25), tmp_path / 'out', size=16)
    with pytest.raises(DatasetError, match='Size 8'):
        prepare_synthetic(CONFIG, tmp_path / 'other', size=8)
