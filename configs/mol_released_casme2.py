# The authors' released MOL code on CASME II, 5 classes, quirk by quirk (docs/mol.md), one subject left out (ME_TEST_SUBJECT,
# default sub17). Its protocol is optimistic: see "checkpoint" in _base_/schedules/mol_released.py.
_base_ = [
    '_base_/models/mol_released.py', '_base_/datasets/mol_casme2.py', '_base_/schedules/mol_released.py',
    '_base_/default_runtime.py'
]
train_dataloader = dict(dataset=_base_.released_train)
test_dataloader = dict(dataset=_base_.released_test)
val_dataloader = test_dataloader
default_hooks = _base_.released_hooks
