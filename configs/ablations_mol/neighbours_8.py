# Ablation: 8 neighbours of a channel, itself included, instead of 4.
_base_ = ['../mol_synthetic.py']

model = dict(backbone=dict(num_neighbours=8))
