# Ablation: the frames alone, as in the paper, without their differences to the onset.
_base_ = ['../mol_synthetic.py']

model = dict(backbone=dict(onset_difference=0.0))
