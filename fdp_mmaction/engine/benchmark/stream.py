"""Windows over a long video, as a step to measure."""

from __future__ import annotations

import numpy as np
import torch
from mmengine.config import Config

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.inference import predict_windows, sliding_windows

from .example import example_batch
from .variant import Variant, loader_of, pipeline_of
from .workload import DTYPES, Workload, build_model, check_precision


def build_stream(variant: Variant, cfg: Config, device: torch.device) -> Workload:
    """A step that predicts all windows of an artificial video, from frames in memory to arrays of predictions.

    Length of clips and size of frames are those that the config's test pipeline makes.

    Args:
        variant (Variant): Its batch size counts windows.
        cfg (Config): Its config, from :func:`~fdp_mmaction.engine.benchmark.variant.read_variant`.
        device (torch.device): Where.

    Returns:
        Workload: ``clips`` are the windows.

    Raises:
        UsageError: If the video is shorter than a window, or the config does not permit what is asked for.
        DatasetError: If its pipeline does not take aligned frames.
    """
    check_precision(variant.amp, device)
    if variant.compile:
        raise UsageError('stream does not run through torch.compile: leave compile out.')
    clips = example_batch(pipeline_of(cfg, 'stream'), 1, variant.me_frames)['inputs'][0]
    clip_len, height, width = clips.shape[-3:]
    windows = sliding_windows(variant.video_frames, variant.window, variant.stride, clip_len)
    if not len(windows):
        raise UsageError(f'A video of {variant.video_frames} frames holds no window of {variant.window}: make the '
                         'video longer or the window shorter.')
    video = np.random.default_rng(0).integers(0, 256, (variant.video_frames, height, width), dtype=np.uint8)
    model = build_model(variant, cfg, device)
    batch_size = variant.batch_size or loader_of(cfg, 'stream').batch_size
    search = bool((cfg.get('env_cfg') or {}).get('cudnn_benchmark'))
    dtype = DTYPES[variant.amp] if variant.amp else None

    def step() -> object:
        torch.backends.cudnn.benchmark = search
        with torch.autocast(device.type, dtype, enabled=dtype is not None):
            return predict_windows(model, video, windows, batch_size=batch_size,
                                   frame_batch_size=batch_size * clip_len)
    return Workload(variant, 'stream', model, step, len(windows), len(windows), None, DTYPES[variant.amp],
                    variant.video_frames)
