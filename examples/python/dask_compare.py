"""Dask over a shoal file, and the same reduction in both.

    dask_compare.py FILE.h5 /path
"""
import sys
import time

import dask.array as da
import numpy as np
import shoal

with shoal.open(sys.argv[1]) as file:
    t = file[sys.argv[2]]
    start = time.perf_counter()
    lazy = da.from_array(t, chunks=t.chunks, asarray=False)  # tasks read t[...], without a lock
    theirs = da.nanmean(lazy, axis=0).compute()
    middle = time.perf_counter()
    ours = shoal.calc('nanmean(t, axis=0)', t=t, summaries=False)
    end = time.perf_counter()
np.testing.assert_allclose(ours, theirs, rtol=1e-12)
print(f'dask {middle - start:.2f} s, shoal {end - middle:.2f} s', file=sys.stderr)
np.save(sys.stdout.buffer, ours)
