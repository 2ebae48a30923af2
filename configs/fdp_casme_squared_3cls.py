# FDP on the micro-expressions of CAS(ME)^2, 3 classes, one subject left out (ME_TEST_SUBJECT, default s27).
_base_ = [
    '_base_/models/fdp.py', '_base_/datasets/casme_squared.py', '_base_/schedules/fdp.py', '_base_/default_runtime.py'
]
model = dict(cls_head=dict(num_classes=3))
train_dataloader = dict(dataset=dict(protocol='3-class'))
test_dataloader = dict(dataset=dict(protocol='3-class'))
val_dataloader = test_dataloader
default_hooks = dict(checkpoint=dict(interval=5))      # epochs; a file with its optimiser is half a gigabyte
