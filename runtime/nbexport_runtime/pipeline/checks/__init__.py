"""Checks of data, on the tables as the notebook's own reader reads them.

kinds.py          every kind of problem with its default severity: the one list
observing.py      runs the data stages in a process of its own and looks at each table when a reader returns it
raw.py            the bytes of a text file: encoding, NUL bytes, field counts
columns.py        one column: its values as numbers, texts or dates, and the facts that a schema keeps
dates.py          texts as dates
chance.py         what may differ between two samples of the same data
tables.py         one table: rows, duplicates, order, label, and the facts of its columns
comparing.py      a table against the schema; of_column.py one column against it, of_label.py the label
arrays.py         values without columns: shape, type, missing values, balance

`observing` needs numpy; what reads its report does not.
"""
