# CAS(ME)^3 part A, version 2, 7 classes. The left-out subject and the prepared folder come from the environment, so any standard tool
# can run any fold.
_base_ = ['me_clips.py']

data_root = '{{$ME_CASME3_ROOT:data/casme3}}'
test_subject = '{{$ME_TEST_SUBJECT:spNO.1}}'
me_dataset = dict(type='CASME3Dataset', data_root=data_root, protocol='7-class', test_subject=test_subject)
train_dataloader = dict(dataset=me_dataset)
test_dataloader = dict(dataset=me_dataset)
val_dataloader = test_dataloader
