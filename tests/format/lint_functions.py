"""lint_functions.py BUILD [--write]: FUNCTIONS.md lists the functions that the command has, as
`shoal calc --functions` tells them. With --write the list in it is made anew."""
import json
import os
import re
import subprocess
import sys

import sources

PATH = 'FUNCTIONS.md'
BEGIN, END = '<!-- functions: ./dev docs -->\n', '<!-- end of functions -->\n'
TYPES = ('bool', 'int32', 'float32', 'complex64')


def cell(text):
    return text.replace('|', '\\|')


def family_table(family, functions):
    typed = all(t in f for f in functions for t in TYPES)
    heads = ['function', *(TYPES if typed else ()), 'gives']
    yield f'### {family[0].upper()}{family[1:]}\n'
    yield '| ' + ' | '.join(heads) + ' |'
    yield '|' + '---|' * len(heads)
    for f in functions:
        types = [f[t] or '–' for t in TYPES] if typed else []
        doc = cell(f['doc']) + (f" (also `{f['aliases']}`)" if f['aliases'] else '')
        yield '| ' + ' | '.join([f"`{cell(f['signature'])}`", *types, doc]) + ' |'
    yield ''


def generate(build):
    said = subprocess.run([os.path.join(build, 'cli', 'shoal'), 'calc', '--functions', '--json'],
                          check=True, capture_output=True, text=True).stdout
    families = {}
    for function in json.loads(said):
        families.setdefault(function['family'], []).append(function)
    lines = [line for family, functions in families.items()
             for line in family_table(family, functions)]
    return '\n'.join(lines)


def main():
    text, wanted = sources.read(PATH), generate(sys.argv[1])
    before, begin, rest = text.partition(BEGIN)
    is_there, end, after = rest.partition(END)
    if not begin or not end:
        sources.finish([f'{PATH}: the marks of the list are not there'], 1)
    if sys.argv[2:] == ['--write']:
        with open(os.path.join(sources.ROOT, PATH), 'w', encoding='utf-8') as file:
            file.write(before + BEGIN + wanted + END + after)
        return
    problems = []
    if is_there != wanted:
        problems.append(f'{PATH}: the list of functions is not the command\'s; ./dev docs makes it')
    names = re.findall(r'^\| `(\w+)', wanted, re.M)
    sources.finish(problems, len(names))


main()
