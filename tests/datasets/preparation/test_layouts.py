"""One set of clips, written out as five releases, prepares to the same frames and landmarks."""

from __future__ import annotations

import json

import numpy as np
import pytest
from synthetic_layouts import WRITERS, render_shots, write_release

from fdp_mmaction.datasets.preparation import PreparationSettings, prepare_release
from fdp_mmaction.datasets.preparation.census import DATASET_CLASSES
from fdp_mmaction.datasets.readers import READERS

OTHERS = {'smic': 'negative'}


@pytest.fixture(scope='module')
def shots():
    return render_shots()


@pytest.fixture(scope='module')
def prepare(shots, tmp_path_factory):
    def run(name):
        root, out = tmp_path_factory.mktemp(name), tmp_path_factory.mktemp(f'{name}_prepared') / 'out'
        samples = write_release(name, shots, root)
        settings = PreparationSettings(size=48, landmark_options={'folder': str(root / 'landmarks')})
        report = prepare_release(READERS[name], root, out, settings)
        assert report.left_out == () and len(report.data_list) == len(shots)
        records = {(record['subject'], record['clip']): record for record in report.data_list}
        return out, {shot: records[sample] for shot, sample in samples.items()}
    return run


@pytest.fixture(scope='module')
def expected(prepare):
    return prepare('casme2')


@pytest.mark.parametrize('name', [name for name in WRITERS if name != 'casme2'])
def test_same_clips(name, prepare, expected, shots):
    out, records = prepare(name)
    folder, wanted = expected
    for shot in shots:
        key = shot.subject, shot.clip
        for part in ('frames', 'landmarks'):
            np.testing.assert_array_equal(np.load(out / records[key][part]), np.load(folder / wanted[key][part]))
        assert records[key]['frame_ids'] == list(shot.frame_ids) == wanted[key]['frame_ids']
        assert records[key]['emotion'] == OTHERS.get(name, 'others')
        if name != 'smic':          # which annotates no apex
            assert records[key]['apex'] == shot.apex and records[key]['apex_source'] == 'sheet'
    frames = [np.load(folder / record['frames']) for record in wanted.values()]
    assert all(clip.std() > 10 for clip in frames) and frames[0].shape[1:] == (48, 48)
    classes = DATASET_CLASSES[name]
    protocol = next(name for name, one in classes.PROTOCOLS.items() if one.label(records[1, 0]['emotion']) is not None)
    subjects = sorted({record['subject'] for record in records.values()})
    assert len(classes(str(out), protocol=protocol, test_subject=subjects[0])) == len(shots) // 2
    assert json.loads((out / 'preparation.json').read_text())['complete']
