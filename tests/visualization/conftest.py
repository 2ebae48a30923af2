"""A trained model to look at."""

import pytest
import torch

CONFIG = """
default_scope = 'mmaction'
custom_imports = dict(imports=['fdp_mmaction'], allow_failed_imports=False)
model = dict(
    type='MicroExpressionRecognizer',
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[127.5], std=[127.5], format_shape='NCTHW'),
    backbone=dict(type='LGFATransformer', stem_channels=(4, 8), stage_channels=(8, ), num_local=(1, ), num_global=(0, ),
                  global_channels=(8, ), head_channels=8, attention_pool=(4, ), drop_path_rate=0.0,
                  frame_map='spatial'),
    neck=dict(type='RankPooling', mode='{mode}'),
    cls_head=dict(type='MERHead', num_classes=5, in_channels=1, map_size=16))
test_dataloader = dict(dataset=dict(type='SyntheticMEDataset', pipeline=[
    dict(type='SampleMEFrames', clip_len=4), dict(type='LoadPackedFrames'), dict(type='ResizeFrames', size=16),
    dict(type='DynamicImageTarget'), dict(type='PackMEInputs')]))
{more}
"""


@pytest.fixture
def trained(tmp_path):
    """Writes a work directory with a config and a checkpoint of random weights; gives the checkpoint."""
    def write(mode='learned', more=''):
        from mmengine.config import Config
        from mmengine.registry import DefaultScope

        from fdp_mmaction.registry import MODELS
        path = tmp_path / 'run/small.py'
        path.parent.mkdir(exist_ok=True)
        path.write_text(CONFIG.format(mode=mode, more=more))
        torch.manual_seed(0)
        with DefaultScope.overwrite_default_scope('mmaction'):
            model = MODELS.build(Config.fromfile(path).model)
        torch.save(dict(state_dict=model.state_dict(), meta={}), path.with_name('epoch_1.pth'))
        (path.parent / 'other.py').write_text('x = 1\n')      # no config, so it is not taken for one
        return path.with_name('epoch_1.pth')
    return write
