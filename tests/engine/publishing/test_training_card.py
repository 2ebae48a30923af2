from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from fdp_mmaction.engine.hooks import ReportHook
from fdp_mmaction.engine.publishing import CardFacts, DataFacts, ModelFacts
from fdp_mmaction.engine.publishing.training_card import add_test_scores, is_of, read_facts, write_card

FACTS = CardFacts(ModelFacts('x', '', {}), DataFacts(('SAMM',), '', ()), {}, {}, checkpoint='epoch_2.pth')
REPORT = dict(num_mes=4, test_subjects=['006'], protocol='5-class', selection='last', epochs=2,
              metrics={'me/ACC': 0.5}, checkpoint='epoch_2.pth')


def test_scores_go_into_the_card_of_the_same_weights(tmp_path: Path) -> None:
    assert add_test_scores(tmp_path, 'report', REPORT) is None and not list(tmp_path.iterdir())
    write_card(tmp_path, tmp_path / 'report/model_card.json', FACTS)
    card = tmp_path / 'MODEL_CARD.md'
    assert 'Not evaluated yet.' in card.read_text(encoding='utf-8')
    for other in ('epoch_1.pth', 'elsewhere/epoch_2.pth', ''):
        assert add_test_scores(tmp_path, 'report', dict(REPORT, checkpoint=other)) is None
    assert 'Not evaluated yet.' in card.read_text(encoding='utf-8')
    assert add_test_scores(tmp_path, 'report', dict(REPORT, checkpoint=str(tmp_path / 'epoch_2.pth'))) == card
    assert '| ACC | 0.500 | – |' in card.read_text(encoding='utf-8')
    assert read_facts(tmp_path / 'report/model_card.json').scores[0].values == {'ACC': (0.5, None, None)}
    (tmp_path / 'report/model_card.json').write_text('{"model": 3}')
    assert read_facts(tmp_path / 'report/model_card.json') is None


def test_a_folder_may_have_been_moved(tmp_path: Path) -> None:
    assert is_of(dict(checkpoint='/before/work/epoch_2.pth'), tmp_path / 'work/epoch_2.pth')
    assert not is_of(dict(checkpoint='/before/other/epoch_2.pth'), tmp_path / 'work/epoch_2.pth')


def test_a_card_never_ends_a_training(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    runner = SimpleNamespace(work_dir=str(tmp_path), epoch=1, logger=logging.getLogger('card'))      # no config
    ReportHook(model_card=False).after_train(runner)
    assert not caplog.records
    ReportHook().after_train(runner)
    assert caplog.records[0].message.startswith('No model card: AttributeError')


def test_facts_are_written_whole(tmp_path: Path) -> None:
    facts = replace(FACTS, limits=('small',))
    assert write_card(tmp_path, tmp_path / 'a/b.json', facts) == tmp_path / 'MODEL_CARD.md'
    assert CardFacts.from_json(json.loads((tmp_path / 'a/b.json').read_text())) == facts
