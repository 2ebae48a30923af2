"""Windows of a long video: the numbers of each window by itself, and no frame computed twice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tiny_fdp
import tiny_mol
import torch
from mmaction.structures import ActionDataSample
from torch import nn

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets.transforms import SampleMEFrames
from fdp_mmaction.inference import FrameMapCache, fold_batch_norm, predict_windows, sliding_windows

VIDEO = np.random.default_rng(0).integers(0, 256, (40, 32, 32), dtype=np.uint8)


def one_by_one(model: nn.Module, windows: np.ndarray) -> dict[str, np.ndarray]:
    """Each window as the only clip of a batch, through the whole model."""
    found: dict[str, list] = {}
    for window in windows:
        data = model.data_preprocessor(dict(inputs=[torch.from_numpy(VIDEO[window])[None, None]],
                                            data_samples=[ActionDataSample()]))
        with torch.no_grad():
            [sample] = model(**data, mode='predict')
        for key, value in sample.items():
            if key != 'pred_label':
                found.setdefault(key, []).append((value[0] if key == 'pred_rank_scores' else value).numpy())
    return {key: np.stack(values) for key, values in found.items()}


def count_frames(model: nn.Module, seen: list[int]) -> None:
    """How many frames the first layer meets."""
    model.backbone.stem[0].register_forward_hook(lambda module, inputs, output: seen.append(len(output)))


CASES: dict[str, tuple[Callable[[], nn.Module], int, set[str]]] = {
    'fdp': (lambda: tiny_fdp.build('fdp'), 8, {'pred_score', 'pred_rank_scores', 'pred_dynamic_image'}),
    'fdp_small': (lambda: tiny_fdp.build('fdp_small'), 8, {'pred_score', 'pred_rank_scores', 'pred_dynamic_image'}),
    'fdp_released': (lambda: tiny_fdp.build('fdp_released'), 8, {'pred_score', 'pred_dynamic_image'}),
    'fdp_released, folded': (lambda: fold_batch_norm(tiny_fdp.build('fdp_released')), 8,
                             {'pred_score', 'pred_dynamic_image'}),
    'mol': (tiny_mol.build, 5, {'pred_score', 'pred_flow', 'pred_landmarks'}),
    'mol, onset': (lambda: tiny_mol.build(backbone=dict(tiny_mol.tiny_mol()['backbone'], onset_difference=5.0)), 5,
                   {'pred_score', 'pred_flow', 'pred_landmarks'}),
    'mol_released': (lambda: tiny_mol.build(True), 5, {'pred_score', 'pred_flow', 'pred_landmarks'}),
}


@pytest.mark.parametrize(('length', 'stride', 'batch_size', 'frame_batch_size'), [(17, 3, 3, 4), (6, 11, 50, 50)])
@pytest.mark.parametrize('name', CASES)
def test_the_same_numbers_as_each_window_by_itself(name, length, stride, batch_size, frame_batch_size):
    make, frames, fields = CASES[name]
    model = make().double()         # so that rounding decides no tie
    windows = sliding_windows(len(VIDEO), length, stride, frames)
    found = predict_windows(model, VIDEO, windows, batch_size=batch_size, frame_batch_size=frame_batch_size)
    expected = one_by_one(model, windows)
    assert set(found) == set(expected) == fields
    for key, value in found.items():
        assert value.dtype == np.float32 and value.shape == expected[key].shape
        assert np.abs(value - expected[key]).max() < 1e-5 * max(1, np.abs(expected[key]).max()), key
        assert np.ptp(value, axis=0).max() > 1e-4, key      # windows differ


def test_no_frame_is_computed_twice():
    model, seen = tiny_fdp.build('fdp_released'), []
    windows = sliding_windows(len(VIDEO), 17, 1)
    count_frames(model, seen)
    predict_windows(model, VIDEO, windows, heads=[], batch_size=4, frame_batch_size=7)
    assert sum(seen) == len(np.unique(windows)) == 40 and max(seen) <= 7
    seen.clear()
    predict_windows(model, VIDEO, np.random.default_rng(0).permutation(windows), heads=[], batch_size=4)
    assert 40 < sum(seen) < windows.size      # in disorder, more is computed


def test_frames_are_shared_by_windows_with_one_onset_where_differences_are_to_it():
    model, seen = tiny_fdp.build('fdp_small'), []
    count_frames(model, seen)
    windows = sliding_windows(len(VIDEO), 17, 8)
    predict_windows(model, VIDEO, windows, heads=[])
    assert sum(seen) == windows.size == 24
    seen.clear()
    longer = np.concatenate((windows, windows))
    longer[:3, -1] += 4                                     # the same onsets, another end
    predict_windows(model, VIDEO, longer, heads=[])
    assert sum(seen) == 24 + 3


def test_memory_holds_the_frames_of_a_few_windows():
    model = tiny_fdp.build('fdp_released')
    cache = FrameMapCache(model.backbone, lambda numbers: torch.from_numpy(VIDEO[numbers][:, None]).float(), 40)
    with torch.no_grad():
        for window in sliding_windows(40, 9, 1):
            assert cache.gather(window[None]).shape == (1, 1, 8, 32, 32)
            assert len(cache._maps) <= 9


def test_only_heads_that_are_asked_for():
    model, ran = tiny_mol.build(test_cfg=dict(aux_heads=['landmarks'])), []
    for name, head in model.aux_heads.items():
        head.register_forward_hook(lambda module, inputs, output, name=name: ran.append(name))
    windows = sliding_windows(len(VIDEO), 9, 4, tiny_mol.FRAMES)
    assert set(predict_windows(model, VIDEO, windows)) == {'pred_score', 'pred_landmarks'} and set(ran) == {'landmarks'}
    assert set(predict_windows(model, VIDEO, windows, heads=())) == {'pred_score'}
    assert set(predict_windows(model, VIDEO, windows, heads=['flow'])) == {'pred_score', 'pred_flow'}


def test_sources_of_frames_and_precision(tmp_path):
    model, windows = tiny_fdp.build('fdp'), sliding_windows(len(VIDEO), 9, 9)
    np.save(tmp_path / 'video.npy', VIDEO)
    plain = predict_windows(model, VIDEO, windows)
    for frames in (np.load(tmp_path / 'video.npy', mmap_mode='r'), torch.from_numpy(VIDEO)):
        again = predict_windows(model, frames, windows)
        assert all(np.array_equal(value, again[key]) for key, value in plain.items())
    with torch.autocast('cpu', dtype=torch.bfloat16):
        half = predict_windows(model, VIDEO, windows)
    assert half['pred_score'].dtype == np.float32
    np.testing.assert_allclose(half['pred_score'], plain['pred_score'], atol=0.1)
    assert not np.array_equal(half['pred_score'], plain['pred_score'])


@pytest.mark.parametrize(('length', 'clip_len'), [(64, 8), (8, 8), (5, 8), (30, 1), (13, 5)])
def test_windows_are_sampled_as_the_pipeline_samples(length, clip_len):
    windows = sliding_windows(100, length, 7, clip_len)
    step = SampleMEFrames(clip_len=clip_len)
    expected = step.transform(dict(num_frames=length, sample_id='a'))['frame_inds']
    np.testing.assert_array_equal(windows, expected + 7 * np.arange(len(windows))[:, None])
    ends = 7 * np.arange(len(windows) + 1) + length
    assert windows.dtype == np.int64 and ends[-2] <= 100 < ends[-1]


def test_a_video_shorter_than_a_window():
    assert sliding_windows(5, 6).shape == (0, 8) and sliding_windows(6, 6).shape == (1, 8)
    with pytest.raises(ValueError, match='the video is shorter than a window'):
        predict_windows(tiny_fdp.build('fdp'), VIDEO, sliding_windows(40, 41))


@pytest.mark.parametrize('numbers', [(0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 0, 1), (1, 1, 1, 0)])
def test_numbers_that_do_not_do(numbers):
    with pytest.raises(ValueError, match='above 0'):
        sliding_windows(*numbers)


def test_what_is_wrong_is_said():
    model, windows = tiny_fdp.build('fdp'), sliding_windows(40, 9, 9)
    with pytest.raises(ValueError, match='mood; the auxiliary heads are dynamic_image'):
        predict_windows(model, VIDEO, windows, heads=['mood'])
    with pytest.raises(ValueError, match=r'of 0 to 40\.'):
        predict_windows(model, VIDEO, windows + (windows == windows.max()) * (40 - windows.max()))
    with pytest.raises(ValueError, match=r'grey frames \(F, H, W\); got \(40, 32\)'):
        predict_windows(model, VIDEO[:, 0], windows)
    with pytest.raises(ValueError, match='in training mode'):
        predict_windows(model.train(), VIDEO, windows)
    with pytest.raises(ValueError, match='this is a Linear'):
        predict_windows(nn.Linear(2, 2), VIDEO, windows)
    with pytest.raises(ValueError, match='Linear may not'):
        FrameMapCache(nn.Linear(2, 2), VIDEO.__getitem__, 40)
