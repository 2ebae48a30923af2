# FDP on SAMM, 5 classes, one subject left out (ME_TEST_SUBJECT, default 006).
_base_ = [
    '_base_/models/fdp.py', '_base_/datasets/samm.py', '_base_/schedules/fdp.py', '_base_/default_runtime.py'
]
default_hooks = dict(checkpoint=dict(interval=5))      # epochs; a file with its optimiser is half a gigabyte
