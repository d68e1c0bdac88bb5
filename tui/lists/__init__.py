"""One machinery for every list: filter, search, sort, columns, marks, and taking it away."""
