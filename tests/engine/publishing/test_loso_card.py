from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from conftest import write_prepared
from fake_loso import noisy_run
from fdp_mmaction.engine.loso.results import read_run
from fdp_mmaction.engine.loso.summary import summarise
from fdp_mmaction.engine.publishing.loso_card import run_facts, weights_of, write_run_card


def test_a_run_is_told(tmp_path: Path) -> None:
    data = write_prepared(tmp_path / 'data')
    (data / 'preparation.json').write_text(json.dumps(dict(identity=dict(dataset='noise'), complete=True)))
    run = noisy_run(tmp_path / 'out', seeds=(0, 1), dataset='synthetic MEs', data_root=str(data),
                    census=dict(neg=8, pos=8, sur=8), subject_census=dict.fromkeys(['sub01', 'sub02'], 12))
    card = write_run_card(run, summarise(run))
    assert card == tmp_path / 'out/MODEL_CARD.md'
    text = card.read_text(encoding='utf-8')
    assert 'One model for each of 4 subjects' in text and '8 of 8 trainings are done' in text
    assert '| neg | 8 |' in text and 'subjects, all: sub01, sub02' in text and '- seed: 0, 1' in text
    assert '`noise`, prepared by' in text and str(tmp_path) not in text
    assert 'The weights were not kept.' in text
    uf1 = summarise(run)['results']['last']['scores']['UF1']
    assert f'| UF1 | {uf1["mean"]:.3f} | {uf1["low"]:.3f} to {uf1["high"]:.3f} |' in text


def test_weights_that_were_kept(tmp_path: Path) -> None:
    run = noisy_run(tmp_path, subjects=2, selections=('inner-val',))
    fold = run.folds[1]
    assert weights_of(fold, 'inner-val') is None and weights_of(fold, 'last') is None
    (fold.folder / 'epoch_3.pth').touch()
    assert weights_of(fold, 'inner-val') is None
    (fold.folder / 'best_inner_3.pth').touch()
    assert weights_of(fold, 'inner-val').name == 'best_inner_3.pth'
    assert weights_of(replace(fold, epochs=dict(last=3))).name == 'epoch_3.pth'
    (fold.folder / 'config.py').write_text('')
    text = write_run_card(read_run(tmp_path), summarise(run)).read_text(encoding='utf-8')
    assert "'folds/seed0/sub02/config.py', 'folds/seed0/sub02/best_inner_3.pth'" in text
    assert run_facts(run, summarise(run)).training['weights that count'].startswith('the best on training subjects who')
