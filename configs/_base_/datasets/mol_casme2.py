# CASME II, 5 classes, for MOL. The left-out subject and the prepared folder come from the environment, so any standard
# tool can run any fold.
_base_ = ['mol_clips.py']

data_root = '{{$ME_CASME2_ROOT:data/casme2}}'
test_subject = '{{$ME_TEST_SUBJECT:sub17}}'
me_dataset = dict(type='CASME2Dataset', data_root=data_root, protocol='5-class', test_subject=test_subject)
train_dataloader = dict(dataset=me_dataset)
test_dataloader = dict(dataset=me_dataset)
val_dataloader = test_dataloader
