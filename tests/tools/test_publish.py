"""A training leaves a card, and ``tools/publish.py`` makes files of it that anybody can load; on a toy model."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
import torch
import yaml
from card_commands import REPO, call, code, run_as_told
from conftest import write_prepared
from load_file import load_file
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from toy_loso import write_loso_config

from fdp_mmaction.registry import DATASETS

EMA = """
custom_hooks = [dict(type='SafeCheckpointHook'), dict(type='CheckpointMatchHook'), dict(type='TrainedSubjectsHook'),
                dict(type='ReportHook'), dict(type='EMAHook', momentum=0.05)]
optim_wrapper = dict(optimizer=dict(type='Adam', lr=1.0))
val_dataloader, val_evaluator = test_dataloader, test_evaluator
"""


@pytest.fixture(scope='module')
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Work directory of a toy with averaged weights, trained and tested; the card before the test is kept."""
    folder = tmp_path_factory.mktemp('trained')
    data = write_prepared(folder / 'prepared')
    config = write_loso_config(folder, data, epochs=2, more=EMA)
    call('train', config, '--work-dir', folder / 'run', '--test-subject', 'sub02')
    (folder / 'before.md').write_text((folder / 'run/MODEL_CARD.md').read_text(encoding='utf-8'))
    call('test', config, 'last', '--work-dir', folder / 'run', '--test-subject', 'sub02')
    return folder / 'run'


def load_as_told(card: Path, monkeypatch: pytest.MonkeyPatch) -> torch.nn.Module:
    """What the Python lines of a card give."""
    monkeypatch.chdir(card.parent)
    names: dict = {}
    exec(code(card.read_text(encoding='utf-8'), 'python'), names)
    return names['model']


def infer_as_told(card: str) -> None:
    """The line for videos is one that the tool understands; tests/tools/test_infer.py runs such lines."""
    words = shlex.split(re.findall(r'```bash\n(.*?)\n```', card, re.DOTALL)[1].replace('$FDP', str(REPO)))
    module = load_file(words[1])
    assert module.parse_args(words[2:]).checkpoint.endswith('.pth')


def result_as_told(card: Path, prepared: Path) -> dict:
    """What the shell line of a card leaves."""
    run_as_told(card, prepared)
    return json.loads((card.parent / 'work_dirs/card/report/metrics.json').read_text())


def test_a_training_leaves_a_card(trained: Path) -> None:
    before = trained.with_name('before.md').read_text(encoding='utf-8')
    assert 'Validation after epoch 2 on sub02, whom training did not see.' in before
    assert yaml.safe_load(before.split('---\n')[1])['license'] == 'apache-2.0'
    for line in ('- parameters: 645', '- model: `ToyRecognizer`', '- epochs: 2', '- seed: 0', '| subjects | 2 | 1 |',
                 '| happiness | 2 | 1 |', '- subjects, left out: sub02', '- averaging: the weights are an exponential'):
        assert line in before, line
    after = (trained / 'MODEL_CARD.md').read_text(encoding='utf-8')
    metrics = json.loads((trained / 'report/metrics.json').read_text())['metrics']
    assert f'| ACC | {metrics["me/ACC"]:.3f} | – |' in after and 'Test of epoch_2.pth' in after
    assert str(trained.parent) not in before + after and os.path.expanduser('~') + '/' not in before + after


def test_the_card_of_a_training_can_be_followed(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the prepared folder lies elsewhere by now."""
    run, data = shutil.copytree(trained, tmp_path / 'run'), trained.with_name('prepared')
    (run / 'toy.py').write_text((run / 'toy.py').read_text().replace(str(data), 'data/synthetic'))
    assert load_as_told(run / 'MODEL_CARD.md', monkeypatch).head.out_features == 5
    found = result_as_told(run / 'MODEL_CARD.md', data)
    assert found['metrics'] == json.loads((trained / 'report/metrics.json').read_text())['metrics']
    assert found['trained_subjects'] == ['noise/sub01', 'noise/sub03'] and found['seen_in_training'] == []


def test_who_was_trained_on_is_not_tested_on(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """Neither the checkpoint of the training nor the published one, and no report appears."""
    call('publish', trained / 'epoch_2.pth', '--out', tmp_path / 'out')
    for checkpoint in (trained / 'epoch_2.pth', next((tmp_path / 'out').glob('*.pth'))):
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            call('test', trained.with_name('toy.py'), checkpoint, '--work-dir', tmp_path / 'work', '--test-subject',
                 'sub03')
        [error] = capsys.readouterr().err.splitlines()[-1:]
        assert stop.value.code == 2 and error.startswith(f'error: {checkpoint} was trained on noise/sub03, so')
        assert 'test it with --test-subject sub02 or ME_TEST_SUBJECT=sub02' in error
        assert not list((tmp_path / 'work').rglob('report'))
    call('test', trained.with_name('toy.py'), checkpoint, '--work-dir', tmp_path / 'work', '--test-subject', 'sub03',
         '--cfg-options', 'custom_hooks.2.allow_overlap=True')
    report = json.loads((tmp_path / 'work/report/metrics.json').read_text())
    assert report['seen_in_training'] == ['noise/sub03']


def test_publishing(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                    capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / 'published'
    assert not call('publish', trained / 'epoch_2.pth', '--out', out)
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]      # nothing to ask for generated data
    assert [path.suffix for path in paths] == ['.pth', '.py', '.md'] and {*out.iterdir()} == {*paths}
    card = paths[2].read_text(encoding='utf-8')
    assert '# toy\n' in card and '| subjects | 2 | 1 |' in card and 'Test of epoch_2.pth' in card
    original, published = (torch.load(path, weights_only=True) for path in (trained / 'epoch_2.pth', paths[0]))
    assert set(published) == {'meta', 'state_dict'} and {'optimizer', 'ema_state_dict'} < set(original)
    assert paths[0].stat().st_size < (trained / 'epoch_2.pth').stat().st_size / 2
    for path in paths:
        assert str(trained.parent).encode() not in path.read_bytes()
    infer_as_told(card)

    # the averaged weights, which were tested, and no others
    model = load_as_told(paths[2], monkeypatch)
    cfg = Config.fromfile(paths[1])
    dataset = DATASETS.build(dict(cfg.test_dataloader.dataset, data_root=str(trained.with_name('prepared'))))
    with torch.no_grad():
        scores = torch.stack([sample.pred_score for sample in model.eval().test_step(pseudo_collate([*dataset]))])
    with open(trained / 'report/predictions.csv', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    wanted = torch.tensor([[float(row[f'score_{name}']) for name in dataset.metainfo['classes']] for row in rows])
    torch.testing.assert_close(scores, wanted, atol=2e-6, rtol=0)
    assert not torch.equal(original['state_dict']['head.weight'], original['ema_state_dict']['module.head.weight'])

    found = result_as_told(paths[2], trained.with_name('prepared'))
    assert found['metrics'] == json.loads((trained / 'report/metrics.json').read_text())['metrics']


def test_weights_alone_still_get_a_card(trained: Path, tmp_path: Path) -> None:
    """As trained elsewhere, without this project's hooks."""
    loaded = torch.load(trained / 'epoch_2.pth', weights_only=True)
    del loaded['meta']['cfg']
    torch.save(loaded, tmp_path / 'a.pth')
    call('publish', tmp_path / 'a.pth', '--config', trained / 'toy.py', '--out', tmp_path / 'out')
    card = (tmp_path / 'out/MODEL_CARD.md').read_text(encoding='utf-8')
    assert 'Not evaluated yet.' in card and '- epochs: 2' in card and '| subjects | 2 | 1 |' in card
    call('test', *(next((tmp_path / 'out').glob(name)) for name in ('*.py', '*.pth')), '--work-dir', tmp_path / 'work',
         '--cfg-options', f'test_dataloader.dataset.data_root={trained.with_name("prepared")}')


def test_weights_of_the_authors_are_called_that(trained: Path, tmp_path: Path) -> None:
    weights = torch.load(trained / 'epoch_2.pth', weights_only=True)['state_dict']
    torch.save(dict(state_dict=weights, meta=dict(converted_from='released FDP')), tmp_path / 'a.pth')
    call('publish', tmp_path / 'a.pth', '--config', trained / 'toy.py', '--out', tmp_path / 'out', '--name', 'theirs')
    card = (tmp_path / 'out/MODEL_CARD.md').read_text(encoding='utf-8')
    assert '# theirs\n' in card and 'trained by the authors, not by this project' in card
    assert 'under terms of their own' in card and 'optimiser:' not in card and '| subjects |' not in card
    published = torch.load(next((tmp_path / 'out').glob('theirs-*.pth')), weights_only=True)
    assert published['meta']['converted_from'] == 'released FDP'


def test_what_a_user_gets_wrong(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    evil = tmp_path / 'evil.pth'
    torch.save(dict(state_dict={}, run=os.system), evil)
    out = ('--out', tmp_path / 'out')
    for words, message in (((evil, *out), 'which could run code when loaded'),
                           (('nowhere.pth', *out), 'does not exist'),
                           ((trained, *out), 'is no run of tools/loso.py; to publish one training, name its'),
                           ((trained / 'epoch_2.pth', '--out', trained), 'is a folder of trainings')):
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            call('publish', *words)
        errors = capsys.readouterr().err.splitlines()
        assert stop.value.code == 2 and len(errors) == 1 and re.match(f'error: .*{message}', errors[0])
    assert not (tmp_path / 'out').exists()


def test_help_teaches(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        call('publish', '--help')
    text = capsys.readouterr().out
    assert text.count('python tools/publish.py ') == 3 and '--out' in text and 'safe loader' in text
