"""A recognizer and a config so small that a leave-one-subject-out run takes seconds, on real prepared folders."""

from __future__ import annotations

import os
import time
from pathlib import Path

import torch
from mmaction.visualization import ActionVisualizer
from mmengine.hooks import Hook
from mmengine.logging import MessageHub, MMLogger
from mmengine.model import BaseModel
from mmengine.registry import DefaultScope
from torch import nn

from fdp_mmaction.registry import HOOKS, MODELS

REPO = Path(__file__).resolve().parents[1]


@MODELS.register_module()
class ToyRecognizer(BaseModel):
    """Linear on 8 x 8 pixels of the first and the last frame, with dropout, so that random numbers matter."""

    def __init__(self, num_classes: int = 5, norm: bool = False, tracked: bool = True, **kwargs) -> None:
        super().__init__(**kwargs)
        self.norm = nn.BatchNorm1d(128, track_running_stats=tracked) if norm else nn.Identity()
        self.drop, self.head = nn.Dropout(0.3), nn.Linear(128, num_classes)

    def forward(self, inputs: torch.Tensor, data_samples: list | None = None, mode: str = 'tensor'):
        frames = inputs.float().flatten(0, 2)[:, [0, -1]]      # (N, 2, H, W)
        pooled = nn.functional.adaptive_avg_pool2d(frames, 8).flatten(1)
        logits = self.head(self.drop(self.norm(pooled)))
        if mode == 'loss':
            target = torch.cat([sample.gt_label for sample in data_samples])
            return dict(loss_cls=nn.functional.cross_entropy(logits, target))
        for sample, row in zip(data_samples, logits.softmax(-1)):
            sample.set_pred_score(row)
        return data_samples


@HOOKS.register_module()
class SlowHook(Hook):
    """Makes steps last, so that a test can kill in the midst of them."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds

    def before_train_iter(self, runner, batch_idx: int, data_batch=None) -> None:
        time.sleep(self.seconds)


@HOOKS.register_module()
class FailHook(Hook):
    """Fails in the fold of one subject, as often as it is told."""

    def __init__(self, subject: str, times: int, counter: str) -> None:
        self.subject, self.times, self.counter = subject, times, Path(counter)

    def before_train(self, runner) -> None:
        if os.environ.get('ME_TEST_SUBJECT') == self.subject:
            failed = len(self.counter.read_text()) if self.counter.exists() else 0
            if failed < self.times:
                self.counter.write_text('x' * (failed + 1))
                raise RuntimeError(f'{self.subject} is broken')


TEMPLATE = """
_base_ = [{runtime!r}]
custom_imports = dict(imports=['fdp_mmaction', 'toy_loso'], allow_failed_imports=False)
pipeline = [dict(type='SampleMEFrames', clip_len=4), dict(type='LoadPackedFrames'),
            dict(type='FlipFrames', prob=0.5), dict(type='PackMEInputs')]
model = dict(type='ToyRecognizer',
             data_preprocessor=dict(type='ActionDataPreprocessor', mean=[127.5], std=[127.5], format_shape='NCTHW'))
part = dict(type='SyntheticMEDataset', data_root={data!r}, test_subject='{{{{$ME_TEST_SUBJECT:sub01}}}}')
train_dataloader = dict(batch_size=4, num_workers={workers}, worker_init_fn=dict(type='me_worker_init_fn'),
                        sampler=dict(type='DefaultSampler', shuffle=True), dataset=dict(part, pipeline=pipeline))
test_dataloader = dict(batch_size=4, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False),
                       dataset=dict(part, pipeline=[*pipeline[:2], pipeline[3]], test_mode=True))
test_evaluator = [dict(type='MERMetric')]
train_cfg = dict(by_epoch=True, max_epochs={epochs}, val_interval=1)
val_cfg = test_cfg = dict()
optim_wrapper = dict(optimizer=dict(type='Adam', lr=0.01))
param_scheduler = [dict(type='CosineAnnealingLR', T_max={epochs}, by_epoch=True)]
visualizer = dict(type='ActionVisualizer', vis_backends=[dict(type='LocalVisBackend')])
{more}
"""


def forget_runs() -> None:
    """Forget what MMEngine keeps of earlier runs of this process by name, which is the second they began in."""
    for kind in (MMLogger, MessageHub, DefaultScope, ActionVisualizer):
        kind._instance_dict.clear()


def write_loso_config(folder: Path, data: Path, epochs: int = 3, workers: int = 0, more: str = '') -> Path:
    """Write ``toy.py``, which inherits the project's runtime."""
    path = folder / 'toy.py'
    runtime = str(REPO / 'configs/_base_/default_runtime.py')
    path.write_text(TEMPLATE.format(runtime=runtime, data=str(data), epochs=epochs, workers=workers, more=more))
    return path
