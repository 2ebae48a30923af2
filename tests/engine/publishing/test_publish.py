"""Publishing all folds of a leave-one-subject-out run, in this process."""

from __future__ import annotations

import gc
import hashlib
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import mmengine.config.config as host
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from card_commands import run_as_told
from conftest import write_prepared
from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.engine.loso.fold import run_fold
from fdp_mmaction.engine.loso.plan import Settings, open_run
from fdp_mmaction.engine.loso.process import spend_less
from fdp_mmaction.engine.loso.results import fold_folder, read_run
from fdp_mmaction.engine.loso.summary import summarise
from fdp_mmaction.engine.publishing.loso_card import write_run_card
from fdp_mmaction.engine.publishing.publish import check_name, is_run, publish_checkpoint, publish_run
from fdp_mmaction.engine.safe_loading import CheckpointError
from fdp_mmaction.errors import DatasetError
from toy_loso import forget_runs, write_loso_config

SUBJECTS = ('sub01', 'sub02', 'sub03')


@pytest.fixture(scope='module')
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Three folds of a toy, chosen on inner subjects."""
    folder = tmp_path_factory.mktemp('run')
    data = write_prepared(folder / 'prepared')
    more = ("custom_hooks = [dict(type='SafeCheckpointHook'), dict(type='TrainedSubjectsHook')]\n"
            'val_dataloader, val_evaluator = test_dataloader, test_evaluator')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('ME_TEST_SUBJECT', 'sub01')
        patch.setattr(host, 'FormatCode', host.FormatCode)
        spend_less()
        open_run(Settings(str(write_loso_config(folder, data, epochs=2, more=more)), folder / 'out',
                          selection='inner-val'))
        for subject in SUBJECTS:
            forget_runs()
            run_fold(folder / 'out', subject, 0)
        yield folder / 'out'
        gc.unfreeze()


def weights(path: Path) -> dict:
    return torch.load(path, weights_only=True)['state_dict']


def test_every_fold_of_a_run(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = publish_run(run, tmp_path / 'toy')
    assert is_run(run) and not is_run(tmp_path) and done.failed == () and done.datasets == ('synthetic MEs',)
    assert sorted(path.name for path in (tmp_path / 'toy').iterdir()) == sorted(
        ['MODEL_CARD.md', 'toy.py', *(path.name for path in done.weights)])
    card = done.card.read_text(encoding='utf-8')
    for fold, path in zip(read_run(run).folds, done.weights):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert path.name == f'toy_seed0_{fold.subject}-{digest[:8]}.pth'
        about = f'seed 0, without {fold.subject}, epoch {fold.epochs["inner-val"]}'
        assert f'| `{path.name}` | {about} | {path.stat().st_size:,} | `{digest}` |' in card
        [chosen] = fold.folder.glob('best_inner_*.pth')      # not the last
        assert all(torch.equal(value, weights(chosen)[name]) for name, value in weights(path).items())
        [seen] = {*SUBJECTS} - {fold.subject, *fold.inner_subjects}
        entry = torch.load(path, weights_only=True)['meta']['trained_on']
        assert entry == dict(subjects=[f'noise/{seen}'], left_out=[fold.subject])
    assert str(run.parent) not in card + done.config.read_text(encoding='utf-8')
    assert f'\nME_TEST_SUBJECT=sub01 python "$FDP"/tools/test.py toy.py {done.weights[0].name} ' in card
    assert f'`ME_TEST_SUBJECT=sub02` goes with `{done.weights[1].name}`' in card
    monkeypatch.setenv('ME_TEST_SUBJECT', 'sub03')
    monkeypatch.setenv('ME_SYNTHETIC_ROOT', 'x')
    part = Config.fromfile(done.config).test_dataloader.dataset
    assert (part.test_subject, part.data_root) == ('sub03', 'x')
    before = {path: path.read_bytes() for path in (tmp_path / 'toy').iterdir()}
    publish_run(run, tmp_path / 'toy')
    assert before == {path: path.read_bytes() for path in (tmp_path / 'toy').iterdir()}


def test_the_cards_of_a_run_can_be_followed(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the prepared folder lies; and the weights of one fold are not those of another."""
    data, copy = run.with_name('prepared'), shutil.copytree(run, tmp_path / 'run')
    for config in copy.rglob('config.py'):
        config.write_text(config.read_text().replace(str(data), 'data/synthetic'))
    scores = []
    monkeypatch.setattr(Runner, 'test', lambda self, test=Runner.test: scores.append(test(self)))
    found = read_run(copy)
    run_as_told(write_run_card(found, summarise(found)), data)
    card = publish_run(run, tmp_path / 'toy').card
    run_as_told(card, data)
    votes = found.folds[0].predictions['inner-val']
    accuracy = sum(vote.label == vote.prediction for vote in votes) / len(votes)
    assert [round(one['me/ACC'], 4) for one in scores] == [accuracy, accuracy]
    text = card.read_text(encoding='utf-8')
    card.write_text(text.replace('ME_TEST_SUBJECT=sub01', 'ME_TEST_SUBJECT=' + next(
        subject for subject in SUBJECTS if subject not in ('sub01', *found.folds[0].inner_subjects))))
    with pytest.raises(SystemExit):
        run_as_told(card, data)
    assert len(scores) == 2


def test_one_fold_says_that_the_scores_are_of_all(run: Path, tmp_path: Path) -> None:
    folder = fold_folder(run, 0, 'sub02')
    [chosen] = folder.glob('best_inner_*.pth')
    card = publish_checkpoint(chosen, tmp_path / 'a').card.read_text(encoding='utf-8')
    assert '# toy_seed0_sub02\n' in card and 'Nothing of sub02 was trained on' in card
    assert '15 MEs of 3 subjects, each left out once' in card and 'these weights are of one of them' in card
    assert 'of other weights than these' not in card and '| MEs | left out |' in card
    [last] = folder.glob('epoch_*.pth')
    assert 'of other weights than these' in publish_checkpoint(last, tmp_path / 'b').card.read_text(encoding='utf-8')


def test_what_is_missing_is_listed(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / 'run')
    [gone] = fold_folder(tmp_path / 'run', 0, 'sub02').glob('best_inner_*.pth')
    gone.unlink()
    [damaged] = fold_folder(tmp_path / 'run', 0, 'sub03').glob('best_inner_*.pth')
    damaged.write_bytes(b'x')
    done = publish_run(tmp_path / 'run', tmp_path / 'out')
    assert len(done.weights) == 1 and len(done.failed) == 2
    assert 'sub02: the weights of epoch' in done.failed[0] and '--keep-checkpoints all' in done.failed[0]
    assert 'is damaged' in done.failed[1]
    assert 'Weights of 1 of 3 folds are here.' in done.card.read_text(encoding='utf-8')
    [last] = fold_folder(tmp_path / 'run', 0, 'sub01').glob('best_inner_*.pth')
    last.unlink()
    with pytest.raises(CheckpointError, match='No fold of .* could be published; the first: seed 0, sub01'):
        publish_run(tmp_path / 'run', tmp_path / 'empty')
    with pytest.raises(DatasetError, match='holds no leave-one-subject-out run'):
        publish_run(tmp_path / 'empty', tmp_path / 'other')


def test_a_folder_holds_one_model(run: Path, tmp_path: Path) -> None:
    [source] = fold_folder(run, 0, 'sub02').glob('best_inner_*.pth')
    done = publish_checkpoint(source, tmp_path / 'a', name='mine')
    assert [path.name[:5] for path in done.weights] == ['mine-'] and done.config.name == 'mine.py'
    for name, message in (('other', 'holds another model'), ('../x', 'is no name for a file')):
        with pytest.raises(UsageError, match=message):
            publish_checkpoint(source, tmp_path / 'a', name=name)
    [other] = fold_folder(run, 0, 'sub01').glob('best_inner_*.pth')
    with pytest.raises(UsageError, match='holds other weights of the same name'):
        publish_checkpoint(other, tmp_path / 'a', name='mine')
    for place in (run, run / 'report', source.parent, source):
        with pytest.raises(UsageError, match='give a folder|holds another model'):
            publish_checkpoint(source, place)
    assert check_name('a.b-c_1') == 'a.b-c_1'


def test_nothing_appears_when_predictions_differ(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [source] = fold_folder(run, 0, 'sub02').glob('best_inner_*.pth')

    def spoil(path: Path, content: bytes) -> None:
        loaded = torch.load(io.BytesIO(content), weights_only=True)
        loaded['state_dict']['head.bias'][0] += 1
        torch.save(loaded, path)

    monkeypatch.setattr(Path, 'write_bytes', spoil)
    with pytest.raises(CheckpointError, match='predicts something else'):
        publish_checkpoint(source, tmp_path / 'a')
    assert list((tmp_path / 'a').iterdir()) == []


def test_an_unsafe_checkpoint_is_refused(run: Path, tmp_path: Path) -> None:
    torch.save(dict(state_dict={}, meta=dict(cfg='x = 1'), run=json.dumps), tmp_path / 'a.pth')
    with pytest.raises(CheckpointError, match='could run code'):
        publish_checkpoint(tmp_path / 'a.pth', tmp_path / 'out')
    assert not (tmp_path / 'out').exists()
