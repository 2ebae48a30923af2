# FDP on CAS(ME)^3 part A, 7 classes, one subject left out (ME_TEST_SUBJECT, default spNO.1).
_base_ = [
    '_base_/models/fdp.py', '_base_/datasets/casme3.py', '_base_/schedules/fdp.py', '_base_/default_runtime.py'
]
model = dict(cls_head=dict(num_classes=7))
default_hooks = dict(checkpoint=dict(interval=5))      # epochs; a file with its optimiser is half a gigabyte
