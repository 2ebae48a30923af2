from __future__ import annotations

import json
import multiprocessing
import os
import signal

import cv2
import numpy as np
import pytest

from fdp_mmaction.datasets import CASME2Dataset
from fdp_mmaction.datasets.preparation.flow import FlowSettings, prepare_flow
from fdp_mmaction.errors import DatasetError

DIS = FlowSettings('dis', clip_len=4)


def flow_files(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob('*.flow/*/[!.]*.npy'))}


def dataset(root, **sampling):
    pipeline = [dict(type='SampleMEFrames', **sampling), dict(type='LoadPackedFrames'),
                dict(type='FlowTarget', method='dis', cache=True, compute=False)]
    return CASME2Dataset(root, test_subject='sub01', test_mode=True, pipeline=pipeline)


@pytest.mark.parametrize('settings, sampling, pairs', [
    (DIS, dict(clip_len=4), 3),
    (FlowSettings('dis', 3, num_clips=2), dict(clip_len=3, num_clips=2), 4),
    (FlowSettings('dis', 5, 'stride'), dict(clip_len=5, num_clips=2, mode='stride'), 8),      # 12 // 5 offsets
])
def test_training_finds_all_it_samples(prepared, settings, sampling, pairs):
    seen = []
    report = prepare_flow(prepared, settings, on_progress=lambda *progress: seen.append(progress))
    assert (report.clips, report.left_out) == (15, ()) and seen[-1] == (15, 15, 'sub03/EP04_01')
    assert len(flow_files(prepared)) == 15 * pairs
    data = dataset(prepared, **sampling)
    assert all(np.isfinite(data[index]['gt_flow']).all() for index in range(len(data)))
    with pytest.raises(DatasetError, match='compute it beforehand'):
        dataset(prepared, clip_len=7)[0]


def test_processes_write_what_one_writes(prepared, tmp_path):
    prepare_flow(prepared, DIS)
    alone = flow_files(prepared)
    for name in alone:
        (prepared / name).unlink()
    assert prepare_flow(prepared, DIS, workers=2).clips == 15
    assert flow_files(prepared) == alone


def _killed_at_rename(count, root):
    cv2.setNumThreads(0)
    rename, seen = os.replace, iter(range(10 ** 6))

    def deadly_rename(*paths):
        if next(seen) == count:
            os.kill(os.getpid(), signal.SIGKILL)
        rename(*paths)

    os.replace = deadly_rename
    prepare_flow(root, DIS)


@pytest.mark.parametrize('count', [0, 17])
def test_killed_and_continued_equals_undisturbed(prepared, count):
    process = multiprocessing.get_context('fork').Process(target=_killed_at_rename, args=(count, prepared))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL and len(flow_files(prepared)) == count
    times = {path: path.stat().st_mtime_ns for path in prepared.rglob('*.flow/*/[!.]*.npy')}
    prepare_flow(prepared, DIS)
    assert len(flow_files(prepared)) == 45
    assert {path: path.stat().st_mtime_ns for path in times} == times      # not made again
    assert len(dataset(prepared, clip_len=4)[0]['gt_flow']) == 3


def test_clips_that_fail_are_listed(prepared):
    (prepared / 'clips/sub02/EP03_01.npy').write_bytes(b'')
    content = json.loads((prepared / 'annotations.json').read_text())
    content['data_list'][0]['num_frames'] = 3
    (prepared / 'annotations.json').write_text(json.dumps(content))
    report = prepare_flow(prepared, FlowSettings('dis', 4, 'stride'))
    assert report.clips == 13
    short, damaged = report.left_out
    assert (short.item, short.reason, short.lost) == ('sub01/EP00_01', 'fewer than 4 frames', False)
    assert damaged.item == 'sub02/EP03_01' and damaged.reason.startswith('noise/sub02/EP03_01: cannot read')
    assert report.lost == (damaged,)


def test_wrong_input(prepared, tmp_path):
    with pytest.raises(DatasetError, match=r'annotations.json does not exist: prepare the dataset first'):
        prepare_flow(tmp_path)
    with pytest.raises(DatasetError, match='workers must be at least 1'):
        prepare_flow(prepared, workers=0)
    with pytest.raises(DatasetError, match='No clip of .* has 13 frames'):
        prepare_flow(prepared, FlowSettings('dis', 13, 'stride'))
    for wrong in (dict(method='farneback'), dict(mode='random'), dict(clip_len=1), dict(num_clips=0)):
        with pytest.raises(DatasetError, match='Flow '):
            FlowSettings(**wrong)
    for content in ('', '[]', '{"data_list": [3]}', '{"data_list": [{"sample_id": 1}]}'):
        (prepared / 'annotations.json').write_text(content)
        with pytest.raises(DatasetError, match='not the annotations of a prepared folder'):
            prepare_flow(prepared)


def test_a_full_disk_ends_the_run(prepared):
    (prepared / 'clips/sub01/EP00_01.flow').write_text('a file where the folder would be')
    with pytest.raises(OSError):
        prepare_flow(prepared, DIS)


def test_starting_over_removes_old_flow(prepared):
    from fdp_mmaction.datasets.preparation.folder import PreparedFolder
    prepare_flow(prepared, DIS)
    (prepared / 'preparation.json').write_text('{"identity": {}}')
    PreparedFolder(prepared).open({'settings': 1}, fresh=True)
    assert flow_files(prepared) == {}
