"""embed_header.py HEADER OUTPUT: the text of shoal/kernel.h as a C string, for sources of kernels
that are compiled at run time."""
import sys

with open(sys.argv[1], encoding='utf-8') as file:
    lines = file.read().splitlines()
escaped = [line.replace('\\', '\\\\').replace('"', '\\"') for line in lines]
with open(sys.argv[2], 'w', encoding='utf-8') as out:
    out.write('#include "compute/user_compile.h"\n\nconst char shoal_kernel_header[] =\n')
    out.write('\n'.join(f'    "{line}\\n"' for line in escaped) + ';\n')
