"""A user's own video gets the answer that the same frames get as a prepared dataset."""

from __future__ import annotations

import csv
import sys
import weakref
from pathlib import Path

import cv2
import numpy as np
import pytest
import tiny_inference
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope

import fdp_mmaction  # noqa: F401
from fdp_mmaction.apis import MicroExpressionInferencer, VideoPrediction
from fdp_mmaction.datasets.preparation import PreparationSettings, aligned_clips, prepare_release
from fdp_mmaction.datasets.readers.custom import CUSTOM
from fdp_mmaction.engine.safe_loading import CheckpointError
from fdp_mmaction.errors import DatasetError, FaceError
from fdp_mmaction.registry import INFERENCERS

KINDS = ('fdp', 'released', 'mol', 'r3d', 'dynamic_image', 'single_frame')


@pytest.fixture(scope='module')
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One ME as images, as a video, with landmarks, and prepared from each; tiny models of all kinds."""
    root = tmp_path_factory.mktemp('inference')
    frames, landmarks = tiny_inference.face()
    tiny_inference.write_images(root / 's/images', frames, 1)
    tiny_inference.write_video(root / 's/video.avi', frames)
    tiny_inference.write_landmarks(root / 'landmarks/s/images.npz', landmarks, 1)
    tiny_inference.write_landmarks(root / 'landmarks/s/video.npz', landmarks)
    with open(root / 'table.csv', 'w', newline='') as file:
        csv.writer(file).writerows([('path', 'subject', 'label'), ('s/images', 's', 'surprise'),
                                    ('s/video.avi', 's', 'surprise')])
    prepare_release(CUSTOM, root / 'table.csv', root / 'prepared', PreparationSettings(
        landmark_options=dict(folder=str(root / 'landmarks'))))
    for kind in KINDS:
        tiny_inference.write_trained(root / kind, kind)
    return root


def build(root: Path, kind: str = 'fdp', **options) -> MicroExpressionInferencer:
    options = dict(landmarks=root / 'landmarks') | options if 'landmark_source' not in options else options
    return MicroExpressionInferencer(weights=root / kind / 'epoch_1.pth', device='cpu', **options)


@pytest.fixture(scope='module')
def infer(root: Path) -> MicroExpressionInferencer:
    return build(root)


def one(result: dict) -> VideoPrediction:
    [video] = result['predictions']
    assert video.error is None, video.error
    return video


@pytest.mark.parametrize('kind', KINDS)
def test_the_answer_of_the_prepared_dataset(root, kind):
    infer = build(root, kind)
    expected = tiny_inference.predict_prepared(root / kind / 'epoch_1.pth', root / 'prepared', 's')
    for name, first, truth in zip(('images', 'video.avi'), (1, 0), expected):
        video = one(infer(root / 's' / name))
        [clip] = video.clips
        np.testing.assert_array_equal(video.aligned, np.load(root / f'prepared/clips/s/{name.split(".")[0]}.npy'))
        np.testing.assert_allclose(clip.scores, truth['pred_score'], atol=1e-6)
        assert clip.label == truth['pred_label'] and clip.class_name == infer.classes[clip.label]
        assert clip.scores.sum() == pytest.approx(1) and clip.num_clips * len(clip.frames) == len(truth['frames'])
        np.testing.assert_array_equal(clip.frames - first, truth['frames'][:len(clip.frames)])
        assert clip.images.shape == (len(clip.frames), 32, 32)
        for field in ('rank_scores', 'dynamic_image', 'flow', 'landmarks'):
            value, true = getattr(clip, field), truth.get(f'pred_{field}')
            assert (value is None) == (true is None), field
            if value is not None:
                true = true.numpy()
                np.testing.assert_allclose(value, true if true.ndim == value.ndim else true[0], atol=1e-5)
    if kind == 'mol':
        assert clip.num_clips == len(video.aligned) // 5 > 1
        assert clip.flow.shape == (4, 2, 32, 32) and clip.landmarks.shape == (5, 68, 2)


@pytest.mark.parametrize('kind', KINDS)
def test_a_window_is_the_clip_of_its_frames(root, kind):
    infer = build(root, kind)
    video = one(infer(root / 's/video.avi', window=8, stride=4, batch_size=2))
    assert video.windows and len(video.clips) == (len(video.aligned) - 8) // 4 + 1 >= 3
    assert [clip.onset for clip in video.clips] == list(range(0, 4 * len(video.clips), 4))
    # the windows share the transform of the video's first frame
    aligned = build(root, kind, landmark_source='none')
    if kind == 'released':          # normalised by all windows together
        assert 'mean and the maximum of this video' in video.remarks[0]
        return
    for clip in video.clips:
        [alone] = one(aligned(video.aligned[clip.onset:clip.offset + 1])).clips
        np.testing.assert_allclose(clip.scores, alone.scores, atol=2e-6)
        np.testing.assert_array_equal(clip.frames, alone.frames + clip.onset)
        assert clip.offset == clip.onset + 7 and clip.images is None and clip.dynamic_image is clip.flow is None
        if alone.rank_scores is not None:
            np.testing.assert_allclose(clip.rank_scores, alone.rank_scores, atol=1e-4)
    assert infer.predictor.shares_frames == (kind in ('fdp', 'mol', 'single_frame'))


def test_heads_on_request(root, infer):
    video = one(infer(root / 's/video.avi', window=8, stride=8, heads=['dynamic_image']))
    [alone] = one(build(root, landmark_source='none')(video.aligned[8:16])).clips
    np.testing.assert_allclose(video.clips[1].dynamic_image, alone.dynamic_image, atol=0.02)
    [clip] = one(infer(root / 's/video.avi', heads=[])).clips
    assert clip.dynamic_image is None and clip.rank_scores is not None
    with pytest.raises(DatasetError, match='no head mood: its auxiliary heads are dynamic_image'):
        infer(root / 's/video.avi', heads=['mood'])


def test_part_of_a_video_and_seconds(root, infer):
    part = one(infer(root / 's/video.avi', onset=3, offset=14))
    assert part.num_frames == 12 and part.clips[0].onset == 3 and part.clips[0].offset == 14
    assert part.fps == pytest.approx(tiny_inference.FPS, rel=1e-2) and part.seconds(6) == pytest.approx(0.1, abs=2e-3)
    windows = one(infer(root / 's/video.avi', window_seconds=0.2, stride_seconds=0.05))
    assert windows.clips[0].offset == 11 and windows.clips[1].onset == 3
    [lost] = infer(root / 's/images', window_seconds=0.2)['predictions']
    assert 'does not tell its frames per second' in lost.error
    assert one(infer(root / 's/images', window_seconds=0.2, fps=60)).clips[0].frames[-1] == 12
    for options, sentence in ((dict(onset=5, offset=3), 'exchange them'), (dict(stride=3), 'give the window as well'),
                              (dict(fps=-1), 'above 0')):
        with pytest.raises(DatasetError, match=sentence):
            infer(root / 's/images', **options)


def test_the_apex_alone(root):
    infer = build(root, 'single_frame')
    middle, chosen = (one(infer(root / 's/images', apex=apex)).clips[0] for apex in (None, 7))
    assert chosen.frames.tolist() == [7] and middle.frames.tolist() == [1 + len(tiny_inference.face()[0]) // 2]
    assert not np.allclose(chosen.scores, middle.scores)


def test_mmengine_conventions(root, infer, tmp_path):
    built = INFERENCERS.build(dict(type='mmaction.MicroExpressionInferencer', weights=str(root / 'fdp/epoch_1.pth'),
                                   landmarks=root / 'landmarks', device='cpu'))
    assert INFERENCERS.get('micro-expression') is MicroExpressionInferencer
    result = built([root / 's/images', str(root / 'lost.avi')], return_datasamples=True, return_vis=True)
    assert set(result) == {'predictions', 'visualization'}
    [sample], none = result['predictions']
    assert none == [] and sample.frame_inds[0] == 1
    [clip] = one(infer(root / 's/images')).clips
    torch.testing.assert_close(sample.pred_score, torch.from_numpy(clip.scores))
    assert sample.pred_label.item() == clip.label and sample.pred_dynamic_image.shape == (32, 32)
    picture, nothing = result['visualization']
    assert picture.dtype == np.uint8 and picture.shape[2] == 3 and picture.std() > 10 and nothing is None
    assert infer(root / 's/images', vis_dir=tmp_path)['visualization'] == []
    assert cv2.imread(str(tmp_path / 'images.png')).shape[1] > 500
    assert DefaultScope.get_current_instance() is None or DefaultScope.get_current_instance().scope_name == 'mmaction'
    with pytest.raises(TypeError, match='mood'):
        infer(root / 's/images', mood=1)


def test_folded_weights_and_config_objects(root, infer):
    path = root / 's/images'
    [plain], [folded] = one(infer(path)).clips, one(build(root, fold_bn=True)(path)).clips
    np.testing.assert_allclose(folded.scores, plain.scores, atol=1e-5)
    cfg = Config.fromfile(root / 'fdp/config.py')
    by_object = MicroExpressionInferencer(cfg, root / 'fdp/epoch_1.pth', 'cpu', landmarks=root / 'landmarks')
    [again] = one(by_object(path)).clips
    np.testing.assert_array_equal(again.scores, plain.scores)
    cfg.test_dataloader.dataset.pipeline = cfg.test_dataloader.dataset.pipeline[1:]
    with pytest.raises(DatasetError, match='does not begin with SampleMEFrames'):
        MicroExpressionInferencer(cfg, root / 'fdp/epoch_1.pth')


def test_what_cannot_be_set_up(root, tmp_path):
    with pytest.raises(CheckpointError, match='needs weights'):
        MicroExpressionInferencer()
    with pytest.raises(CheckpointError, match='does not exist'):
        MicroExpressionInferencer(weights='lost.pth')
    with pytest.raises(CheckpointError):
        MicroExpressionInferencer(root / 'mol/config.py', root / 'fdp/epoch_1.pth', landmark_source='none')
    for options, sentence in ((dict(landmark_source='eyes'), 'Unknown landmark source'),
                              (dict(landmark_source='precomputed'), 'name a file, or the folder'),
                              (dict(landmarks='lost'), 'lost does not exist'),
                              (dict(landmark_source='box', landmarks=tmp_path), 'not by box'),
                              (dict(landmark_source='box', landmark_options=dict(mood=1)), "no option 'mood'")):
        with pytest.raises(FaceError, match=sentence):
            build(root, **{'landmark_source': 'auto', **options})
    if not torch.cuda.is_available():
        with pytest.raises(CheckpointError, match='PyTorch sees no GPU'):
            MicroExpressionInferencer(weights=root / 'fdp/epoch_1.pth', device='cuda')


def test_landmark_files_and_folders(root, infer):
    expected = one(infer(root / 's/video.avi')).aligned
    for place in (root / 'landmarks/s', root / 'landmarks/s/video.npz'):
        video = one(build(root, landmarks=place)(root / 's/video.avi'))
        np.testing.assert_array_equal(video.aligned, expected)
        assert video.landmark_source == 'precomputed'
    [lost] = build(root, landmarks=root / 'landmarks/s')([tiny_inference.face()[0]])['predictions']
    assert lost.error.startswith('Landmark file s/array0.npz does not exist')


def test_what_is_installed_finds_the_face(root, monkeypatch):
    for name in ('mediapipe', 'dlib'):
        monkeypatch.setitem(sys.modules, name, None)
    [clip] = (video := one(build(root, landmarks=None)(root / 's/video.avi'))).clips
    assert video.landmark_source == 'box' and 'aligned coarsely by a face box' in video.remarks[-1]
    chosen = one(build(root, landmark_source='box')(root / 's/video.avi'))
    np.testing.assert_array_equal(chosen.aligned, video.aligned)
    assert chosen.remarks == () and chosen.clips[0].label == clip.label


# --------------------------------------------------------------------------- odd videos, and bad ones
def test_one_that_fails_does_not_stop_the_others(root, infer, tmp_path):
    frames = tiny_inference.face()[0]
    noise = np.random.default_rng(0).integers(0, 256, (6, 64, 64), dtype=np.uint8)
    tiny_inference.write_images(tmp_path / 'broken', frames[:4])
    (tmp_path / 'broken/img3.png').write_bytes(b'no image')
    (tmp_path / 'text.mp4').write_text('no video')
    (tmp_path / 'empty').mkdir()
    tiny_inference.write_images(tmp_path / 'sizes', frames[:3])
    cv2.imwrite(str(tmp_path / 'sizes/img2.png'), frames[0, :99])
    boxes = build(root, landmark_source='box')
    names = ['noise', 'broken', 'text.mp4', 'empty', 'sizes', 'lost.mp4', 'good']
    videos = boxes([noise, *(tmp_path / name for name in names[1:6]), root / 's/video.avi'])['predictions']
    sentences = [
        'No face was found in 6 of 6 images', 'Image img3.png is damaged or not an image',
        'Video text.mp4 cannot be read', 'holds no .jpg', 'Image img2.png is 320x99, the first of its clip 320x240',
        'lost.mp4 does not exist']
    for video, sentence in zip(videos, sentences):
        assert sentence in video.error and video.clips == () and '\n' not in video.error
    assert one(dict(predictions=videos[6:])).landmark_source == 'box'
    [alone] = build(root, landmark_source='none')(frames[:1])['predictions']
    assert 'array0 has one frame here' in alone.error
    assert one(build(root, 'single_frame', landmark_source='none')(frames[:1])).clips[0].frames.tolist() == [0]


def test_a_breakdown_is_one_sentence(root, infer, monkeypatch):
    def break_down(*_: object) -> None:
        raise ZeroDivisionError('somewhere\ndeep')
    monkeypatch.setattr(aligned_clips, 'read_gray', break_down)
    [video] = infer(root / 's/video.avi')['predictions']
    assert 'breaks what reads it (ZeroDivisionError: somewhere)' in video.error and '\n' not in video.error


def test_frames_without_a_face(root):
    frames, landmarks = tiny_inference.face()
    gaps = landmarks.copy()
    gaps[:2] = np.nan
    tiny_inference.write_landmarks(root / 'gaps/video.npz', gaps)
    [lost] = build(root, landmarks=root / 'gaps')(root / 's/video.avi')['predictions']
    assert 'holds NaN' in lost.error
    filling = build(root, landmarks=root / 'gaps', landmark_options=dict(on_missing='previous'))
    video = one(filling(root / 's/video.avi'))
    assert len(video.remarks) == 1 and 'no face in 2 frames' in video.remarks[0]


def test_turned_videos_stand_upright(root, infer, tmp_path):
    frames, landmarks = tiny_inference.face()
    tiny_inference.write_landmarks(tmp_path / 'video.npz', landmarks)
    # filmed turned, and marked so
    lying = np.ascontiguousarray(np.rot90(frames, 1, axes=(1, 2)))
    path = tiny_inference.turn(tiny_inference.write_video(tmp_path / 'video.mp4', lying, 'mp4v'))
    video = one(build(root, landmarks=tmp_path)(path))
    straight = one(infer(root / 's/video.avi'))
    assert np.abs(video.aligned.astype(int) - straight.aligned).mean() < 6
    np.testing.assert_allclose(video.scores, straight.scores, atol=0.1)


def test_a_rate_that_varies(root, infer, tmp_path):
    """What lasts twice as long counts twice: the same as the frame given twice at a constant rate."""
    frames, landmarks = tiny_inference.face()
    durations = [1 + (number % 4 == 1) for number in range(len(frames))]
    path = tiny_inference.retime(tiny_inference.write_video(tmp_path / 'video.mp4', frames, 'mp4v'), durations)
    video = one(build(root, landmarks=root / 'landmarks/s/video.npz')(path))
    twice = np.repeat(np.arange(len(frames)), durations)
    twice = twice[:len(twice) - durations[-1] + 1]             # the last frame's duration says nothing
    [constant] = one(build(root, landmark_source='none')(video.aligned[twice])).clips
    np.testing.assert_allclose(video.clips[0].scores, constant.scores, atol=1e-6)
    np.testing.assert_array_equal(video.clips[0].frames, twice[constant.frames])
    assert video.remarks == ('the frame rate varies: frames are spread evenly over time',)
    windows = one(build(root, landmarks=root / 'landmarks/s/video.npz')(path, window=12, stride=4))
    [alone] = one(build(root, landmark_source='none')(video.aligned[twice[4:16]])).clips
    np.testing.assert_allclose(windows.clips[1].scores, alone.scores, atol=2e-6)


def test_full_frames_are_not_kept(root, infer, monkeypatch):
    alive, most, read = set(), [], aligned_clips.read_gray

    def watched(path: str) -> np.ndarray:
        image = read(path)
        alive.add(id(image))
        weakref.finalize(image, alive.discard, id(image))
        most.append(len(alive))
        return image
    monkeypatch.setattr(aligned_clips, 'read_gray', watched)
    video = one(infer(root / 's/video.avi'))
    assert len(most) == len(video.aligned) > 10 and max(most) <= 3      # the first, the last, and the one being read


def test_h264(root, infer, tmp_path):
    av = pytest.importorskip('av', reason='PyAV writes H.264; OpenCV from PyPI does not')
    frames = tiny_inference.face()[0]
    with av.open(str(tmp_path / 'video.mp4'), 'w') as container:
        stream = container.add_stream('libx264', rate=tiny_inference.FPS, options=dict(crf='10'))
        stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], 'yuv420p'
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format='rgb24')))
        container.mux(stream.encode())
    video, straight = one(infer_file(root, tmp_path / 'video.mp4')), one(infer(root / 's/video.avi'))
    assert np.abs(video.aligned.astype(int) - straight.aligned).mean() < 4
    np.testing.assert_allclose(video.scores, straight.scores, atol=0.1)
    assert video.clips[0].class_name == straight.clips[0].class_name


def infer_file(root: Path, path: Path) -> dict:
    return build(root, landmarks=root / 'landmarks/s/video.npz')(path)
