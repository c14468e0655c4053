"""What `./dev` asks of meson's tests: which ones to run, and how they went.

    report.py select BUILD WORD...   prints the names of the tests that are meant, one a line
    report.py count LOG...           reads meson's testlog.json files, prints what was skipped or
                                     failed, and last `N passed, N failed, N skipped`

A cmocka program counts with each of its cases. A script counts as one; exit status 77 says that it
was skipped, with the reason as its last line, and a line `skipped: REASON` in a script that passes
counts as one more, skipped. In a cmocka program such a line is the reason of a skipped case.
"""
import json
import re
import subprocess
import sys

CASE = re.compile(r'^\[\s+(OK|FAILED|SKIPPED|ERROR)\s+\] (\S+)$', re.M)
SKIP_LINE = re.compile(r'^skipped: (.*)$', re.M)


def read_tests(build):
    command = ['meson', 'introspect', '--tests', build]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    tests = []
    for test in json.loads(answer):
        suites = {suite.split(':')[-1] for suite in test['suite']}
        compiled = not test['cmd'][0].rpartition('/')[2].startswith(('python', 'bash', 'sh'))
        tests.append((test['name'], suites, compiled))
    return tests


def is_meant(word, name, suites):
    return word == name or word in suites or word in name


def select(build, *words):
    tests = read_tests(build)
    if '--compiled' in words:
        tests = [test for test in tests if test[2]]
    if '--no-lint' in words:
        tests = [test for test in tests if not test[1] & {'lint', 'slow'}]
    words = [word for word in words if not word.startswith('--')]
    if not words:
        tests = [test for test in tests if 'long' not in test[1]]
    for word in words:
        if not any(is_meant(word, name, suites) for name, suites, _ in tests):
            sys.exit(f'dev: no test or suite in {build} is called {word}')
    names = [name for name, suites, _ in tests
             if not words or any(is_meant(word, name, suites) for word in words)]
    if not names:
        sys.exit(f'dev: there are no such tests in {build}')
    print('\n'.join(names))


def last_line(test):
    lines = (test.get('stdout', '') + test.get('stderr', '')).strip().splitlines()
    return lines[-1].strip() if lines else 'no reason given'


def cases_of(test):
    """(name, result, reason) for each case of one of meson's tests."""
    name, result = test['name'], test['result']
    output = test.get('stdout', '') + '\n' + test.get('stderr', '')
    if result == 'SKIP':
        return [(name, 'skipped', last_line(test))]
    found = {}
    for word, case in CASE.findall(output):
        how = {'OK': 'passed', 'SKIPPED': 'skipped'}.get(word, 'failed')
        found[case] = how if found.get(case) != 'failed' else 'failed'
    reasons = SKIP_LINE.findall(output)
    cases = []
    for case, how in found.items():
        reason = 'see above'
        if how == 'skipped':
            reason = reasons.pop(0) if reasons else 'no reason given'
        cases.append((f'{name}: {case}', how, reason))
    cases += [(name, 'skipped', reason) for reason in reasons]
    good = result in ('OK', 'EXPECTEDFAIL')
    if good and not found:
        cases.append((name, 'passed', ''))
    if not good and not any(how == 'failed' for _, how, _ in cases):
        cases.append((name, 'failed', f'{result.lower()}, status {test.get("returncode")}'))
    return cases


def count(*logs):
    totals = {'passed': 0, 'failed': 0, 'skipped': 0}
    for log in logs:
        try:
            with open(log, encoding='utf-8') as file:
                tests = [json.loads(line) for line in file]
        except OSError:
            tests = [{'name': f'all of {log}', 'result': 'ERROR', 'stdout': 'the run left no log'}]
        for test in tests:
            for name, how, reason in cases_of(test):
                totals[how] += 1
                if how != 'passed':
                    print(f'{how}: {name} ({log.split("/meson-logs")[0]}): {reason}')
    print(', '.join(f'{n} {how}' for how, n in totals.items()))
    sys.exit(0 if totals['failed'] == 0 and totals['passed'] > 0 else 1)


if __name__ == '__main__':
    {'select': select, 'count': count}[sys.argv[1]](*sys.argv[2:])
