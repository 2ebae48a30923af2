# The authors' released FDP code on SAMM, quirk by quirk (docs/released.md), one subject left out (ME_TEST_SUBJECT,
# default 006). Its protocol is optimistic: see "checkpoint" in _base_/schedules/fdp_released.py.
_base_ = [
    '_base_/models/fdp_released.py', '_base_/datasets/samm.py', '_base_/schedules/fdp_released.py',
    '_base_/default_runtime.py'
]
train_dataloader = dict(dataset={{_base_.released_dataset}})
test_dataloader = dict(dataset={{_base_.released_dataset}})
val_dataloader = test_dataloader
default_hooks = {{_base_.released_hooks}}
