import numpy as np
import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets import CASME2Dataset

PIPELINE = [
    dict(type='SampleMEFrames', clip_len=4, num_clips=2),
    dict(type='LoadPackedFrames', with_landmarks=True),
    dict(type='ResizeFrames', size=16),
    dict(type='FlipFrames', prob=1.0),
    dict(type='DynamicImageTarget'),
    dict(type='PackMEInputs'),
]


def test_a_whole_pipeline(prepared):
    dataset = CASME2Dataset(prepared, test_subject='sub01', test_mode=True, pipeline=PIPELINE)
    packed = dataset[3]
    sample = packed['data_samples']
    assert packed['inputs'].shape == (2, 1, 4, 16, 16) and packed['inputs'].dtype == torch.uint8
    assert sample.gt_label.item() == 3
    assert sample.gt_dynamic_image.shape == (2, 16, 16)
    assert sample.gt_landmarks.shape == (8, 68, 2)
    assert (sample.sample_id, sample.subject, sample.emotion) == ('noise/sub01/EP03_01', 'sub01', 'surprise')
    assert len(sample.frame_inds) == 8


def test_clips_keep_their_frames(prepared):
    pipeline = [PIPELINE[0], PIPELINE[1], PIPELINE[-1]]
    dataset = CASME2Dataset(prepared, test_subject='sub01', test_mode=True, pipeline=pipeline)
    packed = dataset[0]
    frames = np.load(dataset.get_data_info(0)['frames_path'])
    indices = packed['data_samples'].frame_inds
    assert np.array_equal(packed['inputs'][1, 0, 2].numpy(), frames[indices[6]])
