# FDP on SMIC-HS, 3 classes, one subject left out (ME_TEST_SUBJECT, default s03).
_base_ = [
    '_base_/models/fdp.py', '_base_/datasets/smic.py', '_base_/schedules/fdp.py', '_base_/default_runtime.py'
]
model = dict(cls_head=dict(num_classes=3))
default_hooks = dict(checkpoint=dict(interval=5))      # epochs; a file with its optimiser is half a gigabyte
