"""The command as a user runs it, in this process."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import ModuleType

import pytest
import torch
from conftest import write_prepared
from fake_loso import noisy_run
from load_file import load_file
from tiny_benchmark import FDP, MOL, TINY, toy

from fdp_mmaction.engine.benchmark import measure

REPO = Path(__file__).resolve().parents[2]
QUICK = ['--device', 'cpu', '--repeats', '2', '--batch-size', '2']


@pytest.fixture(scope='module')
def tool() -> ModuleType:
    return load_file('tools/benchmark.py')


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(measure, 'matmul_peak', lambda device, dtype: 1e9)
    monkeypatch.setattr(measure, 'convolution_peak', lambda device, dtype: 5e8)


def test_compare(tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    config = toy(tmp_path).config
    tool.main(['train', config, *QUICK, '--warmup', '1', '--compare', 'amp=bf16', '--compare', 'batch_size=4',
               '--profile'])
    lines = capsys.readouterr().out.splitlines()
    out = tmp_path / 'work_dirs/benchmark/toy'
    result = json.loads((out / 'train_compare.json').read_text())
    assert [row['name'] for row in result['results']] == ['toy', 'toy amp=bf16', 'toy batch_size=4']
    assert [row['mes'] for row in result['results']] == [2, 2, 4]
    assert [ratio['reference'] for ratio in result['ratios']] == ['toy', 'toy']
    assert result['peaks'] == dict(float32=1e9, bfloat16=1e9) and result['environment']['cpu']
    assert result['convolution_peaks'] == dict(float32=5e8, bfloat16=5e8)
    text = (out / 'train_compare.md').read_text()
    assert '| toy amp=bf16 | 2 |' in text and text.splitlines()[0] in lines
    assert lines[-1] == ', '.join(f'work_dirs/benchmark/toy/train_compare.{end}' for end in ('json', 'md'))
    assert len(list(out.glob('trace_*.json'))) == len(list(out.glob('profile_*.txt'))) == 3
    assert sum('aten::addmm' in line for line in lines) == 3


def test_processes(tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    tool.main(['processes', toy(tmp_path).config, '--processes', '1', '2', '--repeats', '2', '--batch-size', '3',
               '--device', 'cpu', '--out', 'out'])
    result = json.loads(Path('out/processes.json').read_text())
    one, two = result['results']
    assert result['gradient_bytes'] == 4 * (128 * 5 + 5)
    assert (one['processes'], one['sent_bytes'], one['efficiency']) == (1, 0, 1.0)
    assert (two['processes'], two['sent_bytes']) == (2, result['gradient_bytes'])
    assert two['clips_per_second'] == 2 * 3 / two['seconds']['median']
    assert two['efficiency'] == two['clips_per_second'] / 2 / one['clips_per_second']
    assert len(one['seconds']['runs']) == len(two['seconds_alone']['runs']) == 2
    assert '| 2 |' in capsys.readouterr().out


def test_processes_are_not_compiled(tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        tool.main(['processes', toy(tmp_path).config, '--processes', '1', '--compile'])
    assert 'leave --compile out' in capsys.readouterr().err


def test_two_configs(tool: ModuleType, tmp_path: Path) -> None:
    for name in ('one', 'two'):
        (tmp_path / f'{name}.py').write_text(f"_base_ = ['{toy(tmp_path).config}']\n")
    tool.main(['inference', 'one.py', 'two.py', *QUICK, '--out', 'out'])
    result = json.loads(Path('out/inference_compare.json').read_text())
    assert [(ratio['name'], ratio['reference']) for ratio in result['ratios']] == [('two', 'one')]


def test_sweep(tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    tool.main(['inference', toy(tmp_path).config, '--device', 'cpu', '--repeats', '2', '--sweep', 'batch', '2', '4',
               '8', '--out', 'out'])
    growth = json.loads(Path('out/inference_batch_size.json').read_text())['growth']
    assert (growth['name'], growth['values']) == ('batch_size', [2, 4, 8])
    assert growth['exponents']['flops'] == pytest.approx(1)
    assert Path('out/inference_batch_size.png').stat().st_size > 1000
    assert 'flops ~ batch_size^1.00' in capsys.readouterr().out


def test_stream(tool: ModuleType, capsys: pytest.CaptureFixture) -> None:
    options = [f'{key}={value}'.replace(' ', '') for key, value in TINY.items()]
    tool.main(['stream', FDP, *QUICK, '--warmup', '1', '--heads', 'class', '--window', '15', '--stride', '5',
               '--video-frames', '30', '--cfg-options', *options, '--compare', 'stride=3', 'fold_bn=True', '--out',
               'out'])
    result = json.loads(Path('out/stream_compare.json').read_text())
    a, b = result['results']
    assert (a['window'], a['stride'], a['clips'], a['fold_bn']) == (15, 5, 4, False)
    assert (b['window'], b['stride'], b['clips'], b['fold_bn']) == (15, 3, 6, True)
    assert a['frames_per_second'] == 30 / a['seconds']['median']
    assert '| fdp_synthetic | 30 | 15 | 5 | 4 |' in capsys.readouterr().out


def test_data(tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    data = write_prepared(tmp_path / 'data', subjects=2, clips=4)
    words = ['data', toy(tmp_path).config, '--data-root', str(data), '--workers', '0', *QUICK, '--out', 'out']
    tool.main(words)
    result = json.loads(Path('out/data.json').read_text())
    [row] = result['results']
    assert row['workers'] == 0 and row['clips'] == 2 and len(row['seconds']['runs']) == 2
    assert row['share'] == row['clips_per_second'] / result['consumption']['clips_per_second']
    assert result['batch_size'] == 2 and '| 0 |' in capsys.readouterr().out
    tool.main([*words, '--no-model'])
    assert 'consumption' not in json.loads(Path('out/data.json').read_text())


def test_loso(tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    noisy_run(tmp_path / 'run')
    tool.main(['loso', 'run'])
    result = json.loads(Path('work_dirs/benchmark/toy/loso.json').read_text())
    assert result['folds'] == 4 and result['outside_training'] == pytest.approx(0.05)
    assert '| training | 38 s | 95.0 % |' in capsys.readouterr().out


def test_the_command_line_becomes_variants(tool: ModuleType) -> None:
    args = tool.parse_args(['inference', 'a.py', '--heads', 'class', 'flow', '--amp', 'bf16', '--no-channels-last',
                            '--compile', '--batch-size', '8', '--me-frames', '30', '--cfg-options', 'x.y=1',
                            '--compare', 'frames=4', 'heads=class', '--compare', 'compile=False'])
    base, short, plain = tool.variants_of(args)
    assert (base.heads, base.amp, base.channels_last, base.compile) == (('class', 'flow'), 'bf16', False, True)
    assert (base.batch_size, base.me_frames, base.options, base.frames) == (8, 30, {'x.y': 1}, None)
    assert (short.frames, short.heads, short.compile) == (4, ('class',), True) and plain.compile is False
    args = tool.parse_args(['inference', 'a.py', 'b.py'])
    assert [(v.config, v.heads, v.channels_last) for v in tool.variants_of(args)] == [('a.py', None, None),
                                                                                     ('b.py', None, None)]


@pytest.mark.parametrize(('words', 'message'), [
    (['train', 'nowhere.py'], 'Config nowhere.py does not exist'),
    (['loso', 'nowhere'], 'nowhere holds no leave-one-subject-out run'),
    (['train', FDP, '--device', 'cuda'], '--device cuda: PyTorch .* sees no GPU here'),
    (['data', FDP, '--data-root', 'nowhere'], 'nowhere/annotations.json does not exist: prepare the dataset first'),
    (['train', FDP, '--amp', 'fp16'], '--amp fp16 is for GPUs'),
    (['train', FDP, '--compare', 'fold_bn=True'], 'fold_bn goes with predictions only'),
    (['inference', FDP, '--sweep', 'stride', '1', '2'], 'stride belongs to a video'),
    (['train', FDP, MOL, '--sweep', 'batch', '1', '2'], 'do not go together'),
    (['train', FDP, '--compare', 'amp'], '--compare amp: give KEY=VALUE'),
    (['inference', MOL, '--heads', 'class', 'mood'], 'are class, flow, landmarks, and mood is none of them'),
    (['train', MOL, '--sweep', 'frames', '4', '8'], 'mol_synthetic frames=4 does not run')])
def test_what_is_wrong_is_said_in_one_sentence(tool: ModuleType, words: list[str], message: str,
                                               monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    with pytest.raises(SystemExit) as stop:
        tool.main(words)
    assert stop.value.code == 2
    errors = capsys.readouterr().err
    assert errors.startswith('error: ') and errors.count('\n') == 1
    assert re.search(message, errors)
    assert not Path('work_dirs').exists()


@pytest.mark.parametrize(('words', 'expected'), [
    (['--help'], ('train', 'inference', 'stream', 'data', 'loso', 'docs/speed.md')),
    (['train', '--help'], ('--compare', '--sweep batch 4 8 16', '--profile', '--channels-last', '--amp')),
    (['inference', '--help'], ('--heads', '--me-frames', 'tools/benchmark.py inference')),
    (['stream', '--help'], ('--window', '--stride', '--video-frames', '--fold-bn', '--heads')),
    (['data', '--help'], ('--workers', '--data-root', 'run it\ntwice'))])
def test_help_teaches(tool: ModuleType, words: list[str], expected: tuple, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        tool.main(words)
    text = capsys.readouterr().out
    assert all(word in text for word in expected)
