from __future__ import annotations

import logging
from argparse import Namespace
from pathlib import Path

import pytest
from mmengine.config import Config
from toy_run import write_config

from fdp_mmaction.engine import start
from fdp_mmaction.engine.launch import SUBJECT_VARIABLE, UsageError
from fdp_mmaction.errors import DatasetError


@pytest.mark.parametrize('name', ['epoch_3.pth', 'iter_200.pth', 'best_me_UF1_epoch_2.pth', 'last_checkpoint'])
def test_another_training_is_not_written_over(tmp_path: Path, name: str) -> None:
    cfg = Config(dict(work_dir=str(tmp_path)))
    start.refuse_mixture(cfg)
    (tmp_path / 'weights.pth').touch()      # of nobody's training
    (tmp_path / 'sub01').mkdir()
    (tmp_path / 'sub01' / name).touch()      # of another fold
    start.refuse_mixture(cfg)
    (tmp_path / name).touch()
    with pytest.raises(UsageError, match=rf'holds a training already \({name}\): --resume .* --work-dir or delete'):
        start.refuse_mixture(cfg)
    cfg.resume = True
    start.refuse_mixture(cfg)


def me_config(folder: Path | str, subject: str = 'sub02', **more: object) -> Config:
    dataset = dict(type='CASME2Dataset', data_root=str(folder), test_subject=subject,
                   pipeline=[dict(type='NoSuchTransform')], **more)
    return Config(dict(train_dataloader=dict(dataset=dict(type='RepeatDataset', times=2, dataset=dataset)),
                       val_dataloader=None))


def test_annotations_are_looked_at_first(prepared: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        start.check_datasets(me_config(prepared, min_frames=13), 'val_dataloader', 'test_dataloader')
        start.check_datasets(me_config(prepared, protocol='3-class'), 'train_dataloader', 'val_dataloader')
    assert not caplog.records and logging.root.manager.disable == logging.NOTSET
    with pytest.raises(DatasetError, match="'sub2' is not in .* it holds sub01, sub02, sub03"):
        start.check_datasets(me_config(prepared, 'sub2'), 'train_dataloader')
    assert logging.root.manager.disable == logging.NOTSET
    other = Config(dict(train_dataloader=dict(dataset=dict(type='NoSuchDataset'))))
    start.check_datasets(other, 'train_dataloader')      # the runner's business


def test_who_is_left_out_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    args, cfg = Namespace(config='my.py', test_subject=None, cfg_options=None), me_config('x')
    monkeypatch.delenv(SUBJECT_VARIABLE, raising=False)
    assert start.left_out(cfg, args) == ('Left out of training: sub02 (the default of my.py; --test-subject chooses '
                                         'another).')
    monkeypatch.setenv(SUBJECT_VARIABLE, 'sub02')
    assert start.left_out(cfg, args).endswith('sub02 (ME_TEST_SUBJECT).')
    args.test_subject = 'sub02'
    assert start.left_out(cfg, args).endswith('sub02 (--test-subject).')
    args.cfg_options = {'train_dataloader.dataset.test_subject': 'sub02'}
    assert start.left_out(cfg, args).endswith('sub02 (--cfg-options).')
    cfg.train_dataloader.dataset.dataset.test_subject = ['sub01', 'sub03']
    assert start.left_out(cfg, args).startswith('Left out of training: sub01, sub03 (')
    cfg.train_dataloader.dataset.dataset.test_subject = None
    assert start.left_out(cfg, args) == 'No subject is left out of training.'


class Runner:
    """Stands for the host's."""

    def register_hook(self, hook: object, priority: str) -> None:
        self.hook = hook


@pytest.mark.parametrize('begun', [False, True])
def test_only_what_is_built_is_put_into_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: bool,
                                                   ) -> None:
    monkeypatch.setattr(start, 'build_runner', lambda cfg: Runner())
    config = write_config(tmp_path)
    options = {'model.widht': 3, 'model.type': 'ToyModel'}

    def work(runner: Runner) -> None:
        if begun:
            runner.hook.before_run(runner)
        raise TypeError('unexpected\nargument')

    with pytest.raises(Exception, match='unexpected') as caught:
        start.run(Config(), Namespace(config=config, cfg_options=options), work)
    assert caught.type is (TypeError if begun else UsageError)
    if not begun:
        assert str(caught.value) == (
            f'{config} with --cfg-options model.widht=3 model.type=ToyModel cannot be run: TypeError: unexpected '
            'argument; the config itself has no model.widht (--debug shows the traceback).')
        assert isinstance(caught.value.__cause__, TypeError)
