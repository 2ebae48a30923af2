# The authors' released MOL code on SMIC-HS, 3 classes, quirk by quirk (docs/mol.md), one subject left out
# (ME_TEST_SUBJECT, default s03). Its protocol is optimistic: see "checkpoint" in _base_/schedules/mol_released.py.
_base_ = [
    '_base_/models/mol_released.py', '_base_/datasets/mol_smic.py', '_base_/schedules/mol_released.py',
    '_base_/default_runtime.py'
]
model = dict(cls_head=dict(num_classes=3))
train_cfg = dict(val_begin=20, val_interval=20)      # epochs; at 100 frames per second there are half as many offsets
train_dataloader = dict(dataset=dict(_base_.released_train, protocol='3-class-released'))
test_dataloader = dict(dataset=dict(_base_.released_test, protocol='3-class-released'))
val_dataloader = test_dataloader
default_hooks = _base_.released_hooks
