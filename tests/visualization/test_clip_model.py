from __future__ import annotations

import numpy as np
import pytest
import torch

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.visualization.clip_model import ClipModel
from fdp_mmaction.visualization.clip_sources import read_prepared_record


def test_it_is_the_model_behind_its_test_pipeline(prepared, trained) -> None:
    model = ClipModel(trained())
    record = read_prepared_record(prepared, 'sub02/EP01_01')
    inputs, sample = model.pack(record)
    assert inputs.shape == (1, 1, 4, 16, 16) and sample.sample_id == 'noise/sub02/EP01_01'
    assert model.protocol.classes[int(sample.gt_label)] == 'disgust'
    [predicted] = model.model.test_step(dict(inputs=[inputs], data_samples=[sample]))
    torch.testing.assert_close(model.probabilities(inputs), predicted.pred_score)


def test_full_size_shows_the_same_frames(prepared, trained) -> None:
    record = read_prepared_record(prepared)
    inputs, _ = ClipModel(trained()).pack(record, full_size=True)
    np.testing.assert_array_equal(inputs[0, 0].numpy(), np.load(record['frames_path'])[[0, 4, 7, 11]])


def test_emotions_outside_the_protocol(prepared, trained) -> None:
    _, sample = ClipModel(trained()).pack({**read_prepared_record(prepared), 'emotion': 'fear'})
    assert int(sample.gt_label) == -1


def test_landmarks_on_wish_and_left_out_subjects(prepared, trained) -> None:
    checkpoint = trained(more="test_dataloader.dataset.test_subject = ['sub02', 'sub03']".replace(
        'test_dataloader.dataset.test_subject', 'test_dataloader["dataset"]["test_subject"]'))
    model = ClipModel(checkpoint, landmarks=True)
    assert model.left_out == ('sub02', 'sub03')
    assert 'gt_landmarks' in model.pack(read_prepared_record(prepared))[1]
    assert 'gt_landmarks' not in ClipModel(checkpoint).pack(read_prepared_record(prepared))[1]


def test_models_without_classes(trained) -> None:
    model = ClipModel(trained())
    model.require_classes()
    del model.model.cls_head
    with pytest.raises(DatasetError, match='tells no classes'):
        model.require_classes()
