"""print_config and publish_model, as a user types them."""
import mmcv
import torch

LAYERED = 'configs/layout/deeplabv3plus_r18-d16_layered_512x512_20k_layout.py'


def test_a_printed_config_is_a_config(command_line, repository, tmp_path):
    said = command_line('tools/print_config.py', repository / LAYERED, '--options',
                        'model.decode_head.channels=96', 'data.samples_per_gpu=3')
    (tmp_path / 'whole.py').write_text(said.out)
    whole = mmcv.Config.fromfile(str(tmp_path / 'whole.py'))
    assert whole.model.test_cfg.layers == {'validline': [1.5]}
    assert whole.model.backbone.depth == 18  # of a _base_
    assert (whole.model.decode_head.channels, whole.data.samples_per_gpu) == (96, 3)


def test_a_config_of_the_zoo_as_a_file_to_edit(command_line, tmp_path):
    said = command_line('tools/print_config.py', 'pspnet_r50-d8_512x1024_40k_cityscapes', '--out',
                        tmp_path / 'mine.py')
    assert (said.code, said.out) == (0, '')
    mine = mmcv.Config.fromfile(str(tmp_path / 'mine.py'))
    assert mine.model.decode_head.type == 'PSPHead'
    assert mine.runner == dict(type='IterBasedRunner', max_iters=40000)


def test_names_of_configs_are_listed(command_line):
    said = command_line('tools/print_config.py', '--list', 'pspnet/')
    assert len(said.out.split()) == 66
    assert 'pspnet/pspnet_r18-d8_4x4_896x896_80k_isaid.py' in said.out.split()
    said = command_line('tools/print_config.py', '--list', 'nowhere')
    assert said.code == 1 and "no config has 'nowhere' in its path" in said.err
    said = command_line('tools/print_config.py')
    assert said.code == 1 and 'needs the path or name of a config' in said.err


def test_the_network_is_printed_too(command_line, config_file):
    assert 'Conv2d' not in command_line('tools/print_config.py', config_file).out
    said = command_line('tools/print_config.py', config_file, '--graph')
    assert '(cls_head): ClsHead(' in said.out and '(stem)' in said.out


def test_mistakes_in_print_config(command_line, tmp_path):
    assert 'config file nowhere.py not found' in command_line('tools/print_config.py',
                                                              'nowhere.py').err
    (tmp_path / 'data.py').write_text('data = dict()')
    said = command_line('tools/print_config.py', tmp_path / 'data.py', '--graph')
    assert said.code == 1 and 'data.py has no model' in said.err


def test_publishing(command_line, tmp_path):
    torch.save(dict(state_dict={'w': torch.ones(1)}, optimizer={'lr': 1}), tmp_path / 'a.pth')
    said = command_line('tools/publish_model.py', tmp_path / 'a.pth', tmp_path / 'b.pth')
    written = next(tmp_path.glob('b-????????.pth'))
    assert said.code == 0 and str(written) in said.out
    assert 'optimizer' not in torch.load(written, weights_only=True)
    said = command_line('tools/publish_model.py', tmp_path / 'no.pth', tmp_path / 'b.pth')
    assert said.code == 1 and 'no.pth not found' in said.err
