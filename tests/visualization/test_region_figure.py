"""Motion of regions of a rendered clip, from the record to figure and table."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fdp_mmaction.datasets.preparation import prepare_synthetic
from fdp_mmaction.datasets.synthetic import SyntheticConfig
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.facial_regions import REGIONS
from fdp_mmaction.visualization.clip_sources import read_prepared_record
from fdp_mmaction.visualization.region_figure import draw_regions, write_regions
from fdp_mmaction.visualization.region_view import RegionView, view_regions


@pytest.fixture(scope='module')
def record(tmp_path_factory) -> dict:
    root = tmp_path_factory.mktemp('prepared')
    prepare_synthetic(SyntheticConfig(1, 1, 'easy', fps=40), root, size=144)
    return read_prepared_record(root)


@pytest.fixture(scope='module')
def exact(record) -> RegionView:
    return view_regions(record, 'exact')


def test_computed_flow_comes_near_the_truth(record, exact) -> None:
    assert exact.frame_ids == (record['onset'], record['apex']) and exact.units == tuple(record['action_units'])
    found = view_regions(record, 'tvl1').motion
    strongest = np.hypot(*exact.motion.T).argmax()
    truth, measured = exact.motion[strongest], found[strongest]
    assert measured @ truth > 0.9 * np.hypot(*measured) * np.hypot(*truth)      # the same direction
    assert 0.3 < np.hypot(*measured) / np.hypot(*truth) < 1.3                   # TV-L1 smooths small motion away
    assert np.corrcoef(found.ravel(), exact.motion.ravel())[0, 1] > 0.7


def test_frames_and_head_on_wish(record, exact) -> None:
    ids = record['frame_ids']
    back = view_regions(record, 'exact', first=record['apex'], last=ids[0])
    assert back.frame_ids == (record['apex'], ids[0])
    np.testing.assert_allclose(back.motion, -exact.motion, atol=0.1)
    whole = view_regions(record, 'exact', keep_head=True)
    assert np.hypot(*(whole.motion - exact.motion).T).mean() > 0.02 and 'head' not in whole.source
    assert view_regions({**record, 'apex': None}, 'dis').frame_ids[0] == ids[0]


def test_sentences(record) -> None:
    with pytest.raises(DatasetError, match='prepared without landmarks, which place the regions'):
        view_regions({**record, 'landmarks_path': None})
    with pytest.raises(DatasetError, match='has no frame 1000; its frames go from'):
        view_regions(record, last=1000)
    with pytest.raises(DatasetError, match='motion goes from one frame to another'):
        view_regions(record, first=record['apex'])
    with pytest.raises(ValueError, match="tvl1, dis, exact; got 'farneback'"):
        view_regions(record, 'farneback')


def test_figure(exact) -> None:
    motion = np.zeros((len(REGIONS), 2))
    motion[2], motion[3] = (0, -0.4), (0.3, 0)
    figure = draw_regions(replace(exact, motion=motion, units=('1',), label='x'))
    face, bars = figure.axes
    assert len(face.patches) == len(REGIONS)
    np.testing.assert_allclose([bar.get_width() for bar in bars.patches], np.hypot(*motion.T))
    arrows = bars.collections[-1]
    np.testing.assert_allclose(np.stack([arrows.U, arrows.V], axis=1), [(0, 1), (1, 0)], atol=1e-12)     # up, right
    assert figure.get_suptitle().startswith(f'{"/".join(exact.name.split("/")[-2:])}, x, AU 1: frame')


def test_nothing_moves(exact) -> None:
    draw_regions(replace(exact, motion=np.zeros_like(exact.motion))).draw_without_rendering()


def test_table(exact, tmp_path: Path) -> None:
    motion = exact.motion.copy()
    motion[-1] = np.nan
    rows = list(csv.DictReader(write_regions(replace(exact, motion=motion), tmp_path / 'a.csv').open()))
    assert [row['region'] for row in rows] == [region.label for region in REGIONS]
    assert rows[0]['action_units'] == '1+4' and rows[-1]['dx'] == rows[-1]['direction'] == ''
    values = np.array([[float(row[name]) for name in ('dx', 'dy', 'length')] for row in rows[:-1]])
    np.testing.assert_allclose(values[:, :2], motion[:-1], atol=1e-4)
    np.testing.assert_allclose(values[:, 2], np.hypot(*motion[:-1].T), atol=1e-4)
