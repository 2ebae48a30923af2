"""What is shown of the evidence, from the trained model to the figure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.dynamic_image import dynamic_image, rescale_dynamic_image
from fdp_mmaction.visualization.cam_figure import draw_cam, evidence_colours
from fdp_mmaction.visualization.cam_view import view_cam
from fdp_mmaction.visualization.class_activation import class_activation
from fdp_mmaction.visualization.clip_model import ClipModel
from fdp_mmaction.visualization.clip_sources import read_prepared_record
from fdp_mmaction.visualization.spatial_layers import spatial_layers

pytest.importorskip('captum', reason='evidence for a class is found by Captum')


@pytest.fixture
def model(trained) -> ClipModel:
    return ClipModel(trained())


def test_the_evidence_lies_on_the_frames(model, prepared) -> None:
    record = read_prepared_record(prepared, 'sub02/EP01_01')
    view = view_cam(model, record)
    frames = np.load(record['frames_path'])[[0, 4, 7, 11]]
    np.testing.assert_array_equal(view.frames, frames)
    np.testing.assert_allclose(view.image, rescale_dynamic_image(dynamic_image(frames)))
    assert view.frame_ids.tolist() == [10, 14, 17, 21] and view.truth == 'disgust'
    assert view.target == view.probabilities.argmax() and view.layer == 'backbone.stages.0'
    inputs = model.normalise(model.pack(record)[0])
    maps = class_activation(model.model, inputs, view.target,
                            spatial_layers(model.model, inputs)['backbone.stages.0']).maps.numpy()
    assert view.evidence.shape == (4, 32, 32) and view.evidence.any()
    factor = 32 // maps.shape[1]
    blocks = view.evidence.reshape(4, maps.shape[1], factor, maps.shape[2], factor).mean(axis=(2, 4))
    assert np.corrcoef(blocks[1:].ravel(), maps[1:].ravel())[0, 1] > 0.9        # the same map, enlarged


def test_class_layer_and_method_on_wish(model, prepared) -> None:
    record = read_prepared_record(prepared)
    view = view_cam(model, record, 'surprise', 'neck.lift', 'grad-cam')
    assert view.classes[view.target] == 'surprise' and not view.per_frame and len(view.evidence) == 1
    with pytest.raises(DatasetError, match='joy is no class of .*tiny.py; its classes are happiness, disgust'):
        view_cam(model, record, 'joy')
    with pytest.raises(DatasetError, match='no layer that makes maps of the face; these do: backbone.stem.0'):
        view_cam(model, record, layer='backbone.nothing')


def test_shares_overlays_and_probabilities_are_drawn(model, prepared) -> None:
    view = view_cam(model, read_prepared_record(prepared))
    evidence = np.zeros((4, 32, 32), np.float32)
    evidence[1], evidence[2, :16], evidence[3] = 1, 2, -5        # what speaks against the class is not shown
    figure = draw_cam(replace(view, evidence=evidence))
    upper, lower = figure.subfigs
    assert [axes.get_title() for axes in upper.axes] == ['10 (0 %)', '14 (50 %)', '17 (50 %)', '21 (0 %)']
    np.testing.assert_array_equal(upper.axes[3].images[1].get_array(), np.zeros((32, 32)))
    top = {axes.images[1].get_clim() for axes in upper.axes}
    assert top == {(0, 2)}
    total = lower.subfigs[0].axes[1].images[1].get_array()
    np.testing.assert_array_equal(total, np.maximum(evidence, 0).sum(axis=0))
    bars = lower.subfigs[1].axes[0].patches
    np.testing.assert_allclose([bar.get_width() for bar in bars], view.probabilities)
    assert f'evidence for {view.classes[view.target]}, true class {view.truth}' in figure.get_suptitle()
    assert figure.get_size_inches()[0] == 3.5


def test_evidence_of_a_clip_is_drawn_once(model, prepared) -> None:
    view = view_cam(model, read_prepared_record(prepared), layer='neck.lift')
    figure = draw_cam(view)
    assert len(figure.subfigs) == 2 and figure.subfigs[0].axes[1].get_title() == 'evidence'


def test_no_evidence_is_invisible_and_more_is_brighter() -> None:
    colours = evidence_colours()(np.linspace(0, 1, 9))
    assert colours[0, 3] == 0 and (np.diff(colours[:, 3]) >= 0).all()
    assert (np.diff(colours[:, :3] @ [0.21, 0.72, 0.07]) > 0).all()
