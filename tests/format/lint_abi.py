"""lint_abi.py BUILD [--write]: the binary interface is the reviewed one in tests/format/abi.txt:
every function with its types, every struct with its size, its fields' places and their types, every
value of the enumerations and the limits. A line that is new is compatible; one that changed or went
is not, but for a struct of parameters that grew at its end. With --write the list is made anew."""
import os
import re
import subprocess
import sys
import tempfile

import sources

PATH = 'tests/format/abi.txt'
HEAD = ('# The binary interface of the library on x86-64, reviewed line by line: lint_abi.py BUILD '
        '--write.\n')
FUNCTION = re.compile(r'^([a-z][^;{}()]*?)\b(shoal_\w+)(\([^;{}]*\));', re.M)
CALLBACK = re.compile(r'^typedef ([^;{}]*?\(\*(shoal_\w+)\)\([^;{}]*\));', re.M)
STRUCT = re.compile(r'^typedef struct (shoal_\w+) \{(.*?)^\} \1;', re.M | re.S)
UNNAMED = re.compile(r'^enum \{(.*?)\};', re.M | re.S)
LIMIT = re.compile(r'^#define (SHOAL_\w+)[ \t]+(\S.*?)(?:[ \t]*/\*.*)?$', re.M)
ENUM = re.compile(r'^typedef enum (shoal_\w+) \{(.*?)\} \1;', re.M | re.S)


def headers():
    return sources.files('h', below='include/shoal')


def text_of(header):
    text = re.sub(r'/\*.*?\*/', '', sources.read(header), flags=re.S)
    return re.sub(r'^#.*\n', '', text, flags=re.M)


def squeeze(text):
    return re.sub(r'\s+', ' ', text).replace('( ', '(').replace('* ', '*').strip()


def field_names(body):
    """The fields of a struct, in order; callbacks too, structs inside structs not."""
    for declaration in body.split(';'):
        declaration = declaration.strip()
        callback = re.search(r'\(\*(?:const )?(\w+)(?:\[[^\]]*\])?\)\s*\(', declaration)
        if callback:
            yield callback.group(1)
        elif declaration:
            for part in declaration.split(','):
                yield re.search(r'(\w+)(?:\[[^\]]*\])*\s*$', part).group(1)


def enum_names(body):
    return re.findall(r'^\s*(SHOAL_\w+)', body.replace(',', ',\n'), re.M)


def probe(text):
    """The lines of a C program that prints structs and enumerations."""
    for name, body in STRUCT.findall(text):
        yield f'printf("struct {name}: %zu bytes", sizeof({name}));'
        for field in field_names(body):
            yield f'printf(", {field} %zu", offsetof({name}, {field}));'
        yield 'puts("");'
    for name, body in ENUM.findall(text):
        yield f'printf("enum {name}:");'
        for value in enum_names(body):
            yield f'printf(" {value} %lld", (long long){value});'
        yield 'puts("");'
    for body in UNNAMED.findall(text):
        for value in enum_names(body):
            yield f'printf("enumerator {value}: %lld\\n", (long long){value});'


def limits(path):
    """Constants of the headers that are no enumerators: versions, limits."""
    return [f'limit {name}: {value}' for name, value in LIMIT.findall(sources.read(path))
            if not name.endswith(('_H', '_VERSION'))]


def measured(paths, texts):
    lines = [f'#include <shoal/{os.path.basename(path)}>' for path in paths]
    lines += ['#include <stddef.h>', '#include <stdio.h>', 'int main(void)', '{']
    lines += [line for text in texts for line in probe(text)]
    lines += ['return 0;', '}']
    with tempfile.TemporaryDirectory() as folder:
        source, program = folder + '/probe.c', folder + '/probe'
        with open(source, 'w', encoding='utf-8') as file:
            file.write('\n'.join(lines) + '\n')
        subprocess.run([os.environ.get('CC', 'gcc'), '-I' + os.path.join(sources.ROOT, 'include'),
                        source, '-o', program], check=True)
        return subprocess.run([program], check=True, capture_output=True, text=True).stdout


def generate():
    paths = headers()
    texts = [text_of(path) for path in paths]
    lines = [f'function {name}: {squeeze(result + name + arguments)}' for text in texts
             for result, name, arguments in FUNCTION.findall(text)]
    lines += [f'callback {name}: {squeeze(declared)}' for text in texts
              for declared, name in CALLBACK.findall(text)]
    lines += [f'fields of {name}: {squeeze(body)}' for text in texts
              for name, body in STRUCT.findall(text)]
    lines += [line for path in paths for line in limits(path)]
    return HEAD + '\n'.join(sorted(lines)) + '\n' + measured(paths, texts)


def difference(reviewed, found):
    old = dict(line.split(': ', 1) for line in reviewed.splitlines()[1:])
    new = dict(line.split(': ', 1) for line in found.splitlines()[1:])
    for what in sorted(old.keys() - new.keys()):
        yield f'{what} is gone: that breaks programs'
    for what in sorted(new.keys() - old.keys()):
        yield f'{what} is new'
    for what in sorted(old.keys() & new.keys()):
        if old[what] != new[what]:
            yield f'{what} was {old[what]}'
            yield f'{what} is now {new[what]}'


def main():
    found = generate()
    if sys.argv[2:] == ['--write']:
        with open(os.path.join(sources.ROOT, PATH), 'w', encoding='utf-8') as file:
            file.write(found)
        return
    problems = list(difference(sources.read(PATH), found))
    if problems:
        problems.append(f'if that is meant: lint_abi.py BUILD --write, and review {PATH}')
    sources.finish(problems, found.count('\n') - 1)


main()
