"""A trained model on videos, folders of frames and arrays, by MMEngine's conventions for inferencers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Union

import numpy as np
import torch
from mmengine.config import Config
from mmengine.infer import BaseInferencer
from mmengine.logging import MMLogger
from mmengine.registry import DefaultScope
from torch import nn

from fdp_mmaction.engine.launch import USER_ERRORS, one_sentence
from fdp_mmaction.engine.safe_loading import CheckpointError
from fdp_mmaction.inference import fold_batch_norm
from fdp_mmaction.registry import DATASETS, INFERENCERS, MODELS
from fdp_mmaction.visualization.trained_model import load_weights, normalises_by_part, read_trained_config

from .aligned_video import AlignedVideo, VideoAligner
from .clip_predictor import BY_PART, ClipPredictor
from .data_samples import to_datasamples
from .memory_pipeline import MemoryPipeline
from .prediction import VideoPrediction
from .video_source import Input, Part, name_of
from .window_plan import WindowPlan

Prepared = Union[AlignedVideo, VideoPrediction]
"""Aligned faces, or why there are none."""


@INFERENCERS.register_module(name='micro-expression')
@INFERENCERS.register_module()
class MicroExpressionInferencer(BaseInferencer):
    """What a trained model says of one's own videos.

    A video is read, its face found and aligned as ``tools/prepare_data.py`` aligns, the frames sampled and cut as the
    test pipeline of the model's config does it, and shown to the model: FDP, MOL, or any recognizer of MMAction2 whose
    test pipeline reads a prepared folder.

    Args:
        model (str | Path | Config, optional): The config that the weights were trained with. Defaults to None: the one
            that training left beside them.
        weights (str | Path): The checkpoint, loaded without running code from it; also one of the released codes that
            ``tools/convert_checkpoint.py`` converted.
        device (str, optional): Such as ``'cpu'`` or ``'cuda:1'``. Defaults to None: a GPU if there is one.
        landmark_source (str): Where the landmarks for the alignment come from, a name of
            :data:`fdp_mmaction.faces.landmark_sources.LANDMARK_SOURCES`. ``'none'``: the frames are aligned faces
            already. ``'auto'``: ``'precomputed'`` if ``landmarks`` is given, else ``'mediapipe'`` if that is installed,
            else ``'dlib'`` if that is installed and ``landmark_options`` has its ``model``, else ``'box'``, which is
            coarse. Defaults to ``'auto'``.
        landmarks (str | Path, optional): Of ``'precomputed'`` and ``'openface'``: the landmark file of the one video,
            or a folder with a file for each, ``<name of the video>.npz`` or ``.csv``. Defaults to None.
        landmark_options (Mapping, optional): Further options of the source, see
            :func:`fdp_mmaction.faces.landmark_sources.build_landmark_source`. Defaults to None.
        align (str): As the training data were prepared: ``'onset'``: one transform for a clip, from its first frame,
            which the windows of a video share; ``'frame'``: one for each frame. Defaults to ``'onset'``.
        size (int): Side of the aligned squares in pixels, as the training data have it. Defaults to 144.
        box_factor (float): As the training data were prepared. Defaults to 2.5.
        fold_bn (bool): Batch normalisation in the weights: the same answers in less time. Defaults to False.
        show_progress (bool): A progress bar over the videos. Defaults to False.

    Raises:
        CheckpointError: If the checkpoint cannot be loaded or is not of the config.
        DatasetError: If there is no config, or its test pipeline does not read a prepared folder.
        FaceError: If the landmark source is unknown or cannot be set up.

    Examples:
        >>> infer = MicroExpressionInferencer(weights='work_dirs/fdp_casme2/sub17/epoch_60.pth')
        >>> [video] = infer('face.mp4', onset=120, offset=180)['predictions']
        >>> video.clips[0].class_name, video.clips[0].score
        >>> [video] = infer('long.mp4', window_seconds=0.5)['predictions']
        >>> video.scores                                            # (windows, classes)
    """

    preprocess_kwargs: set = {'onset', 'offset', 'apex', 'fps'}
    forward_kwargs: set = {'heads', 'plan', 'clips_per_batch'}
    visualize_kwargs: set = {'return_vis', 'vis_dir'}
    postprocess_kwargs: set = set()

    def __init__(self, model: str | Path | Config | None = None, weights: str | Path | None = None,
                 device: str | None = None, landmark_source: str = 'auto', landmarks: str | Path | None = None,
                 landmark_options: Mapping[str, Any] | None = None, align: str = 'onset', size: int = 144,
                 box_factor: float = 2.5, fold_bn: bool = False, show_progress: bool = False) -> None:
        if weights is None:
            raise CheckpointError('The inferencer needs weights: name the checkpoint of a trained model.')
        if device is not None and torch.device(device).type == 'cuda' and not torch.cuda.is_available():
            raise CheckpointError(f'The device {device} is not there: PyTorch sees no GPU; use cpu.')
        self._align = VideoAligner(landmark_source, None if landmarks is None else Path(landmarks).expanduser(),
                                   dict(landmark_options or {}), align, size, box_factor)
        self._fold_bn, self.weights = fold_bn, str(weights)
        if isinstance(model, Config):
            self.config_name = model.filename or 'the config'
        else:
            path, model = read_trained_config(weights, model, by_part=True)
            self.config_name = str(path)
        super().__init__(model, self.weights, device, scope='mmaction', show_progress=show_progress)
        self.predictor = ClipPredictor(self.model, self.pipeline, self.classes, normalises_by_part(self.cfg))

    def __call__(self, inputs: Input | Sequence[Input], return_datasamples: bool = False, batch_size: int = 1, *,
                 onset: int | None = None, offset: int | None = None, apex: int | None = None,
                 window: int | None = None, stride: int | None = None, window_seconds: float | None = None,
                 stride_seconds: float | None = None, fps: float | None = None, heads: Sequence[str] | None = None,
                 return_vis: bool = False, vis_dir: str | Path | None = None) -> dict[str, list]:
        """Predict.

        Args:
            inputs (Input | Sequence[Input]): One or several of: a video file; a folder of frame images, in the order of
                the numbers in their names; an array of frames ``(F, H, W)`` grey or ``(F, H, W, 3)`` RGB, uint8.
            return_datasamples (bool): ``ActionDataSample`` instead of :class:`VideoPrediction`: for each video the list
                of those of its clips, empty after an error. Defaults to False.
            batch_size (int): Windows that pass the model together. Defaults to 1.
            onset (int, optional): First frame of the ME, counted from 0 in videos and arrays, as in the file names in
                folders. Defaults to None: the first.
            offset (int, optional): Last frame of the ME. Defaults to None: the last.
            apex (int, optional): Frame of its maximum, for models that look at the apex alone. Defaults to None: the
                middle.
            window (int, optional): Predict for windows of so many frames that slide from ``onset`` to ``offset``.
                Defaults to None: for all frames, as one ME.
            stride (int, optional): Frames between the beginnings of neighbouring windows. Defaults to None: a quarter
                of a window.
            window_seconds (float, optional): The same in seconds, where the frame rate is known. Defaults to None.
            stride_seconds (float, optional): The same in seconds. Defaults to None.
            fps (float, optional): Frames per second, where the source does not tell (folders, arrays) or tells it
                wrong. Defaults to None.
            heads (Sequence[str], optional): Auxiliary heads of the model that predict beside the class. Defaults to
                None: of windows none, else those of the model's ``test_cfg``.
            return_vis (bool): Return a picture of each video. Defaults to False.
            vis_dir (str | Path, optional): Write pictures into this folder, ``<name of the video>.png``. Defaults to
                None.

        Returns:
            dict[str, list]: ``predictions``: a :class:`VideoPrediction` for each input; of one that failed it holds the
            ``error``, and the others go on. ``visualization``: ``(H, W, 3)`` uint8 RGB for each input, None after an
            error; empty without ``return_vis``.

        Raises:
            DatasetError: If options contradict each other. What concerns one video alone is never raised.
        """
        Part(onset, offset, apex, fps)      # what is wrong for every video is an error at once
        self.predictor.check_heads(heads)
        lengths = (window, stride, window_seconds, stride_seconds)
        plan = None if lengths == (None, None, None, None) else WindowPlan(*lengths)
        return super().__call__(
            inputs, return_datasamples, batch_size, onset=onset, offset=offset, apex=apex, fps=fps, heads=heads,
            plan=plan, clips_per_batch=batch_size, return_vis=return_vis, vis_dir=vis_dir)

    def _init_model(self, cfg: Config, weights: str, device: str = 'cpu') -> nn.Module:
        with DefaultScope.overwrite_default_scope(self.scope):
            model = MODELS.build(cfg.model)
        load_weights(model, weights)
        model = model.to(device).eval()
        return fold_batch_norm(model) if self._fold_bn else model

    def _init_pipeline(self, cfg: Config) -> MemoryPipeline:
        dataset = cfg.test_dataloader.dataset
        with DefaultScope.overwrite_default_scope(self.scope):
            protocol = DATASETS.get(dataset.type).resolve_protocol(dataset.get('protocol', '5-class'))
            self.classes: tuple[str, ...] = tuple(protocol.classes)
            return MemoryPipeline(dataset.pipeline, self.config_name)

    def _init_visualizer(self, cfg: Config) -> None:
        return None      # figures are drawn by draw_prediction

    def _inputs_to_list(self, inputs: Input | Sequence[Input]) -> list[Input]:
        return list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]      # a folder is one input

    def preprocess(self, inputs: Sequence[Input], batch_size: int = 1, onset: int | None = None,
                   offset: int | None = None, apex: int | None = None, fps: float | None = None) -> Iterator[Prepared]:
        """Read and align the inputs, one after the other.

        Args:
            inputs (Sequence[Input]): Videos, folders or arrays.
            batch_size (int): Without effect: each video comes by itself. Defaults to 1.
            onset (int, optional): As of :meth:`__call__`.
            offset (int, optional): As of :meth:`__call__`.
            apex (int, optional): As of :meth:`__call__`.
            fps (float, optional): As of :meth:`__call__`.

        Returns:
            Iterator[AlignedVideo | VideoPrediction]: For each input its aligned faces, or a prediction with the error.
        """
        part = Part(onset, offset, apex, fps)
        return (self._guarded(name_of(item, index), lambda item=item, index=index: self._align(item, index, part))
                for index, item in enumerate(inputs))

    @torch.no_grad()
    def forward(self, inputs: Prepared, heads: Sequence[str] | None = None, plan: WindowPlan | None = None,
                clips_per_batch: int = 1) -> list[VideoPrediction]:
        """Predict for one video.

        Args:
            inputs (AlignedVideo | VideoPrediction): From :meth:`preprocess`.
            heads (Sequence[str], optional): As of :meth:`__call__`.
            plan (WindowPlan, optional): Windows. Defaults to None: all frames as one ME.
            clips_per_batch (int): Windows that pass the model together. Defaults to 1.

        Returns:
            list[VideoPrediction]: One.
        """
        if isinstance(inputs, VideoPrediction):
            return [inputs]

        def predict() -> VideoPrediction:
            clips = [self.predictor.whole(inputs, heads)] if plan is None else self.predictor.windows(
                inputs, plan, heads or (), clips_per_batch)
            remarks = (*inputs.remarks, BY_PART) if self.predictor.by_part else inputs.remarks
            return VideoPrediction(
                inputs.source, self.classes, tuple(clips), None, remarks, len(inputs.frames), inputs.fps,
                inputs.landmark_source, plan is not None, inputs.frame_ids, inputs.times, inputs.frames)

        return [self._guarded(inputs.source, predict)]

    def _guarded(self, source: str, work: Callable[[], Any]) -> Any:
        """A prediction with one sentence where a video fails, so that the others go on."""
        try:
            return work()
        except (*USER_ERRORS, OSError) as error:
            return VideoPrediction(source, self.classes, error=one_sentence(error))
        except Exception as error:      # a decoder or detector that breaks down on one video
            MMLogger.get_current_instance().debug('%s', source, exc_info=True)
            first_line = (str(error).splitlines() or [''])[0]
            return VideoPrediction(source, self.classes, error=(
                f'{source} breaks what reads it ({type(error).__name__}: {first_line}): convert it, for example to '
                '.mp4.'))

    def visualize(self, inputs: Sequence[Input], preds: Sequence[VideoPrediction], return_vis: bool = False,
                  vis_dir: str | Path | None = None) -> list[np.ndarray | None]:
        """Draw a picture of each video.

        Args:
            inputs (Sequence[Input]): Without effect.
            preds (Sequence[VideoPrediction]): From :meth:`forward`.
            return_vis (bool): As of :meth:`__call__`.
            vis_dir (str | Path, optional): As of :meth:`__call__`.

        Returns:
            list[np.ndarray | None]: ``(H, W, 3)`` uint8 RGB, None after an error; empty without ``return_vis``.
        """
        if not return_vis and vis_dir is None:
            return []
        from .prediction_figure import draw_prediction, picture_of, save_prediction_figures
        if vis_dir is not None:
            save_prediction_figures(preds, vis_dir)
        return [None if one.error else picture_of(draw_prediction(one)) for one in preds] if return_vis else []

    def postprocess(self, preds: Sequence[VideoPrediction], visualization: list[np.ndarray | None],
                    return_datasamples: bool = False) -> dict[str, list]:
        """Put predictions and pictures together.

        Args:
            preds (Sequence[VideoPrediction]): From :meth:`forward`.
            visualization (list[np.ndarray | None]): From :meth:`visualize`.
            return_datasamples (bool): As of :meth:`__call__`. Defaults to False.

        Returns:
            dict[str, list]: ``predictions`` and ``visualization``.
        """
        found = [to_datasamples(one) for one in preds] if return_datasamples else list(preds)
        return dict(predictions=found, visualization=visualization)
