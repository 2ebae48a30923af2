"""Exported files against the models they come from, and the example that runs them with ONNX Runtime alone."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import tiny_inference
import torch
from conftest import write_prepared
from load_file import load_file

from fdp_mmaction.export import read_source
from fdp_mmaction.export.check import check, compare, eager_runner
from fdp_mmaction.export.clips import prepared_clips, random_clips
from fdp_mmaction.export.program import load_program

pytestmark = pytest.mark.slow
REPO = Path(__file__).resolve().parents[1]
WITH_ONNX = all(importlib.util.find_spec(name) for name in ('onnx', 'onnxscript', 'onnxruntime'))
HEADS = dict(fdp=['rank', 'dynamic_image'], mol=['flow', 'landmarks'])
REASON = "ONNX is an extra: pip install 'fdp-mmaction[export]'"


tool = load_file('tools/export.py')


@pytest.fixture(scope='module', params=['fdp', 'mol'])
def exported(request, tmp_path_factory):
    """A tiny model, exported once for all tests by the tool, with real clips to check on."""
    kind, root = request.param, tmp_path_factory.mktemp('export')
    data = write_prepared(root / 'data', subjects=2, clips=2, frames=23, size=144)
    checkpoint = tiny_inference.write_trained(root / 'run', kind)
    formats = ['torch-export', *(['onnx'] if WITH_ONNX else [])]
    tool.main([str(checkpoint), '--out', str(root / 'out'), '--name', 'tiny', '--data-root', str(data), '--clips', '3',
               '--format', *formats, '--time', '1', '--repeats', '1', '--threads', '1'])
    return types.SimpleNamespace(kind=kind, data=data, checkpoint=checkpoint, out=root / 'out',
                                 source=read_source(checkpoint, data_root=data))


def differences(exported, run):
    shape = exported.source.recipe.clip_shape
    reference = eager_runner(exported.source.model, HEADS[exported.kind])
    return check(run, reference, [random_clips(size, shape, seed=9) for size in (1, 4, 7)])


def test_torch_export(exported):
    found = differences(exported, load_program(exported.out / 'tiny.pt2'))
    assert [difference.output for difference in found] == ['class_scores', *{
        'fdp': ['rank_scores', 'dynamic_image'], 'mol': ['flow', 'landmarks']}[exported.kind]]
    assert max(difference.relative for difference in found) < 1e-4
    program = torch.export.load(exported.out / 'tiny.pt2', extra_files=(files := {'metadata.json': ''}))
    about, beside = json.loads(files['metadata.json']), json.loads((exported.out / 'tiny.json').read_text())
    assert {**about, 'files': beside['files']} == beside and program.state_dict
    assert beside['files']['tiny.pt2']['checked_on'] == dict(random_clips=[1, 2, 5], real_clips=3)


def test_onnx(exported):
    onnx = pytest.importorskip('onnx', reason=REASON)
    pytest.importorskip('onnxruntime', reason=REASON)
    from fdp_mmaction.export.onnx_file import load_onnx
    found = differences(exported, load_onnx(exported.out / 'tiny.onnx', threads=1))
    assert len(found) == 3 and max(difference.relative for difference in found) < 1e-4
    model = onnx.load(exported.out / 'tiny.onnx')
    onnx.checker.check_model(model)
    [clips] = model.graph.input
    clips = clips.type.tensor_type
    assert clips.elem_type == onnx.TensorProto.UINT8 and clips.shape.dim[0].dim_param
    [about] = [json.loads(entry.value) for entry in model.metadata_props if entry.key == 'fdp_mmaction']
    beside = json.loads((exported.out / 'tiny.json').read_text())
    assert beside.pop('files')['tiny.onnx']['opset'] == model.opset_import[0].version and about == beside


def test_example_says_what_the_model_says(exported, tmp_path):
    """On a prepared ME, without this package and PyTorch; MOL's is the mean of all temporal offsets."""
    pytest.importorskip('onnxruntime', reason=REASON)
    expected = tiny_inference.predict_prepared(exported.checkpoint, exported.data, 'sub01')[0]
    script = REPO / 'demo/onnx_runtime.py'
    code = (f'import runpy, sys; sys.modules.update(torch=None, fdp_mmaction=None); sys.argv[0] = {str(script)!r}\n'
            f'runpy.run_path({str(script)!r}, run_name="__main__")')
    arguments = [exported.out / 'tiny.onnx', exported.data / 'clips/sub01/EP00_01.npy', '--threads', '1',
                 '--save', tmp_path / 'found.npz']
    done = subprocess.run([sys.executable, '-c', code, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = np.load(tmp_path / 'found.npz')
    assert found['frame_numbers'].ravel().tolist() == list(expected['frames'])
    scores = expected['pred_score'].numpy()
    assert np.abs(found['class_scores'].mean(axis=0) - scores).max() < 1e-4
    best = exported.source.classes[int(scores.argmax())]
    assert done.stdout.splitlines()[1].split()[:2] == [best, f'{scores.max():.3f}']


def test_example_samples_and_cuts_as_the_pipeline(exported):
    pytest.importorskip('onnxruntime', reason=REASON)
    from fdp_mmaction.datasets.transforms import SampleMEFrames
    example = load_file('demo/onnx_runtime.py')
    for options in (dict(), dict(num_clips=3), dict(mode='stride', num_clips='all', allow_short=True),
                    dict(mode='stride', num_clips=2), dict(clip_len=1)):
        rule = dict(clip_len=8, num_clips=1, mode='uniform', end='offset', allow_short=True) | options
        sampler = SampleMEFrames(**rule)
        for number in (1, 5, 8, 23, 100):
            expected = sampler(dict(num_frames=number, sample_id='x'))
            assert example.sample(number, rule).ravel().tolist() == expected['frame_inds'].tolist(), (rule, number)
    recipe = exported.source.recipe
    frames = np.load(exported.data / 'clips/sub01/EP00_01.npy')
    clip = frames[example.sample(len(frames), recipe.sampling)[0]]
    pipeline = exported.source.config.test_dataloader.dataset.pipeline
    preprocessing = dict(alignment=exported.source.alignment, steps=recipe.steps)
    assert (example.prepare(clip, preprocessing) == prepared_clips(exported.data, pipeline, 1)[0][0]).all()


def test_no_path_of_this_machine_is_told(exported):
    for path in exported.out.iterdir():
        content = path.read_bytes()
        for folder in (REPO, exported.out.parent, Path(torch.__file__).parents[1]):
            assert str(folder).encode() not in content, f'{path.name} tells {folder}'
        assert b'partial' not in content


def test_class_alone_differs_in_nothing(exported):
    """What other heads would need is left out of the module, and the class stays the same."""
    from fdp_mmaction.export import ExportedModel
    shape = exported.source.recipe.clip_shape
    clips = random_clips(2, shape)
    alone = ExportedModel(exported.source.model, [])(torch.from_numpy(clips))
    everything = load_program(exported.out / 'tiny.pt2')(clips)
    assert list(alone) == ['class_scores']
    [difference] = compare(everything, {name: value.numpy() for name, value in alone.items()})
    assert difference.relative < 1e-4
