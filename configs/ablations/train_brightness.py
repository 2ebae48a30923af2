# Ablation: brightness and contrast change between clips, alike for all frames of one.
_base_ = ['../fdp_synthetic.py']

light = dict(type='BrightnessFrames', gain=0.1, offset=10.0)
train_pipeline = [*_base_.train_pipeline[:5], light, *_base_.train_pipeline[5:]]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
