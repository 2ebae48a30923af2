"""Every config builds, learns two steps and predicts, on a prepared folder of noise or of rendered clips."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
from conftest import write_prepared
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import OptimWrapper
from mmengine.registry import init_default_scope

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets import MicroExpressionDataset, SyntheticMEDataset
from fdp_mmaction.datasets.preparation import prepare_synthetic
from fdp_mmaction.datasets.synthetic import SyntheticConfig
from fdp_mmaction.functional.optical_flow import FLOW_METHODS, dis_flow
from fdp_mmaction.registry import DATASETS, METRICS, MODELS

pytestmark = pytest.mark.slow
REPO = Path(__file__).resolve().parents[1]
CONFIGS = sorted(path.relative_to(REPO).as_posix() for path in (REPO / 'configs').rglob('*.py')
                 if '_base_' not in path.parts)


@pytest.fixture(scope='module')
def folder_for(tmp_path_factory) -> Callable[[type[MicroExpressionDataset], str], Path]:
    """Prepared folders of noise whose MEs have two emotions of a protocol; rendered ones where the flow is known."""
    @cache
    def write(dataset: str, emotions: tuple[str, str]) -> Path:
        return write_prepared(tmp_path_factory.mktemp('noise'), subjects=2, clips=2, frames=9, size=144,
                              emotions=emotions, dataset=dataset)

    @cache
    def render() -> Path:
        folder = tmp_path_factory.mktemp('rendered')
        prepare_synthetic(SyntheticConfig(num_subjects=2, clips_per_subject=3, fps=25), folder)
        return folder

    def find(cls: type[MicroExpressionDataset], protocol: str) -> Path:
        if cls is SyntheticMEDataset:
            return render()
        mapping = cls.PROTOCOLS[protocol].mapping
        pairs = [tuple(emotion.rpartition('/')[::2]) for emotion in sorted(mapping)]
        dataset = pairs[0][0]          # of a composite, its first part
        (first, *_, last) = [emotion for name, emotion in pairs if name == dataset]
        return write(dataset or 'noise', (first, last))
    return find


@pytest.mark.parametrize('config', CONFIGS)
def test_config(config, folder_for, monkeypatch):
    monkeypatch.setenv('ME_TEST_SUBJECT', 'sub02')
    monkeypatch.setitem(FLOW_METHODS, 'tvl1', dis_flow)      # TV-L1 of noise takes a second a pair
    init_default_scope('mmaction')
    settings = Config.fromfile(REPO / config).train_dataloader.dataset
    root = f'ME_{Path(settings.data_root).name.upper()}_ROOT'       # data/casme2 by default, or ME_CASME2_ROOT
    monkeypatch.setenv(root, str(folder_for(DATASETS.get(settings.type), settings.protocol)))
    cfg = Config.fromfile(REPO / config)
    assert root in cfg.env_variables
    train, test = DATASETS.build(cfg.train_dataloader.dataset), DATASETS.build(cfg.test_dataloader.dataset)
    assert {train.get_data_info(i)['subject'] for i in range(len(train))} == {'sub01'}
    assert {test.get_data_info(i)['subject'] for i in range(len(test))} == {'sub02'}
    model = MODELS.build(cfg.model)
    model.init_weights()
    weights = OptimWrapper(torch.optim.SGD(model.parameters(), lr=1e-3))
    for index in range(2):      # one ME each: the large networks take a second for it
        losses = model.train_step(pseudo_collate([train[index]]), weights)
        assert all(torch.isfinite(value).all() for value in losses.values())
    with torch.no_grad():
        predicted = model.eval().test_step(pseudo_collate([test[0], test[1]]))
    assert [sample.sample_id for sample in predicted] == [test.get_data_info(i)['sample_id'] for i in range(2)]
    assert all(sample.pred_score.shape == (len(test.metainfo['classes']),) for sample in predicted)
    for settings in cfg.test_evaluator:
        metric = METRICS.build(settings)
        metric.dataset_meta = test.metainfo
        metric.process({}, [sample.to_dict() for sample in predicted])
        scores = metric.evaluate(2)
        assert all(math.isfinite(value) for value in scores.values()) and (scores or 'mol' not in config)


def test_leaf_configs_are_short_and_import_nothing():
    for config in CONFIGS:
        lines = (REPO / config).read_text().splitlines()
        assert len(lines) <= 25 and not [line for line in lines if line.startswith(('import ', 'from '))]
