"""From a video to an answer; runs in the worker's process."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import fdp_mmaction  # noqa: F401  (repairs the host before anything of it is imported)
from fdp_mmaction.apis import MicroExpressionInferencer
from fdp_mmaction.apis.prediction import ClipPrediction, VideoPrediction
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.dynamic_image import dynamic_image
from fdp_mmaction.visualization.cam_figure import draw_cam
from fdp_mmaction.visualization.cam_view import view_cam
from fdp_mmaction.visualization.clip_model import ClipModel

from . import figures
from .answer import Answer
from .limits import Limits, check_extent

MOST_WINDOWS = 160
"""Windows of a long video lie farther apart, so that an answer does not take for ever."""


@dataclass(frozen=True)
class Question:
    """What the page asks of a video.

    Attributes:
        video (str): The file.
        checkpoint (str): The model.
        model (str): Its name.
        window_seconds (float): Length of the windows.
        limits (Limits): What is allowed.
        device (str | None): Such as ``'cpu'``; None for a GPU if there is one.
        landmark_source (str): See :class:`~fdp_mmaction.apis.MicroExpressionInferencer`.
        landmark_options (Mapping): Its options.
        landmarks (str | None): Folder of landmark files, for the page's own examples.
        truth (tuple[int, int] | None): First and last frame of the micro-expression of an example.
        truth_text (str): What is true of an example, in words.
        moment (float | None): Show the window around this second (or frame, where seconds are not known); None for the
            strongest.
    """

    video: str
    checkpoint: str
    model: str
    window_seconds: float
    limits: Limits
    device: str | None = None
    landmark_source: str = 'auto'
    landmark_options: Mapping[str, Any] = field(default_factory=dict)
    landmarks: str | None = None
    truth: tuple[int, int] | None = None
    truth_text: str = ''
    moment: float | None = None


def answer(question: Question) -> Answer:
    """Analyse a video.

    Args:
        question (Question): What to look at, and how.

    Returns:
        Answer: What the page shows.

    Raises:
        DatasetError: If the video cannot be read, is beyond the limits, or shows no face.
        FaceError: If the landmark source cannot be set up.
        CheckpointError: If the model cannot be loaded.
    """
    begin = time.perf_counter()
    seconds = check_extent(question.video, question.limits)
    options = dict(landmark_source=question.landmark_source, landmark_options=tuple(question.landmark_options.items()))
    if question.landmarks is not None:
        options = dict(landmarks=question.landmarks)
    infer = _inferencer(question.checkpoint, question.device, **options)
    windows = {} if seconds is None else window_options(seconds, question.window_seconds)
    prediction = _first(infer(question.video, **windows), question.video)
    chosen = question.moment is not None
    shown = figures.nearest(prediction, question.moment) if chosen else figures.strongest(prediction)
    closer = look_closer(question, prediction, prediction.clips[shown])
    faces = prediction.aligned_frames(closer.frames)
    timelines = {name: figures.png(figures.draw_timeline(prediction, shown, question.truth, narrow, chosen))
                 for name, narrow in (('timeline', False), ('timeline_narrow', True))}
    pictures = {**timelines,
                **pictures_of(closer, faces), **evidence(question.checkpoint, closer, prediction)}
    named = dict(prediction.to_json(), source=Path(question.video).name)
    return Answer(named, shown, question.model, time.perf_counter() - begin, pictures,
                  tuple(figures.png(face) for face in faces), question.truth_text, chosen)


def window_options(seconds: float, window: float) -> dict[str, float]:
    """How windows slide along a video.

    Args:
        seconds (float): Length of the video.
        window (float): Length of a window in seconds.

    Returns:
        dict[str, float]: ``window_seconds`` and ``stride_seconds``, an eighth of a window, or more in a long video;
        empty for a video that is hardly longer than a window, which is taken as one micro-expression.
    """
    if seconds < 1.25 * window:
        return {}
    return dict(window_seconds=window, stride_seconds=max(window / 8, (seconds - window) / MOST_WINDOWS))


def look_closer(question: Question, prediction: VideoPrediction, clip: ClipPrediction) -> ClipPrediction:
    """All that the model says of one window, whose class alone was asked for at first.

    Args:
        question (Question): Names the model.
        prediction (VideoPrediction): The video; its aligned faces are looked at again.
        clip (ClipPrediction): The window.

    Returns:
        ClipPrediction: With images and the predictions of all heads.
    """
    if clip.images is not None:
        return clip
    inside = (prediction.frame_ids >= clip.onset) & (prediction.frame_ids <= clip.offset)
    infer = _inferencer(question.checkpoint, question.device, landmark_source='none')
    [again] = _first(infer(prediction.aligned[inside]), question.video).clips
    numbers = prediction.frame_ids[inside]
    return replace(again, onset=clip.onset, offset=clip.offset, frames=numbers[again.frames])


def pictures_of(clip: ClipPrediction, faces: np.ndarray) -> dict[str, bytes]:
    """Pictures of what a model says of one clip.

    Args:
        clip (ClipPrediction): With images.
        faces (np.ndarray): ``(T, S, S)`` uint8, the aligned faces of its frames.

    Returns:
        dict[str, bytes]: PNG files by name, see :class:`~.answer.Answer`.
    """
    found = {'dynamic_image': figures.png(figures.as_grey(dynamic_image(faces)))}
    if clip.dynamic_image is not None:
        found['dynamic_image_by_model'] = figures.png(figures.as_grey(clip.dynamic_image))
    if clip.flow is not None or clip.landmarks is not None:
        found['motion'] = figures.png(figures.draw_motion(clip, f'frames {clip.onset} to {clip.offset}'))
    return found


def evidence(checkpoint: str, clip: ClipPrediction, prediction: VideoPrediction) -> dict[str, bytes]:
    """Where the model sees the evidence for the class that it names.

    Args:
        checkpoint (str): The model.
        clip (ClipPrediction): What it says of a clip.
        prediction (VideoPrediction): The video, with its aligned faces.

    Returns:
        dict[str, bytes]: PNG file ``cam``; empty for a model that cannot be looked into, and without Captum.
    """
    inside = (prediction.frame_ids >= clip.onset) & (prediction.frame_ids <= clip.offset)
    numbers = [int(number) for number in prediction.frame_ids[inside]]
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / 'faces.npy'
            np.save(path, prediction.aligned[inside])
            record = dict(sample_id=f'frames {clip.onset} to {clip.offset}', frames_path=str(path), landmarks_path=None,
                          frame_ids=numbers, num_frames=len(numbers), onset=numbers[0], offset=numbers[-1],
                          apex=numbers[len(numbers) // 2], label=0)
            view = view_cam(_clip_model(checkpoint), record, clip.class_name)
    except (DatasetError, ImportError):
        return {}
    return {'cam': figures.png(draw_cam(view), dpi=220)}


def _first(result: dict[str, list], video: str) -> VideoPrediction:
    """The prediction of the one video; where there is none, why, without the place of the file on this server."""
    [prediction] = result['predictions']
    if prediction.error is not None:
        raise DatasetError(prediction.error.replace(video, Path(video).name))
    return prediction


@lru_cache(maxsize=2)
def _clip_model(checkpoint: str) -> ClipModel:
    return ClipModel(checkpoint, landmarks=False)


@lru_cache(maxsize=6)
def _inferencer(checkpoint: str, device: str | None, landmark_source: str = 'auto',
                landmark_options: tuple[tuple[str, Any], ...] = (), landmarks: str | None = None
                ) -> MicroExpressionInferencer:
    return MicroExpressionInferencer(weights=checkpoint, device=device, landmark_source=landmark_source,
                                     landmarks=landmarks, landmark_options=dict(landmark_options) or None, fold_bn=True)
