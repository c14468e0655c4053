"""Every type: as the elements of datasets in several layouts, and of attributes."""
import itertools
import os

import h5py
import numpy as np
from h5py import h5d, h5s, h5t

from make_foreign import KNOWN, create, maker, new_file, numbers, properties

N = 23


def everywhere(file, name, kind, data, layouts=('contiguous', 'compact', 'chunked', 'gzip')):
    """The same elements in each layout, and one as a scalar."""
    data = np.ascontiguousarray(data)
    for layout in layouts:
        dcpl = properties((5,) if layout in ('chunked', 'gzip') else None)
        if layout == 'compact':
            dcpl.set_layout(h5d.COMPACT)
        if layout == 'gzip':
            dcpl.set_shuffle()
            dcpl.set_deflate(4)
        create(file, f'{name}/{layout}', kind, data.shape[:1], data, dcpl)
    create(file, f'{name}/scalar', kind, (), data[:1])


def whole_range(random, dtype, n=N):
    dtype = np.dtype(dtype)
    plain = dtype.newbyteorder('=')
    if dtype.kind in 'iu':
        least, most = np.iinfo(plain).min, np.iinfo(plain).max
        values = random.integers(least, most, n, plain, endpoint=True)
        values[:2] = least, most
    else:
        info = np.finfo(plain)
        values = (random.normal(0, 1, n) * 10.0 ** random.integers(-4, 4, n)).astype(plain)
        values[:8] = [0, -0.0, np.inf, -np.inf, np.nan, info.max, info.tiny,
                      info.smallest_subnormal]
    return values.astype(dtype)


@maker()
def make_numbers(path, version, random):
    with new_file(path, version) as file:
        for order, code in itertools.product('<>', ['i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8',
                                                    'f2', 'f4', 'f8']):
            dtype = np.dtype(order + code)
            everywhere(file, order + code, dtype, whole_range(random, dtype))
        for order, code in itertools.product('<>', ['c8', 'c16']):
            part = whole_range(random, f'{order}f{int(code[1:]) // 2}', 2 * N)
            with np.errstate(all='ignore'):
                everywhere(file, order + code, np.dtype(order + code),
                           part.view(order + code))
        everywhere(file, 'bool', np.dtype('?'), random.integers(0, 2, N).astype('?'))
        if version == 'latest' and hasattr(h5t, 'COMPLEX_IEEE_F32LE'):
            for name, kind in {'complex-le': h5t.COMPLEX_IEEE_F32LE,
                               'complex-be': h5t.COMPLEX_IEEE_F64BE}.items():
                values = numbers(random, N, 'f4') + 1j * numbers(random, N, 'f4')
                create(file, f'new/{name}', kind, (N,), values.astype(kind.dtype))
        file.create_dataset('complex/ab', data=np.zeros(4, [('re', 'f4'), ('im', 'f4')]))
        file.create_dataset('complex/mixed', data=np.zeros(4, [('r', 'f4'), ('i', 'f8')]))


# ---- Integers and floats of other forms ----------------------------------------------------------

def integer_kind(base, precision, offset, low=h5t.PAD_ZERO, high=h5t.PAD_ZERO):
    kind = base.copy()
    kind.set_precision(precision)
    kind.set_offset(offset)
    kind.set_pad(low, high)
    return kind


@maker('earliest', 'latest')
def make_precisions(path, version, random):
    bases = {'i1': h5t.STD_I8LE, 'i2': h5t.STD_I16LE, 'i2be': h5t.STD_I16BE, 'i4': h5t.STD_I32LE,
             'i4be': h5t.STD_I32BE, 'i8': h5t.STD_I64LE, 'i8be': h5t.STD_I64BE,
             'u1': h5t.STD_U8LE, 'u2': h5t.STD_U16LE, 'u2be': h5t.STD_U16BE, 'u4': h5t.STD_U32LE,
             'u4be': h5t.STD_U32BE, 'u8be': h5t.STD_U64BE}
    with new_file(path, version) as file:
        for name, base in bases.items():
            bits = 8 * base.get_size()
            # HDF5 2.0 makes no types of which more than half of the bits are unused.
            for precision, offset in {(bits - 1, 0), (bits - 1, 1), (bits // 2 + 1, bits // 2 - 1),
                                      (bits // 2 + 2, 1), (bits - 3, 2)}:
                for pad in [h5t.PAD_ZERO, h5t.PAD_ONE]:
                    signed = base.get_sign() == h5t.SGN_2
                    most = 2 ** (precision - signed) - 1
                    data = random.integers(-most - 1 if signed else 0, most, N, 'i8',
                                           endpoint=True)
                    everywhere(file, f'{name}-{precision}-{offset}-{pad}',
                               integer_kind(base, precision, offset, pad, pad), data,
                               ('contiguous', 'gzip'))
        for size, order in itertools.product([3, 5, 6, 7], [h5t.ORDER_LE, h5t.ORDER_BE]):
            for sign in [h5t.SGN_2, h5t.SGN_NONE]:
                kind = h5t.STD_I64LE.copy()
                kind.set_precision(8 * size)
                kind.set_size(size)
                kind.set_order(order)
                kind.set_sign(sign)
                most = 2 ** (8 * size - 1) - 1
                data = random.integers(-most - 1 if sign == h5t.SGN_2 else 0, most, N, 'i8',
                                       endpoint=True)
                everywhere(file, f'wide/{size}-{order}-{sign}', kind, data, ('contiguous', 'gzip'))


def float_kind(base, size, precision, fields, bias, order=h5t.ORDER_LE, offset=0):
    kind = base.copy()
    if size > base.get_size():
        kind.set_size(size)
        kind.set_precision(precision)
        kind.set_offset(offset)
    kind.set_fields(*fields)
    kind.set_ebias(bias)
    if size <= base.get_size():
        kind.set_precision(precision)
        kind.set_offset(offset)
        kind.set_size(size)
    kind.set_order(order)
    return kind


@maker('earliest', 'latest')
def make_floats(path, version, random):
    kinds = {
        'bfloat16': (2, 16, (15, 7, 8, 0, 7), 127),
        'float24': (3, 24, (23, 16, 7, 0, 16), 63),
        'float8': (1, 8, (7, 3, 4, 0, 3), 7),
        'tensor19': (4, 19, (18, 10, 8, 0, 10), 127),
        'wide-f4': (8, 32, (31, 23, 8, 0, 23), 127),
    }
    plain = np.array([0, 1, -1, 0.5, -2, 3, 0.25, 12, -0.0, 1.5, 40, -0.75] + [2] * (N - 12), 'f8')
    with new_file(path, version) as file:
        for name, (size, precision, fields, bias) in kinds.items():
            for order in [h5t.ORDER_LE, h5t.ORDER_BE]:
                base = h5t.IEEE_F32LE if name == 'wide-f4' else h5t.IEEE_F64LE
                try:
                    kind = float_kind(base, size, precision, fields, bias, order)
                except (ValueError, RuntimeError) as refused:
                    print(f'skipped: HDF5 makes no {name}: {refused}')
                    continue
                everywhere(file, f'{name}-{order}', kind, plain, ('contiguous', 'gzip'))
        special = float_kind(h5t.IEEE_F64LE, 2, 16, (15, 7, 8, 0, 7), 127)
        everywhere(file, 'bfloat16-special', special,
                   np.array([np.inf, -np.inf, np.nan, 1e38, 1e-38, 2.0**-133] * 3), ('contiguous',))
        long = np.array([0, 1, -2.5, 1e300, np.inf, np.nan] + [0.125] * (N - 6), 'longdouble')
        everywhere(file, 'long/exact', np.dtype('longdouble'), long)
        inexact = long.copy()
        inexact[2] = np.longdouble(1) / 3
        everywhere(file, 'long/inexact', np.dtype('longdouble'), inexact, ('contiguous',))
        huge = long.copy()
        huge[2] = np.ldexp(np.longdouble(1), 5000)
        everywhere(file, 'long/huge', np.dtype('longdouble'), huge, ('contiguous',))
        for name, kind in {'le': h5t.IEEE_F128LE, 'be': h5t.IEEE_F128BE}.items():
            everywhere(file, f'quad-{name}/exact', kind, long, ('contiguous', 'gzip'))


# ---- Text, enumerations, bytes -------------------------------------------------------------------

def text_kind(length, padding, charset):
    kind = h5t.C_S1.copy()
    kind.set_size(length)
    kind.set_strpad(padding)
    kind.set_cset(charset)
    return kind


@maker()
def make_texts(path, version, random):
    paddings = {'term': h5t.STR_NULLTERM, 'nul': h5t.STR_NULLPAD, 'space': h5t.STR_SPACEPAD}
    words = [b'', b'a', b'abc', b'abcdefg', b'  x ', b'x  ', 'h\u00e9'.encode(), b'12345678']
    with new_file(path, version) as file:
        for (name, padding), charset in itertools.product(paddings.items(),
                                                          [h5t.CSET_ASCII, h5t.CSET_UTF8]):
            filler = b' ' if name == 'space' else b'\0'
            data = np.array([list(word[:7 if name == 'term' else 8].ljust(8, filler))
                             for word in words * 3], 'u1')
            kind = text_kind(8, padding, charset)
            for layout, dcpl in {'contiguous': None, 'chunked': properties((5,))}.items():
                made = create(file, f'fixed/{name}-{charset}-{layout}', kind, (24,), None, dcpl)
                made.id.write(h5s.ALL, h5s.ALL, data, kind)
        file.create_dataset('fixed/one', data=np.array([b'a', b'', b'z'], 'S1'))
        file.create_dataset('fixed/long', data=np.array([b'q' * 3000, b'r']), chunks=(1,))
        file.create_dataset('fixed/scalar', data=np.bytes_(b'all of it'))
        texts = ['', 'a', 'two words', 'gr\u00fc\u00dfe \U0001f41f', 'x' * 5000, 'a', 'line\nbreak',
                 '"quoted", with a comma']
        for encoding in ['ascii', 'utf-8']:
            some = [t for t in texts if encoding == 'utf-8' or t.isascii()]
            kind = h5py.string_dtype(encoding)
            for layout, more in {'contiguous': {}, 'chunked': dict(chunks=(3,)),
                                 'gzip': dict(chunks=(3,), compression='gzip')}.items():
                file.create_dataset(f'variable/{encoding}-{layout}', data=some, dtype=kind, **more)
            file.create_dataset(f'variable/{encoding}-scalar', data=some[2], dtype=kind)
            file.create_dataset(f'variable/{encoding}-nothing', (4,), kind)
            part = file.create_dataset(f'variable/{encoding}-some', (9,), kind, chunks=(2,))
            part[3] = 'here'
            file.create_dataset(f'variable/{encoding}-box', (2, 2), kind,
                                data=np.array([['a', 'bb'], ['', 'dddd']], object))
            file.create_dataset(f'variable/{encoding}-none', (0,), kind)
        filled = file.create_dataset('variable/filled', (5,), h5py.string_dtype(), chunks=(2,),
                                     fillvalue='nothing here')
        filled[1] = 'something'
        # HDF5 2.0 does not read this without the right to write.
        KNOWN[os.path.basename(path), '/variable/filled'] = \
            ['nothing here', 'something'] + ['nothing here'] * 3


@maker()
def make_enumerations(path, version, random):
    colours = {'red': 1, 'green': 2, 'dark blue': 40}
    with new_file(path, version) as file:
        for code in ['i1', 'u2', '<i4', '>i4', '>i8']:
            kind = h5py.enum_dtype(colours, code)
            data = random.choice([1, 2, 40, 7], N).astype(code)
            everywhere(file, code.strip('<'), kind, data)
        for name, tag in {'tagged': b'a tag', 'bare': b''}.items():
            kind = h5t.create(h5t.OPAQUE, 5)
            kind.set_tag(tag)
            data = np.frombuffer(random.bytes(5 * N), 'V5')
            everywhere(file, f'opaque/{name}', kind, data, ('contiguous', 'gzip'))
        for name, kind in {'b1': h5t.STD_B8LE, 'b2': h5t.STD_B16LE, 'b4be': h5t.STD_B32BE,
                           'b8': h5t.STD_B64LE}.items():
            made = create(file, f'bitfield/{name}', kind, (N,))
            made.id.write(h5s.ALL, h5s.ALL, np.frombuffer(random.bytes(8 * N), 'u1'), kind)
        for name, kind in {'le': h5t.UNIX_D32LE, 'be': h5t.UNIX_D64BE}.items():
            made = create(file, f'time/{name}', kind, (N,))
            made.id.write(h5s.ALL, h5s.ALL, np.frombuffer(random.bytes(8 * N), 'u1'), kind)
        file.create_dataset('times', data=np.array(['2001-01-01', '2024-02-29'],
                                                   'M8[s]').astype(h5py.opaque_dtype('M8[s]')))


# ---- Compounds, arrays, sequences, references ----------------------------------------------------

def rows_of(random, dtype, n=N):
    rows = np.zeros(n, dtype)
    for name in dtype.names:
        part = rows[name]
        if part.dtype.names:
            part[...] = rows_of(random, part.dtype, part.size).reshape(part.shape)
        elif part.dtype.kind == 'S':
            part[...] = np.array([b'%d' % k for k in range(part.size)]).reshape(part.shape)
        else:
            part[...] = numbers(random, part.shape, part.dtype)
    return rows


@maker()
def make_compounds(path, version, random):
    inner = np.dtype([('x', '>i2'), ('y', '<f8')])
    kinds = {
        'pair': inner,
        'aligned': np.dtype([('a', 'u1'), ('b', '<f8'), ('c', '<i2')], align=True),
        'nested': np.dtype([('id', '<u4'), ('point', inner), ('points', inner, (2, 3))]),
        'arrays': np.dtype([('m', '>f4', (3, 2)), ('v', 'u1', (5,)), ('s', 'S3', (2,))]),
        'text': np.dtype([('name', 'S7'), ('flag', '?'), ('z', '<c16')]),
        'one': np.dtype([('only', '<i8')]),
        'gaps': np.dtype({'names': ['a', 'b'], 'formats': ['<i2', '>f4'], 'offsets': [3, 11],
                          'itemsize': 20}),
        'swapped': np.dtype({'names': ['b', 'a'], 'formats': ['<i4', '<i4'], 'offsets': [4, 0],
                             'itemsize': 8}),
        'many': np.dtype([(f'c{k}', ['<i4', '>f8', 'u1'][k % 3]) for k in range(120)]),
        'half': np.dtype([('h', '<f2'), ('e', h5py.enum_dtype({'a': 0, 'b': 1}, 'i2'))]),
    }
    with new_file(path, version) as file:
        for name, dtype in kinds.items():
            rows = rows_of(random, dtype)
            for layout, more in {'contiguous': {}, 'chunked': dict(chunks=(5,)),
                                 'gzip': dict(chunks=(5,), compression='gzip', shuffle=True),
                                 'growing': dict(chunks=(5,), maxshape=(None,))}.items():
                file.create_dataset(f'{name}/{layout}', data=rows, **more)
            file.create_dataset(f'{name}/scalar', data=rows[0])
            file.create_dataset(f'{name}/box', data=rows[:6].reshape(2, 3))
        loose = np.dtype([('n', '<i4'), ('t', h5py.string_dtype()), ('s', h5py.vlen_dtype('i2'))])
        rows = np.empty(3, loose)
        for k in range(3):
            rows[k] = (k, 't' * k, np.arange(k, dtype='i2'))
        file.create_dataset('with-sequences', data=rows)
        refs = np.zeros(2, [('r', h5py.ref_dtype), ('n', 'i4')])
        refs['r'] = [file.ref, file['pair'].ref]
        file.create_dataset('with-references', data=refs)


@maker()
def make_arrays(path, version, random):
    with new_file(path, version) as file:
        for name, base, dims in [('row', '<i4', (3,)), ('box', '>f8', (2, 3)), ('text', 'S4', (2,)),
                                 ('byte', 'u1', (7,)), ('deep', '<i2', (2, 1, 3, 2))]:
            kind = h5t.array_create(h5t.py_create(np.dtype(base)), dims)
            data = numbers(random, (N,) + dims, 'i4').astype(base)
            everywhere(file, name, kind, data)
        nested = h5t.array_create(h5t.array_create(h5t.STD_I16BE, (2,)), (3,))
        made = create(file, 'nested', nested, (N,))
        made.id.write(h5s.ALL, h5s.ALL, np.frombuffer(random.bytes(12 * N), 'u1'), nested)
        pairs = h5t.array_create(h5t.py_create(np.dtype([('a', '<i2'), ('b', '>f4')])), (2,))
        made = create(file, 'pairs', pairs, (N,))
        made.id.write(h5s.ALL, h5s.ALL, np.zeros(12 * N, 'u1'), pairs)
        for name, base in [('ints', '<i4'), ('big', '>f8'), ('bytes', 'u1')]:
            lists = np.empty(6, object)
            for k in range(6):
                lists[k] = numbers(random, k * k, base)
            file.create_dataset(f'sequences/{name}', data=lists, dtype=h5py.vlen_dtype(base))
            file.create_dataset(f'sequences/{name}-chunked', data=lists, chunks=(4,),
                                dtype=h5py.vlen_dtype(base))
        file.create_dataset('references/object', data=[file.ref, file['row'].ref],
                            dtype=h5py.ref_dtype)
        file.create_dataset('references/null', (2,), h5py.ref_dtype)
        target = file['row/contiguous']
        file.create_dataset('references/region', data=[target.regionref[2:5]],
                            dtype=h5py.regionref_dtype)


@maker()
def make_committed(path, version, random):
    with new_file(path, version) as file:
        for name, dtype in {'number': '>i4', 'pair': [('x', '<f4'), ('y', '>i8')],
                            'text': 'S6'}.items():
            file[f'types/{name}'] = np.dtype(dtype)
            kind = file[f'types/{name}']
            rows = np.zeros(N, dtype)
            file.create_dataset(f'of-{name}', (N,), kind, data=rows)
            file.create_dataset(f'of-{name}-chunked', (N,), kind, data=rows, chunks=(4,))
            file[f'of-{name}'].attrs.create('typed', rows[:2], dtype=kind)
        file['colour'] = h5py.enum_dtype({'a': 1, 'b': 2}, 'i2')
        file.create_dataset('of-colour', data=numbers(random, N, 'i2') % 2 + 1,
                            dtype=file['colour'])
        # A type inside another that is committed, and a committed type without a name any more.
        file['inner'] = np.dtype('>f4')
        file.create_dataset('of-inner', data=numbers(random, N, 'f4'), dtype=file['inner'])
        del file['inner']


# ---- Attributes ----------------------------------------------------------------------------------

def fill_attributes(target, random):
    for code in ['i1', '>i2', '<i4', '>i8', 'u1', '>u2', '<u4', 'u8', '<f4', '>f8', '<f2']:
        for shape in [(), (1,), (3,), (2, 2)]:
            target.attrs[f'{code}-{len(shape)}{shape[:1]}'] = numbers(random, shape, code)
    target.attrs['bool'] = True
    target.attrs['bools'] = np.array([True, False])
    target.attrs['complex'] = 1 - 2j
    target.attrs['text'] = 'gr\u00fc\u00dfe, "you"\n'
    target.attrs['ascii'] = np.array(b'ascii', h5py.string_dtype('ascii'))
    target.attrs['fixed'] = np.bytes_(b'fixed')
    target.attrs['fixeds'] = np.array([b'a', b'bcd', b''])
    target.attrs['texts'] = ['a', '', 'three']
    target.attrs['empty-text'] = ''
    target.attrs['null'] = h5py.Empty('f4')
    target.attrs['nothing'] = np.zeros(0, 'i4')
    target.attrs['pair'] = np.array((1, 2.5), [('x', 'i4'), ('y', 'f8')])
    target.attrs['reference'] = target.ref
    lists = np.empty(2, object)
    lists[0], lists[1] = np.arange(3, dtype='i4'), np.arange(0, dtype='i4')
    target.attrs.create('sequences', lists, dtype=h5py.vlen_dtype('i4'))
    target.attrs['name / with \u2713 and "quotes"'] = 1


@maker()
def make_attributes(path, version, random):
    with new_file(path, version) as file:
        for name, target in {'group': file.create_group('group'), 'root': file,
                             'dataset': file.create_dataset('dataset', data=1.5)}.items():
            fill_attributes(target, random)
        dense = file.create_group('dense')
        for k in range(700):
            dense.attrs[f'a{k * 7919 % 10007:05}'] = k
        big = file.create_group('big')
        big.attrs['row'] = np.arange(7000.0)  # nearly what a header can hold
        if version != 'earliest':
            big.attrs['long'] = np.arange(40000.0)
            big.attrs['text'] = 'x' * 100000
        ordered = file.create_group('ordered', track_order=True)
        for name in ['z', 'a', 'm'] + [f'k{k}' for k in range(20)]:
            ordered.attrs[name] = len(name)
        changed = file.create_group('changed')
        for k in range(40):
            changed.attrs[f'x{k}'] = np.arange(k)
        for k in range(0, 40, 2):
            del changed.attrs[f'x{k}']
        for k in range(1, 40, 6):
            changed.attrs[f'x{k}'] = 'changed'
