# A small MOL on the embedded dataset, 5 classes, one subject left out (ME_TEST_SUBJECT, default sub01). To prepare:
# python tools/prepare_data.py synthetic --out data/synthetic --subjects 24 --flow exact
_base_ = [
    '_base_/models/mol_small.py', '_base_/datasets/mol_synthetic.py', '_base_/schedules/small.py',
    '_base_/default_runtime.py'
]
