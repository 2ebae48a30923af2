from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import pytest

from conftest import write_prepared
from fake_loso import fold, noisy_run, vote, write_run
from fdp_mmaction.engine.loso import report
from fdp_mmaction.engine.loso.report import vote_rows, write_report
from fdp_mmaction.engine.loso.select import OPTIMISTIC
from fdp_mmaction.engine.loso.summary import summarise
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.metrics import confusion_matrix, scores_from_confusion

TEXTS = {'results.json', 'results.md', 'results.csv', 'results.tex', 'predictions.csv', 'predictions.jsonl'}


def test_everything_is_written_and_agrees(tmp_path: Path) -> None:
    data = write_prepared(tmp_path / 'data', subjects=3, clips=5)
    folds = [fold(f'sub{s:02d}', seed, {'last': [vote(f'noise/sub{s:02d}/EP{c:02d}_01', c % 3, (c + s) % 3,
                                                      dataset='noise') for c in range(5)]})
             for seed in (0, 1) for s in (1, 2, 3)]
    run = write_run(tmp_path / 'out', folds, data_root=str(data))
    folder = write_report(run)
    assert folder == tmp_path / 'out/report'
    assert {path.name for path in folder.iterdir()} == TEXTS | {
        'confusion_matrix.png', 'subjects.png', 'training_curves.png', 'mistakes_1.png'}
    results = json.loads((folder / 'results.json').read_text())
    assert results['results'] == json.loads(json.dumps(summarise(run)['results'])) and results['figure_notes'] == []
    with open(folder / 'predictions.csv', newline='', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30 and rows[0]['sample_id'] == 'noise/sub01/EP00_01' and rows[0]['label'] == 'neg'
    for seed, expected in zip('01', results['results']['last']['scores']['UF1']['runs']):
        classes = results['classes']
        votes = [(classes.index(row['label']), classes.index(row['prediction'])) for row in rows if row['seed'] == seed]
        assert scores_from_confusion(confusion_matrix(*zip(*votes), 3))['UF1'] == expected
    lines = [json.loads(line) for line in (folder / 'predictions.jsonl').read_text().splitlines()]
    assert [(line['sample_id'], str(line['seed']), line['prediction']) for line in lines] == [
        (row['sample_id'], row['seed'], row['prediction']) for row in rows]
    assert [float(rows[0][f'score_{name}']) for name in classes] == pytest.approx(lines[0]['scores'])
    assert all(row['warning'] == '' for row in rows)
    for name in results['figures']:
        assert f'![{name}]({name})' in (folder / 'results.md').read_text(encoding='utf-8')


def test_a_choice_on_the_test_subject_warns_everywhere(tmp_path: Path) -> None:
    run = noisy_run(tmp_path, selections=('last', 'inner-val', 'best-on-test'))
    folder = write_report(run, figures=False)
    for name in TEXTS:
        assert OPTIMISTIC[1:] in (folder / name).read_text(encoding='utf-8'), name
    rows = vote_rows(run)
    assert {row['selection'] for row in rows if row['warning']} == {'best-on-test'} and len(rows) == 3 * 24


def test_a_second_report_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    folder = tmp_path / 'report'
    folder.mkdir()
    for name in ('mistakes_7.png', 'confusion_matrix_old.png', 'notes.txt'):
        (folder / name).write_text('old')
    write_report(noisy_run(tmp_path, skill=1), figures=False)
    assert {path.name for path in folder.iterdir()} == TEXTS | {'notes.txt'}


def test_an_unfinished_run_and_diverged_scores(tmp_path: Path) -> None:
    broken = vote('toy/a/E1', 0, 1)
    broken = type(broken)(**{**vars(broken), 'scores': (math.nan, math.inf, 0.5)})
    run = write_run(tmp_path, [fold('a', 0, {'last': [broken]})], subjects=['a', 'b'])
    folder = write_report(run)
    assert 'Not finished: 1 of 2 folds' in (folder / 'results.md').read_text(encoding='utf-8')
    assert json.loads((folder / 'predictions.jsonl').read_text())['scores'] == [None, None, 0.5]
    json.loads((folder / 'results.json').read_text(), parse_constant=lambda name: pytest.fail(name))


def test_a_card_that_cannot_be_written_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    monkeypatch.setattr(report, 'print_log', lambda text, *_: said.append(text))
    run = noisy_run(tmp_path)
    (tmp_path / 'MODEL_CARD.md').mkdir()
    assert (write_report(run, figures=False) / 'results.json').is_file()
    assert len(said) == 1 and said[0].startswith(f'No model card of {tmp_path}: IsADirectoryError: ')


def test_nothing_to_report(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match='has no finished fold yet'):
        write_report(write_run(tmp_path, [], seeds=[0], subjects=['a']))
    assert not (tmp_path / 'report').exists()
