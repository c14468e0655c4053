"""Each public header compiles alone, as C99 to C17 and as C++11 to C++17, without a warning.

usage: test_headers.py FOLDER_OF_THE_HEADERS"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

WARNINGS = ['-Wall', '-Wextra', '-Wshadow', '-Wconversion', '-pedantic-errors', '-Werror']
STANDARDS = {'c': ('c99', 'c11', 'c17'), 'c++': ('c++11', 'c++14', 'c++17')}
COMPILERS = {'c': ('gcc', 'clang'), 'c++': ('g++', 'clang++')}


def compile_alone(compiler, language, standard, header, folder):
    source = os.path.join(folder, 'alone.c' if language == 'c' else 'alone.cc')
    with open(source, 'w', encoding='utf-8') as file:
        file.write(f'#include <shoal/{header}>\n#include <shoal/{header}>\nint main(void);\n'
                   'int main(void) { return 0; }\n')
    include = os.path.dirname(sys.argv[1])
    command = [compiler, f'-std={standard}', *WARNINGS, f'-I{include}', '-c', source, '-o',
               os.path.join(folder, 'alone.o')]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f'{" ".join(command)}\n{done.stderr}'


def main():
    headers = sorted(os.path.basename(path) for path in glob.glob(sys.argv[1] + '/*.h'))
    assert 'shoal.h' in headers, headers
    n = 0
    with tempfile.TemporaryDirectory() as folder:
        for language, standards in STANDARDS.items():
            for compiler in COMPILERS[language]:
                if shutil.which(compiler) is None:
                    print(f'skipped: {compiler} is not installed')
                    continue
                for standard in standards:
                    for header in headers:
                        compile_alone(compiler, language, standard, header, folder)
                        n += 1
    print(f'{n} compilations of {len(headers)} headers')


main()
