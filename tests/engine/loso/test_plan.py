from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import write_prepared
from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.engine.loso.fold_config import read_run_config
from fdp_mmaction.engine.loso.plan import CONFIG, Settings, check_unchanged, make_header, open_run
from fdp_mmaction.errors import DatasetError
from toy_loso import write_loso_config


@pytest.fixture
def settings(prepared: Path, tmp_path: Path) -> Settings:
    return Settings(str(write_loso_config(tmp_path, prepared)), tmp_path / 'out')


def header_of(settings: Settings) -> dict:
    return make_header(settings, read_run_config(settings.config, settings.options), '')


def change_annotations(prepared: Path, change) -> None:
    path = prepared / 'annotations.json'
    content = json.loads(path.read_text())
    change(content['data_list'])
    path.write_text(json.dumps(content))


def test_the_header(settings: Settings, prepared: Path) -> None:
    header = open_run(settings)
    assert header == json.loads((settings.out / 'loso.json').read_text())
    assert header['subjects'] == ['sub01', 'sub02', 'sub03'] and header['seeds'] == [0]
    assert (header['name'], header['dataset'], header['protocol']) == ('toy', 'synthetic MEs', '5-class')
    assert header['census'] == dict.fromkeys(header['classes'], 3)
    assert header['subject_census'] == dict(sub01=5, sub02=5, sub03=5)
    assert header['data_root'] == str(prepared) and header['warnings'] == [] and header['environment']['torch']


def test_a_run_of_another_environment_goes_on(settings: Settings) -> None:
    open_run(settings)
    path = settings.out / 'loso.json'
    header = json.loads(path.read_text())
    path.write_text(json.dumps(dict(header, environment=dict(python='3.9', commit='abc', device='a GPU'))))
    assert open_run(settings) == header


def test_folds_that_are_others_are_named(settings: Settings) -> None:
    open_run(settings)
    path = settings.out / 'loso.json'
    path.write_text(json.dumps(dict(json.loads(path.read_text()), subjects=['sub01', 'sub02', 'sub09'])))
    with pytest.raises(UsageError, match='folds: without sub09 and with sub03'):
        open_run(settings)


def test_without_the_copy_of_the_config_less_is_said(settings: Settings) -> None:
    open_run(settings)
    (settings.out / CONFIG).unlink()
    with pytest.raises(UsageError, match='  the config: its text is another$'):
        open_run(replace(settings, options={'train_cfg.max_epochs': 7}))


def test_subjects_without_an_me_of_the_protocol_are_no_folds(settings: Settings, prepared: Path) -> None:
    change_annotations(prepared, lambda records: [record.update(emotion='others') for record in records
                                                  if record['subject'] == 'sub02'])
    header = header_of(replace(settings, options={'train_dataloader.dataset.protocol': '3-class',
                                                  'test_dataloader.dataset.protocol': '3-class'}))
    assert header['subjects'] == ['sub01', 'sub03'] and sum(header['census'].values()) == 8


def test_going_on_adds_seeds(settings: Settings) -> None:
    open_run(replace(settings, seeds=(2,)))
    assert open_run(replace(settings, seeds=(0, 1)))['seeds'] == [0, 1, 2]


def test_another_run_is_refused_unless_fresh(settings: Settings) -> None:
    open_run(settings)
    fold = settings.out / 'folds/seed0/sub01'
    fold.mkdir(parents=True)
    for change, message in (
            (dict(options={'train_cfg.max_epochs': 7}),
             ['train_cfg.max_epochs: 3 -> 7']),
            (dict(options={'model.head.colour': 'red'}), ["model.head.colour: not set -> 'red'"]),
            (dict(selection='inner-val'), ['--select: last -> inner-val', '--inner-share: None -> 0.2']),
            (dict(processes=2), ['--gpus-per-fold: 1 -> 2']),
            (dict(test_statistics=True), ['--allow-test-statistics: False -> True'])):
        with pytest.raises(UsageError, match='must not be mixed with: choose another --out') as refused:
            open_run(replace(settings, **change))
        assert str(refused.value).splitlines()[1:] == [f'  {line}' for line in message]
    assert fold.is_dir()
    open_run(replace(settings, processes=2), fresh=True)
    assert not fold.exists()
    with pytest.raises(UsageError, match='must not be mixed'):
        open_run(settings)


def test_the_left_out_subject_of_the_environment_is_no_difference(settings: Settings,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_run(settings)
    monkeypatch.setenv('ME_TEST_SUBJECT', 'sub03')
    assert open_run(settings)['identity'] == first['identity']


def test_changed_annotations_are_refused(settings: Settings, prepared: Path) -> None:
    header = open_run(settings)
    change_annotations(prepared, lambda records: records[0].update(emotion='disgust'))
    with pytest.raises(UsageError, match='annotations.json is another since the run began'):
        check_unchanged(settings.out, header)
    with pytest.raises(UsageError, match='must not be mixed with: (?s:.*)annotations.json: its content is another'):
        open_run(settings)


def test_a_changed_copy_of_the_config_is_noticed(settings: Settings) -> None:
    header = open_run(settings)
    path = settings.out / CONFIG
    path.write_text(path.read_text().replace('lr=0.01', 'lr=0.02'))
    with pytest.raises(UsageError, match='the config is another since the run began'):
        check_unchanged(settings.out, header)


def test_folds_of_an_unknown_run_are_refused(settings: Settings) -> None:
    (settings.out / 'folds').mkdir(parents=True)
    with pytest.raises(UsageError, match=r'holds folds, but no loso\.json'):
        open_run(settings)


def test_nothing_is_deleted_for_a_config_that_fails(settings: Settings, prepared: Path) -> None:
    open_run(settings)
    (prepared / 'annotations.json').unlink()
    with pytest.raises(DatasetError, match='prepare the dataset first'):
        open_run(settings, fresh=True)
    assert (settings.out / 'loso.json').is_file()


def test_released_folds(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='5-class of SyntheticMEDataset has no published list'):
        open_run(replace(settings, released_folds=True))
    from fdp_mmaction.datasets.casme2 import RELEASED_FOLDS
    (tmp_path / 'many').mkdir()
    data = write_prepared(tmp_path / 'many', subjects=26, clips=1, frames=4)
    text = Path(settings.config).read_text().replace('SyntheticMEDataset', 'CASME2Dataset')
    Path(settings.config).write_text(text + f'part.update(data_root={str(data)!r}, protocol="5-class-released")\n'
                                     'train_dataloader["dataset"].update(part)\n'
                                     'test_dataloader["dataset"].update(part)\n')
    released = header_of(replace(settings, released_folds=True))
    assert released['subjects'] == list(RELEASED_FOLDS) and 'sub18' not in released['subjects']
    assert len(header_of(settings)['subjects']) == 26


def test_a_published_fold_that_is_not_there(settings: Settings) -> None:
    text = Path(settings.config).read_text().replace('SyntheticMEDataset', 'CASME2Dataset')
    Path(settings.config).write_text(text + 'train_dataloader["dataset"].update(protocol="5-class-released")\n'
                                     'test_dataloader["dataset"].update(protocol="5-class-released")\n')
    with pytest.raises(DatasetError, match='published folds leave out sub17, .* who have no ME'):
        open_run(replace(settings, released_folds=True))


@pytest.mark.parametrize(('change', 'message'), [
    (dict(selection='best'), '--select knows last'), (dict(inner_share=1.0), 'between 0 and 1'),
    (dict(selection='inner-val', options={'train_cfg.val_begin': 4}), 'after epoch 4 of 3: set train_cfg.val_begin')])
def test_impossible_settings(settings: Settings, change: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        open_run(replace(settings, **change))


def test_one_subject_is_too_few(tmp_path: Path) -> None:
    (tmp_path / 'one').mkdir()
    config = write_loso_config(tmp_path, write_prepared(tmp_path / 'one', subjects=1))
    with pytest.raises(DatasetError, match='MEs of 1 subject; leaving one out needs two'):
        open_run(Settings(str(config), tmp_path / 'out'))


def test_a_sample_id_that_occurs_twice(settings: Settings, prepared: Path) -> None:
    change_annotations(prepared, lambda records: records.append(records[0]))
    with pytest.raises(DatasetError, match='noise/sub01/EP00_01 occurs more than once'):
        open_run(settings)


@pytest.mark.parametrize(('more', 'message'), [
    ("train_dataloader['dataset'].update(protocol='3-class')", 'trains on the classes negative, positive, surprise'),
    ("test_dataloader['dataset'] = dict(type='ConcatDataset', datasets=[test_dataloader['dataset']] * 2)",
     'tests on 2 datasets; prepare them as one composite'),
    ("test_dataloader['dataset'] = dict(type='VideoDataset', ann_file='x')\n"
     "train_dataloader['dataset'] = test_dataloader['dataset']", 'VideoDataset is no dataset of MEs')])
def test_configs_that_do_not_fit(settings: Settings, more: str, message: str) -> None:
    with open(settings.config, 'a') as file:
        file.write(more + '\n')
    with pytest.raises(UsageError, match=message):
        open_run(settings)


def test_warnings_travel_with_the_results(settings: Settings) -> None:
    header = header_of(replace(settings, selection='compare', test_statistics=True))
    assert ['optimistic' in text for text in header['warnings']] == [True, False]
    assert 'Statistics of the test part' in header['warnings'][1]
