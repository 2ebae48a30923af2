# A small MOL on the embedded dataset, 3 classes (mapping of MEGC2019), one subject left out (ME_TEST_SUBJECT, default
# sub01).
_base_ = [
    '_base_/models/mol_small.py', '_base_/datasets/mol_synthetic.py', '_base_/schedules/small.py',
    '_base_/default_runtime.py'
]
model = dict(cls_head=dict(num_classes=3))
train_dataloader = dict(dataset=dict(protocol='3-class'))
test_dataloader = dict(dataset=dict(protocol='3-class'))
val_dataloader = test_dataloader
