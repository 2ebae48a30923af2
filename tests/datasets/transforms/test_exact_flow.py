"""Exact flow of prepared synthetic clips, rendered directly and read from images."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets import SyntheticMEDataset
from fdp_mmaction.datasets.preparation import (FlowSettings, PreparationSettings, prepare_flow, prepare_synthetic,
                                               prepare_synthetic_release)
from fdp_mmaction.datasets.synthetic import SyntheticConfig, plan_clips, render_aligned_clip, write_casme2_release
from fdp_mmaction.datasets.transforms import FlipFrames, FlowTarget, LoadPackedFrames, SampleMEFrames
from fdp_mmaction.datasets.transforms.exact_flow import generator_settings
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.optical_flow import endpoint_error

CONFIG = SyntheticConfig(num_subjects=1, clips_per_subject=2, preset='hard', seed=3, fps=50)
SIZE = 40


@pytest.fixture(scope='module')
def rendered(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp('exact') / 'rendered'
    prepare_synthetic(CONFIG, root, SIZE)
    return root


@pytest.fixture(scope='module')
def from_images(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp('exact')
    write_casme2_release(CONFIG, root / 'release', 160, 120, num_workers=1, progress=False)
    settings = PreparationSettings(SIZE, landmark_options=dict(folder=str(root / 'release/landmarks')))
    for done in (0, 2):      # the second time, all is there
        assert prepare_synthetic_release(root / 'release', root / 'out', settings).already_done == done
    return root / 'out'


@pytest.fixture
def folder(rendered, tmp_path) -> Path:
    """A copy to change."""
    return Path(shutil.copytree(rendered, tmp_path / 'copy', ignore=shutil.ignore_patterns('*.flow')))


def sampled(root, index=0, **sampling):
    data = SyntheticMEDataset(root, test_subject='sub01', test_mode=True)
    return LoadPackedFrames(with_landmarks=True)(SampleMEFrames(**(sampling or dict(clip_len=4)))(
        data.get_data_info(index)))


def truth(index, indices, size=SIZE):
    clip = render_aligned_clip(plan_clips(CONFIG)[index], size=size, frames=[0])
    return np.stack([clip.flow_between(int(first), int(second)) for first, second in zip(indices[:-1], indices[1:])])


@pytest.mark.parametrize('index', [0, 1])
def test_it_is_the_generators_flow(rendered, index):
    results = sampled(rendered, index)
    flow = FlowTarget('exact')(results)['gt_flow']
    assert flow.shape == (3, 2, SIZE, SIZE) and flow.dtype == np.float32
    expected = truth(index, results['frame_inds'])
    assert endpoint_error(expected, np.zeros_like(expected)).mean() > 0.02
    np.testing.assert_allclose(flow, expected, rtol=1e-3, atol=1e-4)      # kept as float16


def test_it_is_kept_beside_the_clip(folder):
    results = sampled(folder)
    flow = FlowTarget('exact', field='gt_exact_flow')(results)['gt_exact_flow']
    kept = Path(results['frames_path']).with_suffix('.flow') / 'exact'
    assert len(list(kept.iterdir())) == 3
    (folder / 'preparation.json').unlink()      # what is kept needs nothing more
    np.testing.assert_array_equal(FlowTarget('exact', compute=False)(results)['gt_flow'], flow)


def test_all_offsets(rendered):
    results = sampled(rendered, clip_len=4, mode='stride', num_clips='all')
    flow = FlowTarget('exact', cache=False)(results)['gt_flow']
    clips = results['frame_inds'].reshape(-1, 4)
    assert flow.shape == (len(clips), 3, 2, SIZE, SIZE) and len(clips) > 2
    np.testing.assert_allclose(flow[2], truth(0, clips[2]), rtol=1e-3, atol=1e-4)


def test_a_folder_prepared_from_images(from_images):
    """Rendered by the camera, compressed, then aligned: the motion is the same up to the alignment's rounding."""
    results = sampled(from_images)
    assert json.loads((from_images / 'preparation.json').read_text())['generator']['seed'] == 3
    flow = FlowTarget('exact', cache=False)(results)['gt_flow']
    expected = truth(0, results['frame_inds'])
    assert np.abs(flow - expected).max() < 0.01 * np.abs(expected).max()


def test_it_can_be_prepared(folder):
    report = prepare_flow(folder, FlowSettings('exact', 4))
    assert report.clips == 2 and not report.left_out
    for index in (0, 1):
        results = sampled(folder, index)
        flow = FlowTarget('exact', compute=False)(results)['gt_flow']
        np.testing.assert_allclose(flow, truth(index, results['frame_inds']), rtol=1e-3, atol=1e-4)


def test_frames_that_were_changed_are_refused(folder):
    with pytest.raises(DatasetError, match='these were changed: put FlowTarget right after LoadPackedFrames'):
        FlowTarget('exact')(FlipFrames(1.0)(sampled(folder)))


@pytest.mark.parametrize('harm', [
    lambda generator: generator.update(seed=4), lambda generator: generator.update(fps=30),
    lambda generator: generator.update(preset='easy')])
def test_frames_of_other_settings_are_refused(folder, harm):
    account = json.loads((folder / 'preparation.json').read_text())
    harm(account['identity']['generator'])
    (folder / 'preparation.json').write_text(json.dumps(account))
    with pytest.raises(DatasetError, match='synthetic/sub01/EP01.*(not those of the generator|does not tell how)'):
        FlowTarget('exact')(sampled(folder))


@pytest.mark.parametrize('content', [
    None, '{', '[]', '{"identity": 3}', '{"identity": {"dataset": "casme2"}}', '{"identity": {"generator": {}}}',
    '{"identity": {}, "generator": {"generator": 0, "preset": "easy", "seed": 1, "fps": 50}}',
    '{"identity": {"generator": {"preset": {"noise": 1}, "seed": 1, "fps": 50}}}',
    '{"identity": {"generator": {"preset": "easy", "seed": "a", "fps": 50}}}',
    '{"identity": {"generator": {"preset": "no", "seed": 1, "fps": 50}}}'])
def test_other_folders_are_refused(folder, content):
    path = folder / 'preparation.json'
    path.unlink() if content is None else path.write_text(content)
    assert generator_settings(folder) is None
    with pytest.raises(DatasetError, match=r'sub01/EP01.*known of synthetic clips alone, and .*preparation.json does'):
        FlowTarget('exact')(sampled(folder))


def test_folders_without_landmarks_are_refused(folder):
    results = dict(sampled(folder), landmarks_path=None)
    with pytest.raises(DatasetError, match='prepared without landmarks'):
        FlowTarget('exact')(results)
    for path in folder.rglob('*.landmarks.npy'):
        path.unlink()
    with pytest.raises(DatasetError, match='cannot read .*landmarks.npy'):
        FlowTarget('exact')(dict(results, landmarks_path=str(path)))
