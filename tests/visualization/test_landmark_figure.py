"""Stored and predicted landmarks, from the record to the figure."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_mol
import torch
from mmengine.config import Config

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.visualization.clip_model import ClipModel
from fdp_mmaction.visualization.clip_sources import read_prepared_record
from fdp_mmaction.visualization.flow_view import PREDICTED, FlowView
from fdp_mmaction.visualization.landmark_figure import draw_landmarks
from fdp_mmaction.visualization.landmark_view import predict_landmarks, view_landmarks

@pytest.fixture
def checkpoint(prepared, tmp_path):
    path = tiny_mol.write_mol_config(tmp_path / 'mol.py', prepared)
    Config.fromfile(path).dump(path)
    torch.save(dict(state_dict=tiny_mol.build().state_dict(), meta={}), path.with_name('epoch_1.pth'))
    return path.with_name('epoch_1.pth')


def test_stored_landmarks(prepared) -> None:
    record = read_prepared_record(prepared, 'sub02/EP01_01')
    view = view_landmarks(record, 4)
    np.testing.assert_array_equal(view.landmarks['true'], np.load(record['landmarks_path'])[[0, 4, 7, 11]])
    np.testing.assert_array_equal(view.frames, np.load(record['frames_path'])[[0, 4, 7, 11]])
    assert view.frame_ids.tolist() == [10, 14, 17, 21] and not view.flows
    with pytest.raises(DatasetError, match='prepared without landmarks'):
        view_landmarks({**record, 'landmarks_path': None})


def test_predicted_landmarks_without_any_flow(prepared, checkpoint, monkeypatch) -> None:
    model, record = ClipModel(checkpoint), read_prepared_record(prepared)
    monkeypatch.setattr(type(model.model.aux_heads['flow']), 'forward', lambda *args, **kwargs: 1 / 0)
    view = predict_landmarks(model, record)
    inputs, sample = model.pack(record)
    model.model.predicting = ['landmarks']
    with torch.no_grad():
        [expected] = model.model.test_step(dict(inputs=[inputs], data_samples=[sample]))
    np.testing.assert_allclose(view.landmarks[PREDICTED], expected.pred_landmarks.numpy(), atol=1e-3)
    np.testing.assert_array_equal(view.landmarks['true'], sample.gt_landmarks.numpy())
    assert list(view.landmarks) == ['true', PREDICTED] and len(view.frames) == tiny_mol.FRAMES


def test_models_without_a_landmark_head(prepared, trained) -> None:
    with pytest.raises(DatasetError, match='finds no landmarks: use one with a LandmarkHead'):
        predict_landmarks(ClipModel(trained()), read_prepared_record(prepared))


def moving(**late) -> FlowView:
    """Five frames in which the head goes right by 1 pixel a frame, and landmark 48 up until the fourth frame."""
    rng = np.random.default_rng(0)
    points = rng.uniform(5, 25, (68, 2)) + np.arange(5)[:, None, None] * (1, 0)
    points[:, 48, 1] -= np.array([0, 2, 3, 4, 1])
    landmarks = {'true': points, **{name: points[skipped:] + 0.5 for name, skipped in late.items()}}
    return FlowView('toy/s/E', rng.integers(0, 256, (5, 32, 32), dtype=np.uint8), np.arange(10, 15), {}, landmarks, 'x')


def test_what_is_drawn() -> None:
    figure = draw_landmarks(moving(predicted=0))
    upper, lower = figure.subfigs
    view = moving(predicted=0)
    assert [axes.get_title().split(',')[0] for axes in upper.axes] == ['10', '11', '12', '13', '14', '', '', '']
    assert 'NME' in upper.axes[2].get_title()
    for line, name in zip(upper.axes[3].lines, ('true', PREDICTED)):
        np.testing.assert_array_equal(np.stack(line.get_data(), axis=1), view.landmarks[name][3])
    arrows, curves = lower.axes
    assert arrows.get_title().startswith('10 to 13, ×') and figure.get_suptitle() == 's/E, x'
    np.testing.assert_allclose(curves.lines[0].get_ydata(), np.array([0, 2, 3, 4, 1]) / 68, atol=0.003)


def test_predictions_of_the_later_frames_alone() -> None:
    figure = draw_landmarks(moving(predicted=1))
    upper, lower = figure.subfigs
    assert [len(axes.lines) for axes in upper.axes[:5]] == [1, 2, 2, 2, 2]
    assert lower.axes[1].lines[1].get_xdata().tolist() == [11, 12, 13, 14]
    assert lower.axes[0].get_title().startswith('11 to 13')     # up by 2 pixels since the second frame
