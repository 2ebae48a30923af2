from __future__ import annotations

import multiprocessing
import os
import signal
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from fdp_mmaction import atomic
from fdp_mmaction.datasets import flow_cache
from fdp_mmaction.datasets.flow_cache import FlowCache, flow_folder
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.optical_flow import FLOW_METHODS, dis_flow, tvl1_flow


@pytest.fixture
def pair():
    picture = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (32, 40), dtype=np.uint8), (0, 0), 2)
    return picture, np.roll(picture, 1, axis=1)


@pytest.fixture
def computed(monkeypatch):
    """How often flow was computed."""
    calls = []
    for name, method in list(FLOW_METHODS.items()):
        monkeypatch.setitem(FLOW_METHODS, name, lambda frames, method=method, name=name: calls.append(name)
                            or method(frames))
    return calls


def test_folder_lies_beside_the_frames():
    assert flow_folder('data/clips/sub01/EP02_01f.npy').as_posix() == 'data/clips/sub01/EP02_01f.flow'
    assert flow_folder('data/clips/s1/v1.2.npy') != flow_folder('data/clips/s1/v1.3.npy')


def test_flow_is_computed_once(pair, tmp_path, computed):
    cache = FlowCache(tmp_path / 'c.flow')
    flow = cache.between(*pair, 'x')
    np.testing.assert_array_equal(flow, tvl1_flow(np.stack(pair))[0].astype(np.float16))
    np.testing.assert_array_equal(cache.between(*pair, 'x', compute=False), flow)
    np.testing.assert_array_equal(FlowCache(tmp_path / 'c.flow').read(*pair), flow)
    assert computed == ['tvl1'] and len(list(tmp_path.rglob('*'))) == 3
    path = cache.path(*pair)
    assert path.parent == tmp_path / 'c.flow/tvl1' and path.stat().st_size == 128 + 2 * 2 * 32 * 40


def test_files_belong_to_their_frames_method_and_order(pair, tmp_path, computed):
    first, second = pair
    other = second.copy()
    other[3, 4] ^= 1
    seen = {FlowCache(tmp_path, method).path(*frames) for method in FLOW_METHODS
            for frames in ((first, second), (second, first), (first, other), (first[:16], second[:16]),
                           (first.reshape(40, 32), second.reshape(40, 32)))}
    assert len(seen) == 10
    FlowCache(tmp_path).between(first, second, 'x')
    dis = FlowCache(tmp_path, 'dis').between(first, second, 'x')
    np.testing.assert_array_equal(dis, dis_flow(np.stack(pair))[0].astype(np.float16))
    assert FlowCache(tmp_path).read(first, other) is None and computed == ['tvl1', 'dis']
    strided = np.repeat(first, 2, axis=1)[:, ::2], np.repeat(second, 2, axis=1)[:, ::2]
    assert FlowCache(tmp_path).read(*strided) is not None


@pytest.mark.parametrize('harm', [
    lambda path: path.write_bytes(path.read_bytes()[:-9]), lambda path: path.write_bytes(b''),
    lambda path: path.write_bytes(b'no array'), lambda path: np.save(path, np.zeros((2, 3, 4), np.float16)),
    lambda path: np.save(path, np.zeros((2, 32, 40))), lambda path: np.save(path, np.array(['x', None])),
    lambda path: path.unlink()])
def test_damaged_files_are_made_again(pair, tmp_path, computed, harm):
    cache = FlowCache(tmp_path, 'dis')
    flow = cache.between(*pair, 'x')
    content = cache.path(*pair).read_bytes()
    harm(cache.path(*pair))
    np.testing.assert_array_equal(cache.between(*pair, 'x'), flow)
    assert cache.path(*pair).read_bytes() == content and computed == ['dis', 'dis']


def test_without_a_folder_nothing_is_kept_and_flow_is_the_same(pair, tmp_path):
    np.testing.assert_array_equal(FlowCache(None, 'dis').between(*pair, 'x'),
                                  FlowCache(tmp_path, 'dis').between(*pair, 'x'))
    with pytest.raises(DatasetError, match='noise/sub01/a: dis flow of a sampled pair of frames is not in None'):
        FlowCache(None, 'dis').between(*pair, 'noise/sub01/a', compute=False)


def test_still_pairs_cost_nothing(pair, tmp_path, computed):
    assert not FlowCache(tmp_path).between(pair[0], pair[0].copy(), 'x', compute=False).any()
    assert not computed and not list(tmp_path.iterdir())


def test_errors_name_the_sample(pair, tmp_path, monkeypatch):
    with pytest.raises(DatasetError, match='noise/sub01/a: .* sides of 16 pixels'):
        FlowCache(tmp_path).between(pair[0][:8], pair[1][:8], 'noise/sub01/a')
    monkeypatch.delattr(cv2.optflow, 'DualTVL1OpticalFlow_create')
    with pytest.raises(DatasetError, match='noise/sub01/a: TV-L1 flow needs the contributed modules'):
        FlowCache(tmp_path).between(*pair, 'noise/sub01/a')


def test_a_folder_that_cannot_be_written_to(pair, tmp_path, monkeypatch):
    (tmp_path / 'c.flow').write_text('a file where the folder would be')
    said = []
    monkeypatch.setattr(flow_cache, '_warned', False)
    monkeypatch.setattr(flow_cache, 'print_log', lambda text, **_: said.append(text))
    for _ in range(2):
        flow = FlowCache(tmp_path / 'c.flow', 'dis').between(*pair, 'x')
    np.testing.assert_array_equal(flow, FlowCache(None, 'dis').between(*pair, 'x'))
    assert len(said) == 1 and 'cannot be kept in' in said[0]
    with pytest.raises(OSError):
        FlowCache(tmp_path / 'c.flow', 'dis', must_keep=True).between(*pair, 'x')


def _killed_at_rename(folder, pair):
    cv2.setNumThreads(0)
    os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    FlowCache(folder, 'dis').between(*pair, 'x')


def test_a_killed_writer_leaves_no_half_file(pair, tmp_path, computed):
    process = multiprocessing.get_context('fork').Process(target=_killed_at_rename, args=(tmp_path, pair))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    cache = FlowCache(tmp_path, 'dis')
    assert list(tmp_path.rglob('.*.partial*')) and cache.read(*pair) is None
    np.testing.assert_array_equal(cache.between(*pair, 'x'), dis_flow(np.stack(pair))[0].astype(np.float16))
    np.testing.assert_array_equal(cache.read(*pair), cache.between(*pair, 'x'))


def _write_many(folder, frames, start, results):
    cv2.setNumThreads(0)
    start.wait()
    cache = FlowCache(folder, 'dis')
    atomic.os = SimpleNamespace(getpid=lambda: 7, replace=os.replace)      # as machines that share a disk may have it
    results.put(sum(float(np.abs(cache.between(first, second, 'x')).sum())
                    for first, second in zip(frames[:-1], frames[1:])))


def test_writers_at_the_same_time_agree(pair, tmp_path):
    frames = [np.roll(pair[0], shift, axis=1) for shift in range(13)]
    context = multiprocessing.get_context('fork')
    start, results = context.Event(), context.Queue()
    processes = [context.Process(target=_write_many, args=(tmp_path, frames, start, results)) for _ in range(4)]
    for process in processes:
        process.start()
    start.set()
    sums = {results.get(timeout=30) for _ in processes}
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4 and len(sums) == 1
    assert len(list(tmp_path.rglob('*.npy'))) == 12 and not list(tmp_path.rglob('.*'))
    for first, second in zip(frames[:-1], frames[1:]):
        expected = dis_flow(np.stack([first, second]))[0].astype(np.float16)
        np.testing.assert_array_equal(FlowCache(tmp_path, 'dis').read(first, second), expected)
