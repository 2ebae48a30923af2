from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fake_loso import fold, noisy_run, vote, write_run
from fdp_mmaction.engine.loso.report_text import (csv_rows, interval_text, latex, markdown, markdown_table, p_text,
                                                  plain_text, score_text, seconds_text, tex_escape)
from fdp_mmaction.engine.loso.select import OPTIMISTIC
from fdp_mmaction.engine.loso.summary import WARNING, summarise

ALL = ('last', 'inner-val', 'best-on-test')


def tables(text: str) -> list[list[list[str]]]:
    """Tables of a Markdown text: lists of rows of cells, the line below the header left out."""
    found: list[list[list[str]]] = []
    lines = text.splitlines()
    for before, line in zip(['', *lines], lines):
        if line.startswith('| '):
            if not before.startswith('| '):
                found.append([])
            found[-1].append([cell.strip() for cell in line.strip('| ').split(' | ')])
    return [[rows[0], *rows[2:]] for rows in found]


@pytest.mark.parametrize(('seconds', 'text'), [(0.04, '0.0 s'), (9.96, '10.0 s'), (59.4, '59 s'), (59.7, '1 min 0 s'),
                                               (3599.6, '1 h 0 min'), (7860, '2 h 11 min')])
def test_durations(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


def test_small_pieces() -> None:
    assert markdown_table(['a'], [['x|y'], [1]]) == '| a |\n| --- |\n| x\\|y |\n| 1 |'
    score = dict(mean=0.6123, sd=0.01, low=-0.1, high=0.25)
    assert score_text(score) == '0.612 ± 0.010' and score_text(dict(score, sd=None)) == '0.612'
    assert interval_text(score, '+') == '-0.100 to +0.250' and interval_text(dict(low=None, high=None)) == '–'
    assert (p_text(0.0004), p_text(0.0404)) == ('< 0.001', '0.040')
    assert plain_text(dict(a=1, b=dict(c='ab' * 32), d=['x', 2])) == 'a 1, b (c abababababab), d (x, 2)'
    assert tex_escape('a_b & 5%') == r'a\_b \& 5\%'


def test_one_selection(tmp_path: Path) -> None:
    summary = summarise(noisy_run(tmp_path, seeds=(0, 1)))
    text = markdown(summary, ['a.png'], ['No sheet.'])
    scores, classes, subjects = tables(text)
    assert [row[0] for row in scores] == ['score', 'ACC', 'WAR', 'UAR', 'WF1', 'UF1']
    score = summary['results']['last']['scores']['UF1']
    assert scores[-1][1:] == [score_text(score), interval_text(score), ', '.join(f'{v:.3f}' for v in score['runs'])]
    assert [row[:2] for row in classes[1:]] == [['neg', '8'], ['pos', '8'], ['sur', '8']]
    assert [int(cell) for cell in classes[1][6:]] == summary['results']['last']['confusion_matrix'][0]
    row = summary['results']['last']['per_class']['neg']
    assert classes[1][4:6] == [f'{row["f1"]:.3f}', f'{row["f1_low"]:.3f} to {row["f1_high"]:.3f}']
    assert [row[0] for row in subjects[1:]] == ['sub01', 'sub02', 'sub03', 'sub04']
    assert '24 MEs of 4 subjects, each left out once; 2 seeds (0, 1); selection: last.' in text
    assert '![a.png](a.png)' in text and '> **Note.** No sheet.' in text and 'Warning' not in text
    assert 'python 3.11, device CPU' in text and '9.5 % of it outside training' in text
    assert 'MEs trained on in a fold: 10\n' in text and 'mean over MEs: image/PSNR 20.500.' in text


def test_durations_say_what_they_are_of(tmp_path: Path) -> None:
    run = noisy_run(tmp_path)
    assert '- duration: sum over 4 folds 40 s, each 10 s to 10 s, median 10 s; 5.0 % of it outside training steps\n' \
        in markdown(summarise(run))
    spans = [[(0, 10)], [(5, 12), (20, 23)], [(11, 12)], [(100, 101)]]      # 12 s, 3 s and 1 s are covered
    folds = [replace(fold, spans=found) for fold, found in zip(run.folds, spans)]
    assert 'steps; by the clock, while any of them ran, 16 s\n' in markdown(summarise(replace(run, folds=tuple(folds))))


def test_a_comparison_is_one_table_and_warns(tmp_path: Path) -> None:
    summary = summarise(noisy_run(tmp_path, selections=ALL))
    text = markdown(summary)
    scores = tables(text)[0]
    assert [row[0] for row in scores[1:]] == ['last', 'inner-val', 'best-on-test (optimistic, see the warning)']
    gain = summary['differences']['best-on-test']['UF1']
    assert scores[1][6] == '–' and scores[3][6].startswith(f'{gain["difference"]:+.3f} ({gain["low"]:+.3f} to')
    assert [row[7] for row in scores[1:]] == ['3 (3 to 3)', '2 (2 to 2)', '1 (1 to 1)']
    assert f'> **Warning.** {WARNING}' in text and 'selection `last`' in text


def test_csv_holds_every_score(tmp_path: Path) -> None:
    summary = summarise(noisy_run(tmp_path, selections=ALL))
    header, *rows = csv_rows(summary)
    assert all(len(row) == len(header) for row in rows)
    # 5 scores, 3 classes with 3 each, 4 subjects
    assert len(rows) == 3 * (5 + 9 + 4)
    assert {row[0] for row in rows if row[-1]} == {'best-on-test'}
    assert all(row[-1] == OPTIMISTIC for row in rows if row[0] == 'best-on-test')
    [row] = [row for row in rows if row[:2] == ['inner-val', 'all'] and row[4] == 'UAR']
    score = summary['results']['inner-val']['scores']['UAR']
    assert row[5:9] == [f'{score["mean"]:.6f}', '', f'{score["low"]:.6f}', f'{score["high"]:.6f}']
    f1, recall = ([row for row in rows if row[:3] == ['last', 'class', 'neg'] and row[4] == key][0]
                  for key in ('f1', 'recall'))
    assert float(f1[7]) <= float(f1[5]) <= float(f1[8]) and recall[7:9] == ['', '']


def test_latex_rows(tmp_path: Path) -> None:
    summary = summarise(noisy_run(tmp_path / 'one', seeds=(0, 1), name='fdp_x'))
    comment, row = latex(summary).splitlines()
    assert comment.startswith('% toy, 3-class') and comment.endswith('method & UF1 & UAR & WF1 & ACC')
    score = summary['results']['last']['scores']['UF1']
    assert row.startswith(rf'fdp\_x & {100 * score["mean"]:.2f} $\pm$ {100 * score["sd"]:.2f} & ')
    assert row.endswith(r' \\') and row.count('&') == 4
    lines = latex(summarise(noisy_run(tmp_path / 'three', selections=ALL, name='fdp_x'))).splitlines()
    assert [line.split(' & ')[0] for line in lines if not line.startswith('%')] == [
        r'fdp\_x (last)', r'fdp\_x (inner-val)', r'fdp\_x (epoch chosen on the test subject)']
    assert lines[-2] == f'% WARNING: {OPTIMISTIC}'


def test_composites_and_unfinished_runs(tmp_path: Path) -> None:
    folds = [fold(f'{name}/s1', 0, {'last': [type(one)(**{**vars(one), 'subject': f'{name}/s1'}) for one in
                                             [vote(f'{name}/s1/E1', 1, 1, dataset=name)]]}) for name in ('ab', 'cd')]
    summary = summarise(write_run(tmp_path, folds, seeds=[0, 1]))
    lines = latex(summary).splitlines()
    assert lines[1].startswith('% NOTE: Not finished: 2 of 4 folds are missing')
    assert lines[-2].endswith('UF1 all & UAR all & UF1 ab & UAR ab & UF1 cd & UAR cd') and lines[-1].count('&') == 6
    text = markdown(summary)
    assert '> **Note.** Not finished: 2 of 4 folds' in text
    assert [row[:3] for row in tables(text)[1]] == [['dataset', 'MEs', 'subjects'], ['ab', '1', '1'], ['cd', '1', '1']]
    assert [row[1:3] for row in csv_rows(summary) if row[1] == 'dataset' and row[4] == 'UF1'] == [['dataset', 'ab'],
                                                                                                  ['dataset', 'cd']]
