"""Wrong kernels: each gives one clear line that names the kernel, the documented status, and leaves
nothing behind. And how compiled sources are kept.

usage: test_wrong_kernels.py FAILING_KERNELS.c OWN_KERNELS.c
"""
import os
import stat
import subprocess
import sys

from own_kernels import COMPILER, calc, close, folder, h5py, np, store
from shoal_command import ENVIRONMENT, clean_line, good, run, snapshot

FAILING, OWN = sys.argv[1:3]
GOOD = '''{.name = "k", .kind = SHOAL_KERNEL_ELEMENTS, .types = "f8 -> f8", .elements = e}'''
FUNCTIONS = '''
#include <shoal/kernel.h>
static int e(const shoal_kernel_call *c, size_t n, const void *const *in, void *const *out)
{
    for (size_t i = 0; i < n; i++) ((double *)out[0])[i] = ((const double *)in[0])[i] + 1;
    return c == 0;
}
static int i(const shoal_kernel_call *c, void *s) { return c == 0 || s == 0; }
static int s(const shoal_kernel_call *c, void *s, size_t n, const void *x)
{
    return c == 0 || s == 0 || x == 0 || n == 0;
}
static int m(const shoal_kernel_call *c, void *s, const void *b) { return c == 0 || s == b; }
static int f(const shoal_kernel_call *c, const void *s, uint64_t n, void *r)
{
    return c == 0 || s == r || n == 0;
}
static const shoal_kernel_parameter p[9] = {{.name = "axis"}, {.name = "a"}, {.name = "a"},
                                            {.name = "w", .value = 0.5, .is_whole = 1}, {0},
                                            {.name = "x"}};
'''


def source(name, text):
    path = os.path.join(folder, name + '.c')
    with open(path, 'w') as file:
        file.write(text)
    return path


def specs(name, *rows, table='SHOAL_KERNELS(kernels);'):
    rows = ',\n'.join(rows)
    return source(name, f'{FUNCTIONS}static const shoal_kernel_spec kernels[] = {{\n{rows}}};\n'
                  f'{table}\nint use(void);\nint use(void) {{ return (int)sizeof(p) + '
                  '(e != 0) + (i != 0) + (s != 0) + (m != 0) + (f != 0); }')


def wrong(status, words, *command, **more):
    done = run(*command, **more)
    text = done.err.decode()
    assert done.status == status and clean_line(done.err), f'{command}: {done}, not {status}'
    assert not done.out, f'{command}: {done}'
    for word in [words] if isinstance(words, str) else words:
        assert word in text, f'{command}: {text!r} has no {word!r}'


def elements(**members):
    row = dict(name='"k"', kind='SHOAL_KERNEL_ELEMENTS', types='"f8 -> f8"', elements='e')
    row.update(members)
    return '{' + ', '.join(f'.{k} = {v}' for k, v in row.items()) + '}'


def reduction(**members):
    row = dict(name='"r"', kind='SHOAL_KERNEL_REDUCTION', types='"f8 -> f8"', init='i', step='s',
               merge='m', finish='f', state_bytes=8)
    row.update(members)
    return '{' + ', '.join(f'.{k} = {v}' for k, v in row.items()) + '}'


def test_specs():
    table = 'const shoal_kernel_table shoal_kernels = {%s, kernels};'
    nine = '"' + ', '.join(['f8'] * 9) + ' -> f8"'
    cases = [
        ('its kernels are of ABI version 2, and this library knows 1', GOOD, table % '2, 1'),
        ('ABI version 0', GOOD, table % '0, 1'),
        ('its table has no kernels', GOOD, table % '1, 0'),
        ('has 257 kernels; 256 are the most', GOOD, table % '1, 257'),
        ('are NULL', GOOD, 'const shoal_kernel_table shoal_kernels = {1, 1, 0};'),
        ('cannot be read: SIGSEGV', GOOD,
         'const shoal_kernel_table shoal_kernels = {1, 1, (const shoal_kernel_spec *)4096};'),
        ('cannot be read: SIGSEGV', elements(name='(const char *)4096')),
        ('kernel number 1: a name has', elements(name='0')),
        ('kernel number 1: a name has', elements(name='""')),
        ('kernel number 1: a name has', elements(name='"2x"')),
        ('kernel number 1: a name has', elements(name='"a b"')),
        ('kernel number 1: a name has', elements(name='"' + 'a' * 64 + '"')),
        ('kernel sum: there is a built-in', elements(name='"sum"')),
        ('kernel abs: there is a built-in', elements(name='"abs"')),
        ('kernel float64: float64(x) is a cast to float64', elements(name='"float64"')),
        ('kernel f: f(x) is a cast to float32', elements(name='"f"')),
        ('kernel b: b(x) is a cast to int8', elements(name='"b"')),
        ('kernel startswith: there is a built-in', elements(name='"startswith"')),
        ('kernel isclose: there is a built-in', elements(name='"isclose"')),
        ('kernel k: `types`', elements(types='0')),
        ('kernel k: `types`', elements(types='"f8"')),
        ('kernel k: `types`', elements(types='"float128 -> f8"')),
        ('kernel k: `types`', elements(types='"S4 -> f8"')),
        ('kernel k: `types`', elements(types='" -> f8"')),
        ('kernel k: `types`', elements(types='"f8 ->"')),
        ('kernel k: `types`', elements(types='"f8,, f8 -> f8"')),
        ('kernel k: `types`', elements(types=nine)),
        ('kernel k: there is no such kind', elements(kind=9)),
        ('kernel k: there is no such kind', elements(kind=0)),
        ('kernel k: `elements` is NULL', elements(elements=0)),
        ('kernel k: `line` is NULL', elements(kind='SHOAL_KERNEL_LINES')),
        ('kernel k: `line` is NULL', elements(kind='SHOAL_KERNEL_LINES_3D')),
        ('kernel k: `stencil` is NULL', elements(kind='SHOAL_KERNEL_STENCIL_2D')),
        ('kernel k: `stencil` is NULL', elements(kind='SHOAL_KERNEL_STENCIL')),
        *[(f'kernel r: `{x}` is NULL', reduction(**{x: 0})) for x in
          ('init', 'step', 'merge', 'finish')],
        ('kernel r: a state has 1 byte to 64 MiB, not 0 bytes', reduction(state_bytes=0)),
        ('not 18446744073709551615 bytes', reduction(state_bytes='SIZE_MAX')),
        ('kernel r: all but element-wise kernels have one result',
         reduction(types='"f8 -> f8, f8"')),
        ('kernel k: kernels of lines and stencils have one argument', elements(
            kind='SHOAL_KERNEL_STENCIL', stencil='(void *)f', types='"f8, f8 -> f8"')),
        ('kernel k: more than 8 parameters', elements(parameters='p', n_parameters=9)),
        ('kernel k: `parameters` is NULL', elements(n_parameters=1)),
        ('kernel k: a parameter needs a name', elements(parameters='p', n_parameters=1)),
        ('kernel k: a parameter needs a name', elements(parameters='p + 1', n_parameters=2)),
        ('kernel k: a parameter needs a name', elements(parameters='p + 4', n_parameters=1)),
        ('kernel k: a parameter needs a name', elements(parameters='p + 5', n_parameters=1)),
        ("whole parameter's value is not whole", elements(parameters='p + 3', n_parameters=1)),
        ('kernel k: `arguments` is a name for each', elements(arguments='"x, y"')),
        ('kernel k: `arguments` is a name for each', elements(arguments='""')),
        ('kernel k: there is another for the same types', GOOD + ', ' + GOOD),
        ('kernel k: there is another of that name', GOOD + ', ' + reduction(name='"k"')),
    ]
    for number, (words, rows, *given) in enumerate(cases):
        path = specs(f'spec{number}', rows, **({'table': given[0]} if given else {}))
        wrong(2, ['shoal: ' + path, words], 'calc', '--kernel', path, '1 + 1')
        wrong(2, words, 'calc', '--functions', '--kernel', path)


def test_files():
    wrong(3, 'nothing.so: No such file', 'calc', '--kernel', 'nothing.so', '1')
    wrong(3, 'nothing.c: No such file', 'calc', '--kernel', 'nothing.c', '1')
    wrong(3, 'is no file of kernels', 'calc', '--kernel', folder, '1')
    wrong(2, 'is empty', 'calc', '--kernel', '', '1')
    text = os.path.join(folder, 'text.so')
    with open(text, 'w') as file:
        file.write('this is no shared object\n')
    wrong(3, ['text.so', 'cannot be loaded'], 'calc', '--kernel', text, '1')
    wrong(2, 'has no symbol shoal_kernels', 'calc', '--kernel', source('empty', 'int x;\n'), '1')
    missing = source('missing', FUNCTIONS.replace('+ 1;', '+ nowhere();').replace(
        'static int e', 'double nowhere(void);\nstatic int e', 1) +
        f'static const shoal_kernel_spec k[] = {{{GOOD}}};\nSHOAL_KERNELS(k);\n'
        'int (*const used[])(void) = {' +
        ', '.join(f'(int (*)(void)){name}' for name in 'ismf') + '};\n')
    wrong(3, ['cannot be loaded', 'nowhere'], 'calc', '--kernel', missing, '1')
    broken = source('broken', '#include <shoal/kernel.h>\n\nint x = ;\n')
    wrong(2, ['broken.c', 'does not compile it', 'broken.c:3:', 'error'], 'calc', '--kernel',
          broken, '1')
    silent = specs('silent', GOOD)
    killed = os.path.join(folder, 'killed-cc')
    with open(killed, 'w') as file:
        file.write('#!/bin/sh\nkill -9 $$\n')
    os.chmod(killed, 0o700)
    for cc, words in (('false', 'false does not compile it, and does not say why: its exit status '
                       'is 1'), (killed, 'does not say why: ended by signal 9')):
        ENVIRONMENT['CC'] = cc
        wrong(2, ['silent.c', words, '$CC'], 'calc', '--kernel', silent, '1')
    ENVIRONMENT['CC'] = COMPILER
    path = source('linked', 'int main;\n#error "no"\n')
    wrong(2, 'does not compile', 'calc', '--kernel', path, '1')
    own = subprocess.run([COMPILER, '-shared', '-fPIC', '-I', include(), '-o',
                          os.path.join(folder, 'own.so'), specs('own', GOOD)], check=True)
    assert own.returncode == 0
    done = good('calc', '--kernel', 'own.so', 'k(2.0)', cwd=folder)
    assert done.out == b'3.0\n', done
    wrong(2, 'there is another', 'calc', '--kernel', 'own.so', '--kernel', 'own.so', 'k(2.0)',
          cwd=folder)


def test_loading():
    """What a shared object does when it is loaded is under the guard too."""
    for name, what, words in (
            ('null', '*(volatile int *)8 = 1', 'crashed while it was loaded: SIGSEGV'),
            ('ends', 'exit(0)', 'failed while it was loaded: it called exit()')):
        path = source(name, '#include <stdlib.h>\n' + open(specs(name, GOOD)).read() +
                      f'__attribute__((constructor)) static void begin(void) {{ {what}; }}\n')
        wrong(4, [path, words], 'calc', '--kernel', path, '1')
        wrong(4, [path, words], 'calc', '--functions', '--kernel', path)
    # and when it is let go of: what was computed stands
    path = source('after', open(specs('after', GOOD)).read() +
                  '__attribute__((destructor)) static void end(void) { *(volatile int *)8 = 1; }\n')
    assert good('calc', '--kernel', path, 'k(1.0)').out == b'2.0\n'


def include():
    """The header as shoal has put it into its cache."""
    cache = os.path.join(folder, 'cache', 'shoal')
    return next(os.path.join(cache, n) for n in os.listdir(cache) if n.startswith('include-'))


def test_calls():
    z = store('z', np.zeros((4, 6), 'c8'), (4, 6))
    f8, f4 = store('x', np.zeros((4, 6)), (4, 6)), store('y', np.zeros((5, 6), 'f4'), (5, 6))
    for words, expression in (
            ("elements() lacks its argument 'x'", 'elements()'),
            ('elements() takes at most 2 arguments', 'elements(x, 1, 2)'),
            ("elements() has no argument 'hov'; did you mean 'how'?", 'elements(x, hov=1)'),
            ('how must be a whole number', 'elements(x, 0.5)'),
            ('how must be a number', 'elements(x, x)'),
            ("needy() lacks its argument 'needed'", 'needy(x)'),
            ('kernel elements is for float64 -> float64, not for complex64', 'elements(z)'),
            ("unknown function 'element'; did you mean 'elements'?", 'element(x)'),
            ('two() has 2 results: take [0] to [1]', 'two(x)'),
            ('two() has 2 results: take [0] to [1]', 'two(x)[2]'),
            ('axis 2 is out of bounds', 'reduction(x, axis=2)'),
            ('axis 1 is named twice', 'reduction(x, axis=(1, 1))'),
            ('by= groups along one axis', 'reduction(x, by=[1, 2])'),
            ('a mode is', 'stencil(x, mode="round")'),
            ('has none', 'line(1.0)'),
            ('plane() works along 2 axes, and the array has 1', 'plane(x[0])'),
            ('plane() works along 2 axes beside each other', 'plane(x, axis=0)'),
            ('plane() works along 2 axes beside each other', 'plane(x, axis=())'),
            ('plane() works along 2 axes beside each other',
             'plane(reshape(x, (2, 2, 6)), axis=(0, 2))'),
            ('axis 2 is out of bounds', 'plane(x, axis=(1, 2))'),
            ('whole_plane() works along 2 axes beside each other', 'whole_plane(x, axis=1)'),
            ('the result of tall_plane() is beyond any memory', f'tall_plane(x, {2 ** 40})'),
            ('the neighbours of wide_plane() are beyond any memory', f'wide_plane(x, {2 ** 32})'),
            ('a text can only be compared', 'elements("a")')):
        wrong(2, ['column', words], 'calc', '--kernel', FAILING, expression, f8, z)
    wrong(2, 'shapes (4, 6) and (5, 6) do not broadcast', 'calc', '--kernel', OWN,
          'polynomial(x, y, b=1)', f8, f4)
    wrong(2, 'lengthy makes a line of 1125899906842624 elements', 'calc', '--kernel', FAILING,
          f'lengthy(x, {2 ** 50})', f8)
    wrong(5, 'MiB', 'calc', '--kernel', FAILING, f'lengthy(x, {2 ** 40})', f8)
    wrong(2, 'wants more than 2^32 elements', 'calc', '--kernel', FAILING, f'wide(x, {2 ** 50})',
          f8)
    wrong(5, 'MiB', 'calc', '-m', '1G', '--kernel', FAILING, f'wide(x, {2 ** 32})', f8)
    wrong(2, 'wants more than 2^32 elements', 'calc', '--kernel', FAILING,
          f'wide_plane(x, {2 ** 50})', f8)
    wrong(5, 'MiB', 'calc', '-m', '1G', '--kernel', FAILING, f'wide_plane(x, {2 ** 20})', f8)
    wrong(5, 'MiB', 'calc', '-m', '1G', '--kernel', FAILING, f'tall_plane(x, {2 ** 20})', f8)
    wrong(4, 'kernel tall_plane crashed in `length`: SIGSEGV', 'calc', '--kernel', FAILING,
          'tall_plane(x, -1)', f8)
    wrong(4, 'kernel wide_plane crashed in `halo`: SIGSEGV', 'calc', '--kernel', FAILING,
          'wide_plane(x, -1)', f8)
    wrong(4, 'kernel hungry crashed in `scratch`: SIGSEGV', 'calc', '--kernel', FAILING,
          'hungry(x, -1)', f8)
    for how in (2 ** 33, 2 ** 52):
        wrong(5, 'MiB', 'calc', '-m', '1G', '--kernel', FAILING, f'hungry(x, {how})', f8)
    wrong(4, 'kernel lengthy crashed in `length`: SIGSEGV', 'calc', '--kernel', FAILING,
          'lengthy(x, -1)', f8)
    wrong(4, 'kernel wide crashed in `halo`: SIGSEGV', 'calc', '--kernel', FAILING, 'wide(x, -1)',
          f8)
    wrong(5, 'MiB', 'calc', '-m', '64M', '--kernel', FAILING, 'large(x)', f8)
    many = store('m', np.zeros((3000, 2000)), (100, 2000))
    for by in ('', ', by=index(m[:, 0])'):
        wrong(5, 'MiB', 'calc', '--kernel', FAILING, f'large(m, axis=0{by})', many)
    assert good('calc', '-m', '2G', '-j', '2', '--kernel', FAILING, 'large(x)', f8).out == b'0.0\n'


HOW = ['failed in the box (200:300, 0:1000): there is a -1', 'it returned 7', 'crashed in the box',
       'SIGFPE', 'SIGILL', 'SIGBUS', 'SIGSEGV', ': ' + 'x' * 255, 'two?lines?[31m',
       'it called exit(), which kernels must not']


def test_runs():
    x = np.zeros((400, 1000))
    x[247, 11] = -1
    file = store('x', x, (100, 1000))
    kept = os.path.join(folder, 'kept.h5')
    with h5py.File(kept, 'w') as f:
        f['other'] = np.arange(10)
        f['r'] = np.arange(5)
    before = snapshot(folder)
    for how, words in enumerate(HOW):
        for expression, name in (
                (f'elements(x, {how})', 'elements'), (f'reduction(x, {how})', 'reduction'),
                (f'sum(elements(x + 0, {how}) * 2)', 'elements'),
                (f'reduction(x, {how}, axis=0)', 'reduction'),
                (f'reduction(x, {how}, axis=1)', 'reduction'),
                (f'line(x, {how}, axis=1)', 'line'), (f'line(x + 0, {how}, axis=0)', 'line'),
                (f'stencil(x, {how}, axis=0)', 'stencil'), (f'plane(x, {how})', 'plane'),
                (f'whole_plane(x, {how})', 'whole_plane')):
            for threads in '128'[how % 3:][:1]:
                command = ['calc', '-q', '-j', threads, '--kernel', FAILING, expression, file]
                exact = how == 0 and name in ('elements', 'reduction')
                told = [f'kernel {name} ', words if exact else words.split(': ')[-1]]
                wrong(4, told, *command, '-o', os.path.join(folder, 'new.h5:/r'))
                wrong(4, told, *command, '-f', '-o', kept + ':/r')
        assert snapshot(folder) == before, f'something is left behind or changed by way {how}'
    for how, words in enumerate(HOW):
        for where, name in ((1, 'init'), (3, 'merge'), (4, 'finish')):
            wrong(4, ['kernel reduction ', words.split(': ')[-1]], 'calc', '-j', '2', '--kernel',
                  FAILING, f'reduction(x, {how}, {where})', file)
    wrong(4, 'kernel elements failed: there is a -1', 'calc', '--kernel', FAILING,
          'elements(-1.0, 0)', file)
    wrong(4, 'kernel elements crashed: SIGSEGV', 'calc', '--kernel', FAILING, 'elements(-1.0, 2)')
    wrong(4, 'kernel elements failed', 'calc', '--kernel', FAILING, 'x[elements(x[:, 11], 0) < 0]',
          file)
    wrong(4, 'kernel reduction failed: there is a -1', 'calc', '--kernel', FAILING,
          'reduction(x[0:0], 0, 4)', file)
    # the other statement's result is not printed either
    wrong(4, 'kernel elements', 'calc', '--kernel', FAILING, 'sum(x); max(elements(x, 3))', file)
    assert snapshot(folder) == before


def counting_compiler():
    """A compiler that writes a line for each run."""
    path, log = os.path.join(folder, 'counting-cc'), os.path.join(folder, 'compiled')
    with open(path, 'w') as file:
        file.write(f'#!/bin/sh\necho "$@" >>{log}\nexec {COMPILER} "$@"\n')
    os.chmod(path, 0o700)
    open(log, 'w').close()
    return path, lambda: len(open(log).read().splitlines())


def test_cache():
    cc, count = counting_compiler()
    before = ENVIRONMENT.get('CC')
    ENVIRONMENT['CC'] = cc
    text = open(specs('cached', GOOD)).read()
    path = source('cached', text)
    for k in range(3):
        assert good('calc', '--kernel', path, 'k(1.0)').out == b'2.0\n' and count() == 1, k
    assert good('calc', '--kernel', source('cached', text.replace('+ 1;', '+ 2;')),
                'k(1.0)').out == b'3.0\n' and count() == 2
    path = source('cached', text)
    assert good('calc', '--kernel', path, 'k(1.0)').out == b'2.0\n' and count() == 2
    # what it includes in quotes may change
    header = os.path.join(folder, 'amount.h')
    quoted = source('quoted', '# include "amount.h"\n' + text.replace('+ 1;', '+ AMOUNT;'))
    for k, amount in enumerate((5, 6)):
        with open(header, 'w') as file:
            file.write(f'#define AMOUNT {amount}\n')
        assert good('calc', '--kernel', quoted, 'k(0.0)').out == b'%d.0\n' % amount
        assert count() == 3 + k
    ENVIRONMENT['CC'] = cc + ' -DAMOUNT=9'
    assert good('calc', '--kernel', source('defined', text.replace('+ 1;', '+ AMOUNT;')),
                'k(0.0)').out == b'9.0\n'
    # many at once
    path = source('at_once', text.replace('+ 1;', '+ 7;'))
    jobs = [subprocess.Popen([os.environ['SHOAL'], 'calc', '--kernel', path, 'k(0.0)'],
                             stdout=subprocess.PIPE, env=ENVIRONMENT) for _ in range(4)]
    assert all(job.communicate()[0] == b'7.0\n' for job in jobs)
    cache = os.path.join(folder, 'cache', 'shoal')
    assert len([n for n in os.listdir(cache) if n.startswith('at_once-')]) == 1, os.listdir(cache)
    assert all(n.endswith('.so') or n.startswith('include-') for n in os.listdir(cache))
    ENVIRONMENT['CC'] = '/nowhere/cc'
    wrong(3, ['the compiler /nowhere/cc cannot be started', '$CC'], 'calc', '--kernel', path,
          'k(0.0)')
    ENVIRONMENT['CC'] = COMPILER if before is None else before
    os.chmod(cache, 0o777)
    wrong(3, 'is no folder of this user', 'calc', '--kernel', path, 'k(0.0)')
    os.chmod(cache, stat.S_IRWXU)
    kept = ENVIRONMENT.pop('XDG_CACHE_HOME')
    for home, words in (('', 'neither $XDG_CACHE_HOME nor $HOME'),
                        ('/proc/nowhere', '$XDG_CACHE_HOME')):
        ENVIRONMENT['HOME'] = home
        wrong(3, words, 'calc', '--kernel', path, 'k(0.0)')
    ENVIRONMENT['HOME'] = os.path.join(folder, 'home')
    os.makedirs(ENVIRONMENT['HOME'])
    assert good('calc', '--kernel', path, 'k(0.0)').out == b'7.0\n'
    assert os.path.isdir(os.path.join(folder, 'home', '.cache', 'shoal'))
    ENVIRONMENT['XDG_CACHE_HOME'] = kept


assert calc(OWN, 'place(int8(1))') == 0 # the cache has the header
for name, test in list(globals().items()):
    if name.startswith('test_'):
        test()
        print(name)
close()
