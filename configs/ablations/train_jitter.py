# Ablation: frames are drawn around their even places.
_base_ = ['../fdp_synthetic.py']

train_pipeline = [dict(type='SampleMEFrames', clip_len=8, jitter=1.0), *_base_.train_pipeline[1:]]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
