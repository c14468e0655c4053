"""lint_documents.py BUILD: the documents claim what there is. Jobs, verbs and files that they name
exist, versions agree, every public function has a comment and every verb a man page."""
import glob
import os
import re
import subprocess
import sys

import sources

DOCUMENTS = ('README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'FORMAT.md',
             'FUNCTIONS.md', 'EXPRESSIONS.md', 'python/README.md', 'examples/python/README.md')
FENCE = re.compile(r'^```.*?^```', re.M | re.S)
LINK = re.compile(r'\]\((?!https?:|#)([^)#]+)')
DEV_JOB = re.compile(r'\./dev (?:-v )?([a-z]+)')
VERB = re.compile(r'^\s*(?:\$ |.*\| )?shoal ([a-z]+)\b', re.M)
NAMED_FILE = re.compile(r'`((?:chunk|store|compute|cli|examples|include|tests|man)/[\w./-]+)`')


def dev_jobs():
    text = subprocess.run(['bash', os.path.join(sources.ROOT, 'dev')], check=True,
                          capture_output=True, text=True).stdout
    return set(re.findall(r'^  ([a-z]+)\b', text, re.M))


def verbs(build):
    help_text = subprocess.run([os.path.join(build, 'cli', 'shoal'), '--help'],
                               capture_output=True, text=True, check=True).stdout
    commands = help_text.partition('Commands:')[2].split('\n\n')[0]
    return set(re.findall(r'^  ([a-z]+) ', commands, re.M))


def document_problems(path, jobs, known_verbs):
    text = sources.read(path)
    for job in sorted(set(DEV_JOB.findall(text)) - jobs):
        yield f'{path}: ./dev has no job {job}'
    fences = '\n'.join(FENCE.findall(text))
    for verb in sorted(set(VERB.findall(fences)) - known_verbs):
        yield f'{path}: shoal has no verb {verb}'
    for name in sorted(set(LINK.findall(text)) | set(NAMED_FILE.findall(text))):
        if not glob.glob(os.path.join(sources.ROOT, name)):
            yield f'{path}: there is no {name}'


def header_problems(header):
    """Each declaration of the header follows a comment, or belongs to a group that does."""
    commented = False
    for number, line in enumerate(sources.read(header).splitlines(), 1):
        stripped = line.strip()
        if not stripped:
            commented = False
        commented = commented or '/*' in line or stripped.endswith('*/')
        if re.match(r'^[a-z][\w \*]*?\**shoal_\w+\(', line) and not commented:
            yield f'{header}:{number}: a function without a word on it: {stripped}'


def man_problems(known_verbs):
    pages = set(re.findall(r"'shoal-([a-z]+)'", sources.read('man/meson.build')))
    for verb in sorted(known_verbs ^ pages):
        yield f'man/meson.build: the verbs and the man pages do not agree on {verb}'


def version_problems():
    header = re.search(r'#define SHOAL_VERSION\s+"([^"]+)"', sources.read('include/shoal/shoal.h'))
    build = re.search(r"^\s*version: '([^']+)'", sources.read('meson.build'), re.M)
    log = re.search(r'^## (\S+)', sources.read('CHANGELOG.md'), re.M)
    versions = {match.group(1) if match else None for match in (header, build, log)}
    if len(versions) != 1:
        yield f'shoal.h, meson.build and CHANGELOG.md do not agree on the version: {versions}'


def main():
    build = sys.argv[1]
    jobs, known_verbs = dev_jobs(), verbs(build)
    problems = [problem for path in DOCUMENTS
                for problem in document_problems(path, jobs, known_verbs)]
    problems += [problem for header in sources.files('h', below='include/shoal')
                 for problem in header_problems(header)]
    problems += man_problems(known_verbs)
    problems += version_problems()
    sources.finish(problems, len(DOCUMENTS))


main()
