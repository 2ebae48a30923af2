# MOL on CASME II, 3 classes (mapping of MEGC2019), one subject left out (ME_TEST_SUBJECT, default sub17).
_base_ = [
    '_base_/models/mol.py', '_base_/datasets/mol_casme2.py', '_base_/schedules/mol.py', '_base_/default_runtime.py'
]
model = dict(cls_head=dict(num_classes=3))
train_dataloader = dict(dataset=dict(protocol='3-class'))
test_dataloader = dict(dataset=dict(protocol='3-class'))
val_dataloader = test_dataloader
default_hooks = dict(checkpoint=dict(interval=25))      # epochs; a file with its optimiser is half a gigabyte
