# Ablation: no channel correspondence convolution in the F5C block.
_base_ = ['../mol_synthetic.py']

model = dict(backbone=dict(with_ccc=False))
