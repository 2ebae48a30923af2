from __future__ import annotations

import json
from dataclasses import replace

import pytest
import yaml

from fdp_mmaction.engine.publishing import (CardFacts, DataFacts, ModelFacts, Part, Scores, WeightsFile,
                                            write_model_card)

MODEL = ModelFacts('fdp_x', 'FDP', {'backbone': 'LGFATransformer', 'neck': 'RankPooling (learned)'}, 12345, '8 frames')
PARTS = {'training': Part({'a': 3, 'b': 1}, ('s1', 's2')), 'left out': Part({'a': 1}, ('s3',))}


def facts(*datasets: str, **more) -> CardFacts:
    data = DataFacts(datasets, '2-class', ('a', 'b'), PARTS, 'Nothing of s3 was trained on.', ('aligned somehow.',))
    return CardFacts(MODEL, data, {'epochs': '3'}, {'torch': '2'}, **more)


def head(card: str) -> dict:
    start, text, _ = card.split('---\n', 2)
    assert start == ''
    return yaml.safe_load(text)


def section(card: str, title: str) -> str:
    return card.split(f'\n## {title}\n\n')[1].split('\n\n## ')[0]


def test_facts_survive_json() -> None:
    scores = Scores('x', {'UF1': (0.5, 0.4, None)}, ('careful',))
    whole = facts('SAMM', scores=(scores,), files=(WeightsFile('a.pth', 3, 'ff'),), limits=('small',), config='a.py')
    assert CardFacts.from_json(json.loads(json.dumps(whole.to_json()))) == whole
    with pytest.raises(KeyError):
        CardFacts.from_json({})


def test_a_card_without_scores_weights_or_counts_says_so() -> None:
    bare = CardFacts(ModelFacts('x', '', {}), DataFacts((), '', ()), {}, {})
    card = write_model_card(bare)
    assert section(card, 'Scores').strip() == 'Not evaluated yet.'
    assert section(card, 'How to load it') == 'The weights were not kept.'
    assert 'was not kept' in section(card, 'Data') and section(card, 'Training') == 'Not known.'
    assert 'datasets' not in head(card) and head(card)['license'] == 'other' and '## Files' not in card


def test_model_data_and_scores() -> None:
    card = write_model_card(facts('synthetic MEs', scores=(
        Scores('How it was.', {'UF1': (0.5, 0.4, 0.625), 'PSNR': (20.0, None, None)}, ('Too good.',)),)))
    assert '# fdp_x\n' in card and 'parameters: 12,345' in card and 'https://arxiv.org/abs/2509.06015' in card
    assert '| a | 3 | 1 |\n| b | 1 | 0 |\n| all classes | 4 | 1 |\n| subjects | 2 | 1 |' in card
    assert 'subjects, left out: s3' in card and '- aligned somehow.' in card
    scores = section(card, 'Scores')
    assert '| UF1 | 0.500 | 0.400 to 0.625 |' in scores and '| PSNR | 20.000 | – |' in scores
    assert '> **Warning.** Too good.' in scores


def test_generated_data_binds_nobody() -> None:
    card = write_model_card(facts('synthetic MEs'))
    assert head(card) == dict(license='apache-2.0', datasets=['synthetic'], metrics=['f1', 'recall', 'accuracy'], tags=[
        'micro-expression-recognition', 'video-classification', 'mmaction2', 'fdp_mmaction', 'fdp'])
    assert 'says nothing about people' in card and 'agreement' not in card and 'laboratory' not in card


def test_a_licensed_dataset_binds_the_weights() -> None:
    card = write_model_card(facts('CASME II'))
    assert head(card)['license'] == 'other' and head(card)['license_name'] == 'casme2-terms'
    assert head(card)['license_link'] == 'http://casme.psych.ac.cn/casme/e2'
    licence = section(card, 'Licence')
    assert 'forbids passing the data on' in licence and 'docs/datasets/casme2.md' in licence
    assert 'Code: Apache-2.0' in licence and 'generated' not in licence
    mixed = write_model_card(facts('synthetic MEs', 'SAMM'))      # one dataset is enough
    assert head(mixed)['license'] == 'other' and head(mixed)['datasets'] == ['synthetic', 'samm']


def test_a_composite_is_bound_by_all_its_parts() -> None:
    card = write_model_card(facts('MEGC2019 composite'))
    assert head(card)['license_name'] == 'casme2-samm-smic-terms' and 'license_link' not in head(card)
    assert all(f'Licence agreement of {name}' in card for name in ('CASME II', 'SAMM', 'SMIC'))


def test_misuse_is_named() -> None:
    card = write_model_card(facts('CASME II'))
    use = section(card, 'Intended use, and misuse')
    for word in ('research', 'lie detection', 'hiring', 'policing', 'surveillance', 'feels, thinks or intends'):
        assert word in use
    assert 'one laboratory in China' in section(card, 'Limits')


def test_published_files_and_where_the_data_is() -> None:
    kept = replace(facts('SAMM'), config='a.py', checkpoint='a.pth')
    assert 'init_recognizer(\'a.py\', \'a.pth\', device=\'cpu\')' in write_model_card(kept)
    assert 'PREPARED' not in write_model_card(kept)
    card = write_model_card(replace(kept, files=(WeightsFile('a.pth', 12345, 'ab' * 32, 'seed 0'),)))
    assert f'| `a.pth` | seed 0 | 12,345 | `{"ab" * 32}` |' in section(card, 'Files')
    assert '\npython "$FDP"/tools/test.py a.py a.pth --work-dir work_dirs/card\n' in card


@pytest.mark.parametrize('files', [(), (WeightsFile('a.pth', 3, 'ff'),)])
def test_the_command_names_the_prepared_folder(files: tuple) -> None:
    model = replace(MODEL, data_setting='test_dataloader.dataset.data_root')
    card = write_model_card(replace(facts('SAMM', files=files), model=model, config='a.py', checkpoint='a.pth'))
    assert ('\npython "$FDP"/tools/test.py a.py a.pth --work-dir work_dirs/card --cfg-options '
            'test_dataloader.dataset.data_root="$PREPARED"\n') in card
    assert 'and `PREPARED` the folder that tools/prepare_data.py wrote' in card and 'ME_TEST_SUBJECT' not in card


def test_the_command_names_whom_the_fold_left_out() -> None:
    files = tuple(WeightsFile(f'{name}.pth', 3, 'ff', subject=subject)
                  for name, subject in (('a', 's1'), ('b', 's1'), ('c', 's 2')))
    card = write_model_card(facts('SAMM', files=files, config='a.py', checkpoint='a.pth'))
    assert '\nME_TEST_SUBJECT=s1 python "$FDP"/tools/test.py a.py a.pth' in card
    assert "`ME_TEST_SUBJECT='s 2'` goes with `c.pth`" in card
    alone = write_model_card(facts('SAMM', files=files[:1], config='a.py', checkpoint='a.pth'))
    assert '\nME_TEST_SUBJECT=s1 python' in alone and 'goes with' not in alone
