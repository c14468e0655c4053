"""The library's reference, made from the public headers alone, so that there is one source.

    header_pages.py man|html VERSION HEADER... -o OUT

`man` makes libshoal(3), `html` one page to read in a browser. A header's first comment is its front
page, `/* ---- Title ---- */` starts a section, and a comment belongs to the declarations below."""
import html
import os
import re
import sys

FRONT = re.compile(r'\A/\*(.*?)\*/\n', re.S)
SECTION = re.compile(r'^/\* -{3,} (.*?) -{3,} \*/$', re.M)
# What is for compilers alone: guards, linkage, visibility.
PLUMBING = re.compile(r'^(#if.*__cplusplus.*\n.*\n#endif|#if defined\(__GNUC__\)\n.*\n#endif'
                      r'|#ifndef SHOAL_\w+_H\n#define SHOAL_\w+_H|#include.*|#endif)\n?', re.M)
TERM = re.compile(r'^  (\w+) {2,}(\S.*)$')
FUNCTION = re.compile(r'^[a-z][\w \*]*?\**(shoal_\w+)\(', re.M)


def front_page(text):
    """[(term, text)] of the first comment. The term is None in a paragraph, '' in a program."""
    lines = [re.sub(r'^ \* ?|^ {3}', '', line)
             for line in FRONT.match(text).group(1).strip('\n').splitlines()]
    items = []
    for line in lines:
        term = TERM.match(line)
        if term:
            items.append([term.group(1), term.group(2)])
        elif line.startswith('    ') and items and items[-1][0] == '':
            items[-1][1] += '\n' + line[4:]
        elif not line.strip():
            items.append([None, ''])
        elif line.startswith('  ') and items and items[-1][0]:
            items[-1][1] += ' ' + line.strip()
        elif line.startswith('    '):
            items.append(['', line[4:]])
        elif line.startswith('  ') and items[-1][1]:  # below a heading
            items[-1] = [items[-1][1], line.strip()]
        elif items and items[-1][0] is None and items[-1][1]:
            items[-1][1] += ' ' + line.strip()
        else:
            items.append([None, line.strip()])
    return [(term, text) for term, text in items if text]


def pieces(body):
    """[(code, comment)] of a section: a comment in the first column begins a piece."""
    found, code, comment = [], [], []

    def end():
        if code or comment:
            found.append(('\n'.join(code).strip('\n'), ' '.join(comment)))
        code.clear()
        comment.clear()

    inside = False
    for line in body.splitlines():
        if inside or line.startswith('/*'):
            if not inside and code:
                end()
            words = line.replace('/*', '').replace('*/', '').strip()
            comment.append(words)
            after = line.partition('*/')[2].strip() if '*/' in line else ''
            if after:
                comment[-1] = line.partition('*/')[0].replace('/*', '').strip()
                code.append(after)
            inside = '*/' not in line
        elif line.strip() or code and code[-1].count('{') > code[-1].count('}'):
            code.append(line)
        elif code and not ''.join(code).count('{') > ''.join(code).count('}'):
            end()
    end()
    return [(code, comment) for code, comment in found if code or comment]


def sections(text):
    text = PLUMBING.sub('', FRONT.sub('', text))
    text = re.sub(r'^}\s*$', '', text, flags=re.M)  # of extern "C"
    parts = SECTION.split(text)
    titles, bodies = ['General'] + parts[1::2], parts[0::2]
    return [(title, pieces(body)) for title, body in zip(titles, bodies) if body.strip()]


def roff(text):
    text = text.replace('\\', '\\e').replace('-', '\\-')
    return re.sub(r"^(?=[.'])", r'\\&', text, flags=re.M)


def man_page(version, headers):
    functions = [name for _, text in headers for name in FUNCTION.findall(text)]
    out = [f'.TH LIBSHOAL 3 "" "shoal {version}" "shoal"', '.SH NAME',
           roff(', '.join(['libshoal', *functions])) + ' \\- arrays and tables bigger than memory, '
           'in plain HDF5 files', '.SH SYNOPSIS', '.nf']
    out += [f'.B #include <shoal/{name}>' for name, _ in headers]
    out += ['', 'cc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs shoal)', '.fi',
            '.SH DESCRIPTION']
    for name, text in headers:
        for term, words in front_page(text):
            if term == '':
                out += ['.PP', '.EX', roff(words), '.EE']
            else:
                out += [f'.TP\n.B {term}' if term else '.PP', roff(words)]
    for name, text in headers:
        for title, items in sections(text):
            out.append(f'.SH "{roff(title).upper()}"')
            for code, comment in items:
                out += ['.PP', '.EX', roff(code), '.EE'] if code else []
                out += ['.PP', roff(comment)] if comment else []
    out += ['.SH "SEE ALSO"', '.BR shoal (1)']
    return '\n'.join(out) + '\n'


HTML_HEAD = '''<!doctype html>
<html lang="en"><meta charset="utf-8"><title>libshoal {version}</title>
<style>
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 sans-serif; }}
pre {{ background: #f4f4f4; padding: .6rem; overflow-x: auto; }}
dt {{ font-weight: bold; }} nav a {{ margin-right: 1rem; }}
</style>
<h1>libshoal {version}</h1>
'''


def html_code(code):
    text = html.escape(code, quote=False)
    return re.sub(r'^([a-z][\w \*]*?\**)(shoal_\w+)(\()', r'\1<b id="\2">\2</b>\3', text,
                  flags=re.M)


def html_page(version, headers):
    out = [HTML_HEAD.format(version=html.escape(version)), '<nav>']
    out += [f'<a href="#{html.escape(title)}">{html.escape(title)}</a>'
            for _, text in headers for title, _ in sections(text)]
    out.append('</nav>')
    for name, text in headers:
        out.append(f'<h2>&lt;shoal/{name}&gt;</h2>')
        for term, words in front_page(text):
            words = html.escape(words)
            if term == '':
                out.append(f'<pre>{words}</pre>')
            else:
                out.append(f'<dl><dt>{term}<dd>{words}</dl>' if term else f'<p>{words}')
        for title, items in sections(text):
            out.append(f'<h2 id="{html.escape(title)}">{html.escape(title)}</h2>')
            for code, comment in items:
                out += [f'<pre>{html_code(code)}</pre>'] if code else []
                out += [f'<p>{html.escape(comment)}'] if comment else []
    return '\n'.join(out) + '\n'


def main():
    kind, version, *paths, _, output = sys.argv[1:]
    headers = []
    for path in paths:
        with open(path, encoding='utf-8') as file:
            headers.append((os.path.basename(path), file.read()))
    page = {'man': man_page, 'html': html_page}[kind](version, headers)
    with open(output, 'w', encoding='utf-8') as file:
        file.write(page)


main()
