"""NumPy, pandas and scikit-learn: the loop over a data frame's rows as one expression, out of core;
and a model that learns from chunks that shoal decodes in parallel.

    learn_from_chunks.py TABLE.h5 DATA.h5 OUT.h5
"""
import sys

import shoal
from sklearn.linear_model import SGDRegressor

table, data, out = sys.argv[1:]

# for row in frame: if row.customer_name == 'Alice': row.balance = 100
shoal.calc('where(customer_name == "Alice", 100, balance)', inputs={None: table + ':/table'},
           output=out + ':/balance')

model = SGDRegressor(random_state=0, learning_rate='constant', eta0=0.01)
with shoal.open(data) as file:
    x, y = file['x'], file['y']
    means = shoal.calc('mean(x, axis=0)', x=x)
    for _ in range(5):
        for rows, *_ in x.iter_chunks():  # as many rows as the chunks have
            model.partial_fit(x[rows] - means, y[rows])
print(*(repr(float(c)) for c in [*model.coef_, *model.intercept_]))
