# The MEGC2019 composite of CASME II, SAMM and SMIC-HS, 3 classes. The left-out subject and the prepared folder come from the environment, so any standard tool
# can run any fold.
_base_ = ['me_clips.py']

data_root = '{{$ME_MEGC2019_ROOT:data/megc2019}}'
test_subject = '{{$ME_TEST_SUBJECT:casme2-sub17}}'
me_dataset = dict(type='CompositeMEDataset', data_root=data_root, protocol='3-class', test_subject=test_subject)
train_dataloader = dict(dataset=me_dataset)
test_dataloader = dict(dataset=me_dataset)
val_dataloader = test_dataloader
