"""What a trained model says of a video: plain data, whatever the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class ClipPrediction:
    """What a trained model says of one micro-expression: a whole video, a part of it, or a window.

    Attributes:
        onset (int): Its first frame, a number as the source counts them: of a video and an array from 0, of a folder
            the numbers in the file names.
        offset (int): Its last frame.
        frames (np.ndarray): ``(T,)`` int64 numbers of the frames that entered the network. Where a config tests several
            clips of an ME (MOL: one for every temporal offset), those of the first.
        label (int): The class, in ``range(K)``.
        class_name (str): Its name.
        scores (np.ndarray): ``(K,)`` float32 in the order of the video's ``classes``, probabilities that add up to 1;
            averaged over the clips of the ME, if there are several.
        num_clips (int): Clips that were averaged. Defaults to 1.
        images (np.ndarray | None): ``(T, H, W)`` uint8: the frames as they entered the network, or as they were before
            the network's input was computed from them. None for windows.
        rank_scores (np.ndarray | None): ``(T,)`` float32, of a model that ranks frames (FDP).
        dynamic_image (np.ndarray | None): ``(H, W)`` float32 in [0, 1], of a model that constructs one (FDP).
        flow (np.ndarray | None): ``(T - 1, 2, H, W)`` float32, displacement (x, y) in pixels of ``images`` from each
            frame to the next, of a model that estimates it (MOL).
        landmarks (np.ndarray | None): ``(t, 68, 2)`` float32, x and y in pixels of ``images``, of a model that finds
            them (MOL): those of the last t frames, all T but for MOL as released.
    """

    onset: int
    offset: int
    frames: np.ndarray
    label: int
    class_name: str
    scores: np.ndarray
    num_clips: int = 1
    images: np.ndarray | None = None
    rank_scores: np.ndarray | None = None
    dynamic_image: np.ndarray | None = None
    flow: np.ndarray | None = None
    landmarks: np.ndarray | None = None

    @property
    def score(self) -> float:
        """Probability of the predicted class."""
        return float(self.scores[self.label])

    def to_json(self) -> dict[str, Any]:
        """Everything but pictures, flow and landmarks, as plain numbers and text."""
        return dict(onset=self.onset, offset=self.offset, frames=self.frames.tolist(), label=self.label,
                    class_name=self.class_name, scores=_numbers(self.scores), num_clips=self.num_clips,
                    rank_scores=None if self.rank_scores is None else _numbers(self.rank_scores))


@dataclass(frozen=True)
class VideoPrediction:
    """What a trained model says of one video.

    Attributes:
        source (str): The file or folder; ``'array'`` with a number for an array.
        classes (tuple[str, ...]): Names of the K classes, in the order of scores.
        clips (tuple[ClipPrediction, ...]): In the order of time: one, or one for each window. Empty after an error.
        error (str | None): Why there is no prediction: one sentence with the remedy. None if all went well.
        remarks (tuple[str, ...]): What the user should know of a prediction that there is, such as a face that was not
            found in the first frame.
        num_frames (int): Frames that were looked at, from onset to offset. 0 after an error.
        fps (float | None): Frames per second, the mean where they vary; None where unknown (folders, arrays, unless it
            was given).
        landmark_source (str | None): Where the landmarks for the alignment came from, a name in
            :data:`fdp_mmaction.faces.landmark_sources.LANDMARK_SOURCES`; ``'none'``: frames were aligned already.
        windows (bool): Whether the clips are windows that slide along the video.
        frame_ids (np.ndarray): ``(F,)`` int64 numbers of the frames that were looked at.
        times (np.ndarray | None): ``(F,)`` float64, seconds since the beginning of the video, also where the frame rate
            varies; None where unknown.
        aligned (np.ndarray | None): ``(F, S, S)`` uint8, the aligned faces of these frames, as a prepared folder holds
            them. None after an error.
    """

    source: str
    classes: tuple[str, ...]
    clips: tuple[ClipPrediction, ...] = ()
    error: str | None = None
    remarks: tuple[str, ...] = ()
    num_frames: int = 0
    fps: float | None = None
    landmark_source: str | None = None
    windows: bool = False
    frame_ids: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    times: np.ndarray | None = None
    aligned: np.ndarray | None = None

    def aligned_frames(self, numbers: Sequence[int] | np.ndarray) -> np.ndarray:
        """Aligned faces by frame number, for example of ``clip.frames``.

        Args:
            numbers (Sequence[int] | np.ndarray): ``(M,)`` frame numbers as the source counts them.

        Returns:
            np.ndarray: ``(M, S, S)`` uint8.

        Raises:
            ValueError: If there is no such frame.
        """
        rows = self._rows(numbers)
        if self.aligned is None:
            raise ValueError(f'{self.source} has no aligned frames: {self.error}')
        return self.aligned[rows]

    def seconds(self, number: int) -> float | None:
        """When a frame is shown, in seconds since the beginning of the video; None where unknown.

        Args:
            number (int): A frame number as the source counts them.

        Raises:
            ValueError: If there is no such frame.
        """
        [row] = self._rows([number])
        return None if self.times is None else float(self.times[row])

    @property
    def scores(self) -> np.ndarray:
        """``(clips, K)`` float32: the scores of all clips, a timeline where they are windows."""
        return np.stack([clip.scores for clip in self.clips]) if self.clips else np.empty(
            (0, len(self.classes)), np.float32)

    def to_json(self) -> dict[str, Any]:
        """Everything but pictures, flow and landmarks, as plain numbers and text; clips with their seconds if known."""
        clips = []
        for clip in self.clips:
            start, end = self.seconds(clip.onset), self.seconds(clip.offset)
            clips.append(clip.to_json() if start is None or end is None else dict(
                clip.to_json(), seconds=[round(start, 6), round(end, 6)]))
        return dict(source=self.source, error=self.error, remarks=list(self.remarks), num_frames=self.num_frames,
                    fps=self.fps, landmark_source=self.landmark_source, windows=self.windows,
                    classes=list(self.classes), clips=clips)

    def _rows(self, numbers: Sequence[int] | np.ndarray) -> np.ndarray:
        numbers = np.asarray(numbers)
        rows = np.searchsorted(self.frame_ids, numbers)
        known = rows < len(self.frame_ids)
        known[known] = self.frame_ids[rows[known]] == numbers[known]
        if not known.all():
            extent = f'{self.frame_ids[0]} to {self.frame_ids[-1]}' if len(self.frame_ids) else 'none'
            raise ValueError(f'{self.source}: frame {numbers[~known][0]} was not looked at, only {extent}.')
        return rows


def _numbers(values: np.ndarray) -> list[float]:
    return [round(float(value), 6) for value in values]
