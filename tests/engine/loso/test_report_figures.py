from __future__ import annotations

from pathlib import Path

import pytest

from conftest import write_prepared
from fake_loso import fold, noisy_run, vote, write_run
from fdp_mmaction.engine.loso import report_figures
from fdp_mmaction.engine.loso.pooling import pool, pool_all
from fdp_mmaction.engine.loso.report_figures import draw_report, worst_mistakes
from fdp_mmaction.engine.loso.results import LosoRun
from fdp_mmaction.engine.loso.summary import summarise

ALL = ('last', 'inner-val', 'best-on-test')


def texts_of(figure: object) -> str:
    """All that is written in a figure."""
    return '\n'.join(text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, 'get_text')))


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Texts of the figures by name of file, instead of the files."""
    import fdp_mmaction.visualization as visualization
    found: dict[str, str] = {}
    monkeypatch.setattr(visualization, 'save_figure',
                        lambda figure, path: found.setdefault(path.name, texts_of(figure)))
    return found


def draw(run: LosoRun, folder: Path) -> tuple[list[str], list[str]]:
    return draw_report(run, pool_all(run), summarise(run), folder)


def test_a_comparison_draws_each_selection_and_warns(tmp_path: Path, saved: dict[str, str]) -> None:
    names, notes = draw(noisy_run(tmp_path, selections=ALL), tmp_path)
    assert set(names) == set(saved) == {
        *(f'confusion_matrix_{name}.png' for name in ALL), *(f'subjects_{name}.png' for name in ALL),
        'selections.png', 'training_curves.png'}
    assert {name for name, text in saved.items() if 'optimistic' in text} == {
        'confusion_matrix_best-on-test.png', 'subjects_best-on-test.png', 'selections.png'}
    assert notes == ['The prepared folder is not here, so there is no sheet of mistakes.']
    assert 'UF1 on the inner subjects' in saved['training_curves.png']


def test_headings_say_what_is_wrong_with_a_run(tmp_path: Path, saved: dict[str, str]) -> None:
    draw(noisy_run(tmp_path, warnings=['Beware.'], subjects=2, name='toy'), tmp_path)
    assert 'toy (mind the warning), toy, 3-class, last' in saved['subjects.png']


def test_composites_get_a_matrix_for_each_dataset(tmp_path: Path, saved: dict[str, str]) -> None:
    folds = [fold(f'{name}/s1', 0, {'last': [type(one)(**{**vars(one), 'subject': f'{name}/s1'}) for one in
                                             [vote(f'{name}/s1/E1', 1, 1, dataset=name)]]}) for name in ('a/b', 'cd')]
    names, _ = draw(write_run(tmp_path, folds, seeds=[0, 1]), tmp_path)
    assert {'confusion_matrix.png', 'confusion_matrix_a_b.png', 'confusion_matrix_cd.png'} < set(names)
    assert 'toy (unfinished), cd, 3-class, last' in saved['confusion_matrix_cd.png']


def mistaken(tmp_path: Path, root: str, seeds: int = 2) -> LosoRun:
    """EP00 right, EP01 a bit wrong, EP02 very wrong in the first seed alone, EP03 wrong in all."""
    votes = [[('EP00_01', 0, 0, 0.9), ('EP01_01', 1, 0, 0.4), ('EP02_01', 2, 0 if seed == 0 else 2, 0.8),
              ('EP03_01', 0, 1 + seed, 0.7)] for seed in range(seeds)]
    folds = [fold('sub01', seed, {'last': [vote(f'noise/sub01/{name}', truth, guess, sure=sure)
                                           for name, truth, guess, sure in found]})
             for seed, found in enumerate(votes)]
    return write_run(tmp_path / 'out', folds, data_root=root)


def test_the_surest_mistakes_come_first(tmp_path: Path) -> None:
    found = worst_mistakes(pool(mistaken(tmp_path, '')))
    assert [(one.sample_id[-7:], taken, count) for one, taken, count, _ in found] == [
        ('EP03_01', 1, 2), ('EP02_01', 0, 1), ('EP01_01', 0, 2)]
    assert [excess for *_, excess in found] == pytest.approx([0.55, (0.8 - 0.1) / 2, 0.1])
    assert len(worst_mistakes(pool(mistaken(tmp_path, '')), most=1)) == 1


def test_sheets_show_what_is_there(tmp_path: Path, saved: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    data = write_prepared(tmp_path / 'data', subjects=1)
    monkeypatch.setattr(report_figures, 'PER_SHEET', 1)
    (data / 'clips/sub01/EP02_01.npy').unlink()
    names, notes = draw(mistaken(tmp_path, str(data)), tmp_path)
    assert [name for name in names if 'mistakes' in name] == ['mistakes_1.png', 'mistakes_2.png']
    assert 'noise/sub01/EP03_01\nneg → pos, in 2 of 2 seeds, by 0.55' in saved['mistakes_1.png']
    assert 'EP01_01' in saved['mistakes_2.png'] and 'apex (15)' in saved['mistakes_2.png']
    assert len(notes) == 1 and notes[0].startswith('noise/sub01/EP02_01 is missing among the mistakes: ')


def test_a_folder_that_is_gone_and_a_run_without_mistakes(tmp_path: Path, saved: dict[str, str]) -> None:
    _, notes = draw(mistaken(tmp_path, '/nowhere'), tmp_path)
    assert notes == ['The prepared folder /nowhere is not here, so there is no sheet of mistakes.']
    _, notes = draw(noisy_run(tmp_path / 'right', skill=1), tmp_path)
    assert notes == ['Every vote was right, so there is no sheet of mistakes.']


def test_no_history(tmp_path: Path, saved: dict[str, str]) -> None:
    run = noisy_run(tmp_path, subjects=2)
    run = LosoRun(run.folder, run.header, tuple(type(one)(**{**vars(one), 'history': ()}) for one in run.folds))
    names, notes = draw(run, tmp_path)
    assert 'training_curves.png' not in names and 'No fold left a history, so there are no training curves.' in notes
