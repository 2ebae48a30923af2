# Ablation: a 3-D convolution over the frames' maps instead of ranking, as the released code pools.
_base_ = ['../fdp_synthetic.py']

model = dict(neck=dict(mode='conv3d'))
