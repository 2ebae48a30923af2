# Ablation: T = 4 frames instead of 8.
_base_ = ['../fdp_synthetic.py']

sampling = dict(type='SampleMEFrames', clip_len=4)
train_dataloader = dict(dataset=dict(pipeline=[sampling, *_base_.train_pipeline[1:]]))
val_dataloader = test_dataloader = dict(dataset=dict(pipeline=[sampling, *_base_.test_pipeline[1:]]))
