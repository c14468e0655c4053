"""Links of every kind, groups of every form, virtual datasets, external raw files."""
import os

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t

from make_foreign import create, maker, new_file, numbers, properties


@maker()
def make_links(path, version, random):
    folder, other = os.path.split(path)
    stem = other.removesuffix('.h5')
    os.makedirs(os.path.join(folder, stem), exist_ok=True)
    other = f'{stem}/other.h5'
    with new_file(os.path.join(folder, other), version) as file:
        file['d'] = numbers(random, 9)
        file['group/deep'] = numbers(random, 5, '>f8')
        file['back'] = h5py.ExternalLink(f'../{stem}.h5', '/a/b/data')
        file['near'] = h5py.ExternalLink('near.h5', '/d')
        file['soft'] = h5py.SoftLink('group/deep')
    with new_file(os.path.join(folder, f'{stem}/near.h5'), version) as file:
        file['d'] = numbers(random, 4, 'u1')
    with new_file(path, version) as file:
        file['a/b/data'] = numbers(random, (4, 5))
        file['a/hard'] = file['a/b/data']
        file['a/loop'] = file['/']
        file['a/b/up'] = file['a']
        for name, target in {'soft': '/a/b/data', 'a/relative': 'b/data', 'a/b/soft': '/a/hard',
                             'chain1': 'chain2', 'chain2': '/chain3', 'chain3': 'a/b/data',
                             'to-group': '/a/b', 'through': '/to-group/up/hard',
                             'dots': '/./a/./b/data', 'slashes': '//a///b/data/',
                             'circle1': 'circle2', 'circle2': 'circle1', 'self': 'self',
                             'nowhere': '/not/there', 'empty-part': 'a/b/'}.items():
            file[name] = h5py.SoftLink(target)
        for name, (where, target) in {
                'ext/relative': (other, '/d'), 'ext/deep': (other, 'group/deep'),
                'ext/absolute': (os.path.abspath(os.path.join(folder, other)), '/d'),
                'ext/group': (other, '/group'), 'ext/back': (other, '/back'),
                'ext/near': (other, '/near'), 'ext/soft': (other, '/soft'),
                'ext/missing': ('not-there.h5', '/d'), 'ext/missing-object': (other, '/x'),
                'ext/circle': (f'{stem}.h5', '/ext/circle')}.items():
            file[name] = h5py.ExternalLink(where, target)
        for k in range(10):
            file[f'hops/{k}'] = h5py.SoftLink(f'/hops/{k + 1}')
        file['hops/10'] = numbers(random, 3)
        for name in ['gr\u00fc\u00dfe', 'with space', 'a:b', 'x[0]', "it's", '%20', 'tab\there',
                     '\\back']:
            file[f'names/{name}'] = numbers(random, 3)


@maker('earliest', 'v108', 'latest')
def make_groups(path, version, random):
    with new_file(path, version) as file:
        file.create_group('empty')
        for n in [1, 7, 8, 9, 100]:
            group = file.create_group(f'of-{n}')
            for k in range(n):
                group[f'{k * 7919 % 10007:05}'] = np.int16(k)
        for track in [True, False]:
            group = file.create_group(f'ordered-{track}', track_order=track)
            for k in range(60):
                group[f'{k * 7919 % 10007:05}'] = np.int16(k)
        group = file.create_group('removed')
        for k in range(200):
            group[f'{k:03}'] = np.int16(k)
        for k in range(0, 200, 3):
            del group[f'{k:03}']
        group = file.create_group('long-names')
        for k in range(40):
            group['n' * 900 + str(k)] = np.int16(k)
        deep = file
        for k in range(100):
            deep = deep.create_group('d')
        deep['data'] = numbers(random, 3)


@maker('earliest', 'latest')
def make_crowd(path, version, random):
    """10,000 links in one group."""
    with new_file(path, version) as file:
        group = file.create_group('g')
        one = file.create_dataset('one', data=numbers(random, 5))
        for k in range(10000):
            name = f'link-{k * 7919 % 10007:05}'
            if k % 100 == 0:
                group[name] = np.int32(k)
            elif k % 2:
                group[name] = one
            else:
                group[name] = h5py.SoftLink(f'/g/link-{k % 100 * 7919 % 10007:05}')


# ---- Virtual datasets ----------------------------------------------------------------------------

def strided(shape, start, stride, count, block):
    space = h5s.create_simple(shape)
    space.select_hyperslab(start, count, stride, block)
    return space


@maker('v110', 'latest')
def make_virtual(path, version, random):
    folder, name = os.path.split(path)
    stem = name.removesuffix('.h5')
    os.makedirs(os.path.join(folder, stem), exist_ok=True)
    for k in range(4):
        with new_file(os.path.join(folder, f'{stem}/s{k}.h5'), version) as file:
            file['d'] = numbers(random, (6, 10))
            file.create_dataset('c', data=numbers(random, (6, 10), '>i2'), chunks=(4, 3),
                                compression='gzip')
            file.create_dataset('g', data=numbers(random, (3 + k, 10)), maxshape=(None, 10))
    source = [f'{stem}/s{k}.h5' for k in range(4)]
    with new_file(path, version) as file:
        layout = h5py.VirtualLayout((24, 10), 'i4')
        for k in range(4):
            layout[6 * k:6 * k + 6] = h5py.VirtualSource(source[k], 'd', (6, 10))
        file.create_virtual_dataset('stacked', layout)
        layout = h5py.VirtualLayout((4, 6, 10), 'i4')
        for k in range(4):
            layout[k] = h5py.VirtualSource(source[k], 'd', (6, 10))
        file.create_virtual_dataset('new-axis', layout, fillvalue=-1)
        layout = h5py.VirtualLayout((24, 10), 'i4')
        for k in range(4):
            layout[k::4] = h5py.VirtualSource(source[k], 'd', (6, 10))
        file.create_virtual_dataset('interleaved', layout)
        layout = h5py.VirtualLayout((30, 30), 'f8')
        layout[2:8, 5:15] = h5py.VirtualSource(source[0], 'c', (6, 10), '>i2')
        layout[10:16:2, 3:23:4] = h5py.VirtualSource(source[1], 'd', (6, 10))[1:6:2, ::2]
        file.create_virtual_dataset('converted', layout, fillvalue=0.5)
        layout = h5py.VirtualLayout((12, 10), 'i4')
        layout[:6] = h5py.VirtualSource(source[0], 'd', (6, 10))
        layout[6:] = h5py.VirtualSource('not-there.h5', 'd', (6, 10))
        file.create_virtual_dataset('missing-file', layout, fillvalue=-7)
        file.create_virtual_dataset('missing-file-zero', layout)
        layout = h5py.VirtualLayout((12, 10), 'i4')
        layout[:6] = h5py.VirtualSource(source[0], 'not-there', (6, 10))
        layout[6:] = h5py.VirtualSource(source[1], 'c', (6, 10), '>i2')
        file.create_virtual_dataset('missing-dataset', layout, fillvalue=-7)
        file.create_dataset('own', data=numbers(random, (6, 10)))
        layout = h5py.VirtualLayout((6, 20), 'i4')
        layout[:, :10] = h5py.VirtualSource('.', 'own', (6, 10))
        layout[:, 10:] = h5py.VirtualSource(file['own'])
        file.create_virtual_dataset('same-file', layout)
        layout = h5py.VirtualLayout((8, 20), 'i4')
        layout[1:7] = h5py.VirtualSource('.', 'same-file', (6, 20))
        file.create_virtual_dataset('nested', layout, fillvalue=4)
        file.create_virtual_dataset('nothing', h5py.VirtualLayout((3, 4), 'f4'), fillvalue=2.5)
        layout = h5py.VirtualLayout((6, 10), 'i4')
        layout[...] = h5py.VirtualSource('.', 'circle', (6, 10))
        file.create_virtual_dataset('circle', layout)
        low_level_virtual(file, source)


def add_virtual(file, name, shape, maxshape, mappings, fill=-9):
    dcpl = properties()
    dcpl.set_layout(h5d.VIRTUAL)
    dcpl.set_fill_value(np.array(fill, 'i4'))
    for space, where, target, source_space in mappings:
        dcpl.set_virtual(space, os.fsencode(where), target.encode(), source_space)
    create(file, name, 'i4', shape, None, dcpl, maxshape)


def low_level_virtual(file, source):
    """Blocks, unions of boxes, mappings that grow, and names of files that are counted."""
    add_virtual(file, 'blocks', (12, 20), None, [
        (strided((12, 20), (1, 0), (4, 5), (3, 4), (2, 2)), source[0], 'd',
         strided((6, 10), (0, 0), (2, 2), (3, 4), (2, 2)))])
    both = strided((12, 20), (0, 0), (1, 1), (2, 10), (1, 1))
    both.select_hyperslab((5, 3), (2, 10), None, None, h5s.SELECT_OR)
    add_virtual(file, 'union', (12, 20), None, [
        (both, source[1], 'd', strided((6, 10), (1, 0), (1, 1), (4, 10), (1, 1)))])
    half = strided((6, 10), (0, 0), (1, 1), (2, 5), (1, 1))
    half.select_hyperslab((4, 5), (2, 5), None, None, h5s.SELECT_OR)
    add_virtual(file, 'union-of-source', (4, 5), None, [
        (strided((4, 5), (0, 0), (1, 1), (4, 5), (1, 1)), source[2], 'd', half)])
    most = (h5s.UNLIMITED, 10)
    target = h5s.create_simple((3, 10), most)
    target.select_hyperslab((0, 0), (1, 1), (1, 1), (h5s.UNLIMITED, 10))
    origin = h5s.create_simple((3, 10), most)
    origin.select_hyperslab((0, 0), (1, 1), (1, 1), (h5s.UNLIMITED, 10))
    add_virtual(file, 'growing', (3, 10), (None, 10), [(target, source[3], 'g', origin)])
    counted = h5s.create_simple((6, 10), most)
    counted.select_hyperslab((0, 0), (h5s.UNLIMITED, 1), (6, 1), (6, 10))
    whole = h5s.create_simple((6, 10))
    pattern = source[0].replace('s0', 's%b')
    add_virtual(file, 'counted', (6, 10), (None, 10), [(counted, pattern, 'd', whole)])


# ---- External raw files --------------------------------------------------------------------------

@maker()
def make_external(path, version, random):
    folder, name = os.path.split(path)
    stem = name.removesuffix('.h5')
    data = numbers(random, (50, 7))
    raw = data.tobytes()
    names = [f'{stem}-{k}.raw' for k in range(3)]
    for k, (start, end) in enumerate([(0, 333), (333, 1000), (1000, 1400)]):
        with open(os.path.join(folder, names[k]), 'wb') as file:
            file.write(b'#' * (10 * k) + raw[start:end])
    with open(os.path.join(folder, f'{stem}-whole.raw'), 'wb') as file:
        file.write(b'head' + raw + b'tail')
    parts = [(names[0], 0, 333), (names[1], 10, 667), (names[2], 20, 400)]
    with new_file(path, version) as file:
        file.create_dataset('parts', (50, 7), 'i4', external=parts)
        file.create_dataset('whole', (50, 7), 'i4', external=[(f'{stem}-whole.raw', 4, 1400)])
        file.create_dataset('unlimited', (50, 7), 'i4',
                            external=[(f'{stem}-whole.raw', 4, h5py.h5f.UNLIMITED)])
        file.create_dataset('big-endian', (100,), '>i2', external=[(f'{stem}-whole.raw', 9, 200)])
        file.create_dataset('short', (400,), 'i4', external=[(f'{stem}-whole.raw', 4, 1600)])
        file.create_dataset('missing', (10,), 'i4', external=[('not-there.raw', 0, 40)])
        file.create_dataset('pairs', (20,), [('a', 'u1'), ('b', '>i2')],
                            external=[(f'{stem}-whole.raw', 1, 60)])
