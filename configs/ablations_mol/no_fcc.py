# Ablation: no fully-connected convolution in the F5C block.
_base_ = ['../mol_synthetic.py']

model = dict(backbone=dict(with_fcc=False))
