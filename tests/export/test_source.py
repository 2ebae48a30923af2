from __future__ import annotations

import hashlib
import json
import shutil

import pytest
import tiny_inference
from mmengine.config import Config

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.export import ExportedModel, choose_heads, read_source
from fdp_mmaction.export.description import describe
from fdp_mmaction.export.source import read_alignment


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    return tiny_inference.write_trained(tmp_path_factory.mktemp('trained'), 'mol')


def test_what_is_known_of_a_checkpoint(checkpoint):
    source = read_source(checkpoint)
    heads = choose_heads(source.model)
    about = json.loads(json.dumps(describe(source, ExportedModel(source.model, heads), heads, True)))
    assert about['classes'] == list(source.classes) and len(source.classes) == 3
    assert about['input']['shape'] == ['clips', 5, 32, 32] and about['input']['dtype'] == 'uint8'
    shapes = {name: output['shape'][1:] for name, output in about['outputs'].items()}
    assert shapes == dict(class_scores=[3], flow=[4, 2, 32, 32], landmarks=[5, 68, 2])
    assert about['source']['checkpoint_sha256'] == hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    assert about['source']['left_out_subject'] == 'sub01' and about['sampling']['num_clips'] == 'all'
    assert about['preprocessing']['alignment']['assumed'] and about['normalisation']['mean'] == 127.5
    assert 'No data licence' in about['licence'] and str(checkpoint.parent) not in str(about)


def test_folds_have_names_of_their_own(checkpoint, tmp_path):
    assert read_source(checkpoint).name == 'config'
    names = []
    for seed, subject in (('seed0', 'sub01'), ('seed0', 'sub02'), ('seed1', 'sub01')):
        fold = tmp_path / 'run/folds' / seed / subject
        shutil.copytree(checkpoint.parent, fold)
        names.append(read_source(fold / checkpoint.name))
    assert names[0].name == 'config'                    # no run lies there
    (tmp_path / 'run/loso.json').write_text('{"name": "mol_casme2"}')
    assert [source.name for source in names] == [f'mol_casme2_{fold}' for fold in ('seed0_sub01', 'seed0_sub02',
                                                                                   'seed1_sub01')]
    (tmp_path / 'run/loso.json').write_text('{')
    with pytest.raises(DatasetError, match='loso.json is damaged .*: give a name with --name'):
        names[0].name      # noqa: B018


def test_licence_of_other_data(checkpoint, tmp_path):
    cfg = Config.fromfile(checkpoint.parent / 'config.py')
    cfg.test_dataloader.dataset.update(type='SAMMDataset', protocol='3-class')
    cfg.dump(tmp_path / 'samm.py')
    source = read_source(checkpoint, tmp_path / 'samm.py')
    assert 'Licence agreement of SAMM' in describe(source, ExportedModel(source.model, []), [], True)['licence']
    random = read_source('random', tmp_path / 'samm.py')
    about = describe(random, ExportedModel(random.model, []), [], True)
    assert about['source']['checkpoint'] is None and 'random' in about['licence']


def test_refusals(checkpoint, tmp_path):
    with pytest.raises(UsageError, match='--config'):
        read_source('random')
    cfg = Config.fromfile(checkpoint.parent / 'config.py')
    cfg.test_dataloader.dataset.protocol = '5-class'
    cfg.dump(tmp_path / 'five.py')
    with pytest.raises(UsageError, match='5-class has 5 classes, the cls_head 3'):
        read_source(checkpoint, tmp_path / 'five.py')


def test_alignment_is_read_from_the_folder(tmp_path):
    assert read_alignment(tmp_path) == dict(size=144, align='onset', box_factor=2.5, border=128, assumed=True)
    (tmp_path / 'preparation.json').write_text(json.dumps(dict(identity=dict(settings=dict(size=96, align='frame')))))
    assert read_alignment(tmp_path) == dict(size=96, align='frame', box_factor=2.5, border=128, assumed=False)
