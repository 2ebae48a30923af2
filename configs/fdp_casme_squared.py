# FDP on the micro-expressions of CAS(ME)^2, 4 classes, one subject left out (ME_TEST_SUBJECT, default s27).
_base_ = [
    '_base_/models/fdp.py', '_base_/datasets/casme_squared.py', '_base_/schedules/fdp.py', '_base_/default_runtime.py'
]
model = dict(cls_head=dict(num_classes=4))
default_hooks = dict(checkpoint=dict(interval=5))      # epochs; a file with its optimiser is half a gigabyte
