"""A model, a dataset and a config so small that the runner itself is what a test measures."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import torch
from mmengine.dataset import BaseDataset
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from torch import nn

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.registry import DATASETS, METRICS, MODELS

REPO = Path(__file__).resolve().parents[1]


@DATASETS.register_module()
class ToyDataset(BaseDataset):
    """Eight noisy points; the noise is drawn anew on every read, from all three random generators."""

    METAINFO = dict(classes=('left', 'right'))

    def __init__(self, broken: bool = False, length: int = 8, **kwargs) -> None:
        self.broken, self.length = broken, length
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict]:
        return [dict(label=index % 2) for index in range(self.length)]

    def __getitem__(self, index: int) -> dict:
        if self.broken:
            raise DatasetError('clip toy/3 has no frames; prepare the dataset again.')
        noise = [random.random(), float(np.random.rand()), float(torch.rand(()))]
        return dict(inputs=torch.tensor([index % 2 * 2. - 1, *noise]), label=index % 2)


@MODELS.register_module()
class ToyModel(BaseModel):
    def __init__(self, width: int = 4, **kwargs) -> None:
        super().__init__(**kwargs)
        self.body = nn.Sequential(nn.Linear(4, width), nn.ReLU(), nn.Dropout(0.5))
        self.head = nn.Linear(width, 2)
        self.dtypes: set[torch.dtype] = set()

    def forward(self, inputs: list, label: list, mode: str = 'tensor'):
        logits = self.head(self.body(torch.stack(list(inputs))))
        self.dtypes.add(logits.dtype)
        if mode == 'loss':
            target = torch.as_tensor(label, device=logits.device)
            return dict(loss=nn.functional.cross_entropy(logits.float(), target))
        return [dict(correct=bool(row.argmax() == truth)) for row, truth in zip(logits, label)]


@METRICS.register_module()
class ToyMetric(BaseMetric):
    def process(self, data_batch: dict, data_samples: list) -> None:
        self.results += data_samples

    def compute_metrics(self, results: list) -> dict:
        return dict(count=len(results), accuracy=np.float64(np.mean([item['correct'] for item in results])))


TEMPLATE = """
_base_ = [{runtime!r}]
custom_imports = dict(imports=['fdp_mmaction', 'toy_run'], allow_failed_imports=False)
subject = '{{{{$ME_TEST_SUBJECT:sub01}}}}'
model = dict(type='ToyModel')
loader = dict(batch_size=2, num_workers={workers}, worker_init_fn=dict(type='me_worker_init_fn'),
              sampler=dict(type='DefaultSampler', shuffle=True), dataset=dict(type='ToyDataset', broken={broken}))
train_dataloader = loader
val_dataloader = dict(batch_size=2, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False),
                      dataset=dict(type='ToyDataset', length=7))
test_dataloader = val_dataloader
val_evaluator = test_evaluator = dict(type='ToyMetric')
train_cfg = dict(by_epoch=True, max_epochs={epochs}, val_interval=1)
val_cfg = test_cfg = dict()
optim_wrapper = dict(optimizer=dict(type='Adam', lr=0.01))
param_scheduler = [dict(type='CosineAnnealingLR', T_max={horizon}, by_epoch=True)]
visualizer = dict(type='ActionVisualizer', vis_backends=[dict(type='LocalVisBackend')])
"""


def write_config(folder: Path, epochs: int = 2, horizon: int = 4, workers: int = 0, broken: bool = False) -> Path:
    """Write ``toy.py``, which inherits the project's runtime unchanged."""
    path = folder / 'toy.py'
    runtime = str(REPO / 'configs/_base_/default_runtime.py')
    path.write_text(TEMPLATE.format(runtime=runtime, epochs=epochs, horizon=horizon, workers=workers, broken=broken))
    return path
