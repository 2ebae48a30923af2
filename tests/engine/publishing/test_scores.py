from __future__ import annotations

from pathlib import Path

from fake_loso import noisy_run
from fdp_mmaction.engine.loso.summary import summarise
from fdp_mmaction.engine.publishing.scores import loso_scores, test_scores as scores_of_test, validation_scores

METRICS = {'me/ACC': 0.5, 'me/WAR': 0.5, 'me/UF1': 0.25, 'dynamic_image/PSNR': 20.0}
REPORT = dict(num_mes=4, test_subjects=['sub01'], protocol='5-class', selection='last', epochs=7, metrics=METRICS,
              checkpoint='/home/me/work/epoch_7.pth', trained_subjects=['noise/sub02'], seen_in_training=[])


def test_validation_and_test() -> None:
    found = validation_scores(METRICS, 20, ('sub01',), True)
    assert found.how == 'Validation after epoch 20 on sub01, whom training did not see.' and found.warnings == ()
    assert found.values == {'UF1': (0.25, None, None), 'ACC': (0.5, None, None),
                            'dynamic_image/PSNR': (20.0, None, None)}
    tested = scores_of_test(REPORT)
    assert tested.how == ('Test of epoch_7.pth, weights after epoch 7: 4 MEs of sub01, whom training did not see, '
                          'protocol 5-class.')
    assert list(tested.values) == ['UF1', 'ACC', 'dynamic_image/PSNR'] and tested.warnings == ()


def test_only_what_is_known_is_said() -> None:
    assert validation_scores(METRICS, 20, ('sub01',), False).how == 'Validation after epoch 20 on sub01.'
    unknown = scores_of_test(dict(REPORT, trained_subjects=None))
    assert '4 MEs of sub01, protocol' in unknown.how and unknown.warnings == ()
    leaked = scores_of_test(dict(REPORT, trained_subjects=['noise/sub01'], seen_in_training=['noise/sub01']))
    assert '4 MEs of sub01, protocol' in leaked.how
    assert leaked.warnings == ('Training saw 1 of the tested subjects: these are no scores of new people.',)


def test_a_choice_on_the_test_subject_warns() -> None:
    [warning] = scores_of_test(dict(REPORT, selection='best-on-test')).warnings
    assert 'The epoch of this training was chosen by its score on the left-out subject' in warning


def test_a_run(tmp_path: Path) -> None:
    run = noisy_run(tmp_path, selections=('last', 'inner-val', 'best-on-test'))
    summary = summarise(run)
    found = loso_scores(summary)
    assert [one.how.split('; ')[-1] for one in found] == [f'epoch: {name}.' for name in summary['results']]
    assert [bool(one.warnings) for one in found] == [False, False, True]
    uf1 = summary['results']['last']['scores']['UF1']
    assert found[0].values['UF1'] == (uf1['mean'], uf1['low'], uf1['high']) and uf1['low'] < uf1['mean'] < uf1['high']
    assert found[0].values['image/PSNR'] == (20.0, None, None) and 'image/PSNR' not in found[1].values
    assert '24 MEs of 4 subjects' in found[0].how
