# FDP on the MEGC2019 composite, 3 classes, one subject left out (ME_TEST_SUBJECT, default casme2-sub17).
_base_ = [
    '_base_/models/fdp.py', '_base_/datasets/megc2019.py', '_base_/schedules/fdp.py', '_base_/default_runtime.py'
]
model = dict(cls_head=dict(num_classes=3))
default_hooks = dict(checkpoint=dict(interval=5))      # epochs; a file with its optimiser is half a gigabyte
