from __future__ import annotations

import json

import pytest
from conftest import write_prepared

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.visualization.votes_table import data_root_of, find_table, read_votes, surest_errors

TESTED = """sample_id,subject,label,prediction,score_a,score_b
d/s1/E1,s1,a,b,0.100000,0.900000
d/s1/E2,s1,b,b,0.000000,1.000000
d/s1/E3,s1,a,b,0.300000,0.700000
"""
LOSO = """sample_id,dataset,subject,selection,seed,label,prediction,correct,score_a,score_b,warning
d/s1/E1,d,s1,last,0,a,b,0,0.1,0.9,
d/s1/E1,d,s1,last,1,a,a,1,0.8,0.2,
d/s1/E2,d,s1,last,0,b,a,0,0.7,0.3,
d/s1/E2,d,s1,last,1,b,a,0,0.9,0.1,
d/s1/E1,d,s1,best-on-test,0,a,a,1,1.0,0.0,optimistic
"""


@pytest.fixture
def table(tmp_path):
    def write(text, name='run/report/predictions.csv'):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path
    return write


def test_one_fold(table) -> None:
    votes = read_votes(table(TESTED))
    assert [(vote.truth, vote.prediction, vote.confidence, vote.true_score) for vote in votes] == [
        ('a', 'b', 0.9, 0.1), ('b', 'b', 1, 1), ('a', 'b', 0.7, 0.3)]
    assert [vote.sample_id for vote in surest_errors(votes)] == ['d/s1/E1', 'd/s1/E3']
    assert len(surest_errors(votes, 1)) == 1


def test_seeds_are_averaged_and_selections_kept_apart(table) -> None:
    path = table(LOSO)
    first, second = read_votes(path)
    assert (first.prediction, first.confidence) == ('b', pytest.approx(0.55))
    assert (second.prediction, second.confidence) == ('a', pytest.approx(0.8))
    [vote] = read_votes(path, 'best-on-test')
    assert vote.prediction == 'a'
    with pytest.raises(DatasetError, match='no selection inner-val; it has last, best-on-test'):
        read_votes(path, 'inner-val')


def test_where_it_lies(table, tmp_path) -> None:
    path = table(TESTED)
    assert find_table(path) == find_table(path.parent) == find_table(tmp_path / 'run') == path
    with pytest.raises(DatasetError, match='predictions.csv and .*report/predictions.csv do not exist: name the work'):
        find_table(tmp_path / 'elsewhere')
    with pytest.raises(DatasetError, match='lost.csv does not exist'):
        find_table('lost.csv')


@pytest.mark.parametrize('text', ['', 'a,b\n1,2\n', TESTED.replace('0.900000', 'much'),
                                  TESTED.replace(',a,b,', ',c,b,')])
def test_other_tables(table, text) -> None:
    with pytest.raises(DatasetError, match='is not a table of predictions'):
        read_votes(table(text))


def test_the_run_knows_its_data(table, tmp_path) -> None:
    path = table(TESTED)
    assert data_root_of(path) is None
    (tmp_path / 'run/loso.json').write_text(json.dumps({'data_root': str(tmp_path / 'data')}))
    assert data_root_of(path) is None
    write_prepared(tmp_path / 'data', 1, 1)
    assert data_root_of(path) == tmp_path / 'data'
