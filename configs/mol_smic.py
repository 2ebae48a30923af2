# MOL on SMIC-HS, 3 classes, one subject left out (ME_TEST_SUBJECT, default s03).
_base_ = [
    '_base_/models/mol.py', '_base_/datasets/mol_smic.py', '_base_/schedules/mol.py', '_base_/default_runtime.py'
]
model = dict(cls_head=dict(num_classes=3))
default_hooks = dict(checkpoint=dict(interval=25))      # epochs; a file with its optimiser is half a gigabyte
