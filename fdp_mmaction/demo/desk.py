"""Behind the page: takes a video, has it analysed, and sees to it that nothing of it stays."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fdp_mmaction.engine.launch import USER_ERRORS, UsageError

from .analysis import Question, answer
from .answer import Answer
from .checkpoints import NO_CHECKPOINT
from .examples import Example, thumbnail, write_example
from .figures import png
from .limits import Limits, check_file
from .private_folder import PrivateFolder
from .worker import Worker, WorkError


@dataclass(frozen=True)
class Settings:
    """How videos are analysed.

    Attributes:
        limits (Limits): What is taken.
        device (str | None): Such as ``'cpu'``; None for a GPU if there is one.
        landmark_source (str): See :class:`~fdp_mmaction.apis.MicroExpressionInferencer`.
        landmark_options (Mapping): Its options.
        jobs (int): Videos that are analysed at the same time, each in a process of its own. Defaults to 1.
    """

    limits: Limits = field(default_factory=Limits)
    device: str | None = None
    landmark_source: str = 'auto'
    landmark_options: Mapping[str, Any] = field(default_factory=dict)
    jobs: int = 1


class Desk:
    """Answers questions about videos.

    Args:
        models (Mapping[str, Path]): Checkpoints by name.
        folder (PrivateFolder): Holds uploads and examples.
        settings (Settings): How videos are analysed.
        analyse (Callable): From :class:`~.analysis.Question` to :class:`~.answer.Answer`, importable by its name.
            Defaults to :func:`~.analysis.answer`.
    """

    def __init__(self, models: Mapping[str, Path], folder: PrivateFolder, settings: Settings,
                 analyse: Callable[[Question], Answer] = answer) -> None:
        self.models = dict(models)
        self.folder = folder
        self.settings = settings
        self._all = [Worker(analyse, (UsageError, *USER_ERRORS), settings.limits.processing_seconds)
                     for _ in range(settings.jobs)]
        self._free: queue.Queue[Worker] = queue.Queue()
        for worker in self._all:
            self._free.put(worker)

    def start(self) -> None:
        """Let the processes load what they need before the first question, if there is any model."""
        for worker in self._all if self.models else ():
            worker.start()

    def close(self) -> None:
        """End the processes and delete all files."""
        for worker in self._all:
            worker.close()
        self.folder.remove()

    def example(self, example: Example) -> tuple[Path, Path]:
        """Video and landmarks of an example, rendered when it is first asked for."""
        return write_example(example, self.folder.sub('examples'))

    def thumbnail(self, example: Example) -> Path:
        """Picture of an example, a PNG file."""
        path = self.folder.sub('examples') / f'{example.name}.png'
        path.write_bytes(png(thumbnail(example)))
        return path

    def ask(self, video: str | None, example: Example | None, model: str | None, window_seconds: float,
            moment: float | None = None) -> Answer:
        """Analyse an example, or an uploaded video, which is deleted then.

        Args:
            video (str | None): The upload.
            example (Example | None): The page's own video, instead.
            model (str | None): A name of ``models``.
            window_seconds (float): Length of the windows.
            moment (float, optional): Show the window around this second. Defaults to None, the strongest.

        Returns:
            Answer: What the page shows.

        Raises:
            WorkError: If there is no answer; one sentence.
            DatasetError: If the video is beyond the limits, or none; one sentence.
        """
        with self._deleted_afterwards(video if example is None else None):
            if not self.models:
                raise WorkError(NO_CHECKPOINT)
            if model not in self.models:
                raise WorkError('Choose a model first.')
            if video is None and example is None:
                raise WorkError('Choose a video or an example first.')
            asked = dict(checkpoint=str(self.models[model]), model=model, window_seconds=float(window_seconds),
                         moment=moment, limits=self.settings.limits, device=self.settings.device)
            if example is not None:
                path, landmarks = self.example(example)
                question = Question(str(path), **asked, landmarks=str(landmarks.parent), truth=example.extent,
                                    truth_text=example.text)
            else:
                check_file(video, self.settings.limits)
                question = Question(video, **asked, landmark_source=self.settings.landmark_source,
                                    landmark_options=dict(self.settings.landmark_options))
            worker = self._free.get()
            try:
                return worker(question)
            finally:
                self._free.put(worker)

    @contextmanager
    def _deleted_afterwards(self, upload: str | None) -> Iterator[None]:
        try:
            yield
        finally:
            if upload is not None:
                self.folder.forget(upload)
