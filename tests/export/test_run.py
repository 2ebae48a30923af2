"""What becomes of files, without the minutes that translating takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_inference

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.export import ExportError, export_model, read_source, run
from fdp_mmaction.export.check import eager_runner
from fdp_mmaction.export.timing import time_files


@pytest.fixture(scope='module')
def source(tmp_path_factory):
    return read_source(tiny_inference.write_trained(tmp_path_factory.mktemp('trained'), 'fdp'))


@pytest.fixture
def written(monkeypatch, source):
    """Files of one byte that say what the model says, and something more."""
    def write(error: float):
        def read(path):
            eager = eager_runner(source.model, ['rank', 'dynamic_image'])
            return lambda clips: {name: value + error for name, value in eager(clips).items()}
        monkeypatch.setattr(run, 'trace', lambda module, shape: None)
        monkeypatch.setattr(run, 'write_program', lambda program, path, metadata: path.write_bytes(b'x'))
        monkeypatch.setattr(run, 'load_program', read)
    return write


def test_a_file_that_differs_is_not_kept(source, written, tmp_path):
    written(1e-2)
    result = export_model(source, tmp_path, ['torch-export'])
    assert not list(tmp_path.iterdir()) and not result.files and result.description is None
    [sentence] = result.failures
    assert sentence.startswith('config.pt2 was not kept: its class_scores differs from the model by 0.0')
    written(0)
    [kept] = export_model(source, tmp_path, ['torch-export'], name='own').files
    assert kept.path == tmp_path / 'own.pt2' and (tmp_path / 'own.json').is_file()
    written(1e-2)
    assert export_model(source, tmp_path, ['torch-export'], name='own').failures
    assert sorted(path.name for path in tmp_path.iterdir()) == ['own.json', 'own.pt2']      # the older ones stay


def test_ties_of_a_dynamic_image_are_forgiven_and_no_more(source, written, monkeypatch, tmp_path):
    written(0)
    read = run.load_program

    def worse(places: int, source=source):
        def load(path):
            right = read(path)

            def runner(clips):
                found = right(clips)
                found['dynamic_image'][:, :places] += 0.5
                return found
            return runner
        monkeypatch.setattr(run, 'load_program', load)
        return export_model(source, tmp_path, ['torch-export'])
    [kept] = worse(1).files
    assert max(difference.absolute for difference in kept.differences) > 0.4
    assert 'its dynamic_image differs from the model typically by' in worse(32).failures[0]
    assert worse(32, replace(source, checkpoint=None)).files        # random weights: see docs/export.md


def test_real_clips_count_too(source, written, tmp_path):
    written(0)
    with pytest.raises(UsageError, match='8 frames of 32x32 pixels, the real ones have 4 of 16x16'):
        export_model(source, tmp_path, ['torch-export'], clips=np.zeros((1, 4, 16, 16), np.uint8))
    assert export_model(source, tmp_path, ['torch-export'], clips=np.zeros((3, 8, 32, 32), np.uint8)).files


def test_what_cannot_be_translated_is_a_failure(source, monkeypatch, tmp_path):
    def fail(module, shape):
        raise ExportError('no.')
    monkeypatch.setattr(run, 'trace', fail)
    (tmp_path / 'file').write_text('')
    with pytest.raises(UsageError, match='file is a file: give a folder with --out'):       # before tracing
        export_model(source, tmp_path / 'file', ['torch-export'])
    (tmp_path / 'file').unlink()
    assert export_model(source, tmp_path, ['torch-export']).failures == ['no.'] and not list(tmp_path.iterdir())
    with pytest.raises(UsageError, match='Unknown format tflite'):
        export_model(source, tmp_path, ['tflite'])


def test_times_of_the_model(source, tmp_path):
    from fdp_mmaction.export import ExportedModel
    rows = time_files(ExportedModel(source.model, []), {}, source.recipe.clip_shape, [1, 2], repeats=2, threads=1)
    assert [(row['batch_size'], row['name']) for row in rows] == [
        (size, name) for size in (1, 2) for name in ('PyTorch', 'PyTorch, bfloat16')]
    assert rows[0]['ratio']['ratio'] == 1 and all(row['clips_per_second'] > 0 for row in rows)
