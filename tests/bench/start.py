"""Starting up: a mean over a whole dataset from its summaries is there in under 10 ms, the start of
the process included; beside it the start alone and the same mean computed from the data."""
import os
import statistics
import sys

import measure
import sums

GOAL_MS = 10


def times(command, rounds):
    """Milliseconds of each run, and what it printed."""
    taken = [measure.run(command) for _ in range(rounds)]
    return [1000 * one.seconds for one in taken], taken[-1].output


def main():
    parser = measure.parser('./dev bench start', __doc__)
    parser.add_argument('--rounds', type=int, default=50, help='of each command (50)')
    parser.add_argument('--gib', type=float, default=1, help='of raw float32 data (1)')
    options = parser.parse_args()
    measure.use_two_processors()
    folder, build = os.path.abspath(options.dir), os.path.abspath(options.build)
    os.makedirs(folder, exist_ok=True)
    n_time = max(1, round(options.gib * 16)) * 64
    path = sums.make_inputs(folder, build, n_time)['float32']
    shoal = os.path.join(build, 'cli', 'shoal')
    mean = [shoal, 'calc', '-q', 'mean(t)', f't={path}:/t']
    commands = {'a process that does nothing': (['/bin/true'], options.rounds),
                'shoal --version': ([shoal, '--version'], options.rounds),
                'mean(t) from summaries': (mean, options.rounds),
                'mean(t) from the data': (mean + ['--no-summaries'], 3)}
    table, results, printed = [['what', 'best ms', 'median ms', 'goal', 'reached']], {}, {}
    for name, (command, rounds) in commands.items():
        taken, printed[name] = times(command, rounds)
        results[name] = {'best_ms': min(taken), 'median_ms': statistics.median(taken)}
        table.append([name] + [f'{value:.1f}' for value in results[name].values()] + ['', ''])
    same = printed['mean(t) from summaries'] == printed['mean(t) from the data']
    reached = same and results['mean(t) from summaries']['best_ms'] < GOAL_MS
    table[3][3:] = [f'< {GOAL_MS} ms, the same result', 'yes' if reached else 'NO']
    measure.print_table(table)
    measure.save('build/bench/start.json', results)
    sys.exit(0 if reached else 1)


if __name__ == '__main__':
    main()
