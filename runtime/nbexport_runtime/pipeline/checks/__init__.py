"""Checks of data, on the tables as the notebook's own reader reads them.

kinds.py            every kind of problem with its default severity: the one list
observing.py        runs the data stages in a process of its own and looks at each table
readers.py          hands over what a reader returns, before the notebook's code gets it
raw.py              the bytes of a text file: encoding, NUL bytes, field counts
columns.py          one column: its values as numbers, texts or dates, and the facts that a schema keeps
building.py         the column of a series, an array or a list
figures.py          shares, histograms, how far a tail reaches
dates.py            texts as dates
chance.py           what may differ between two samples of the same data
tables.py text.py   one table: rows, duplicates, order; tables of text that no reader returns
arrays.py           values without columns
labels.py           which column is to be predicted
comparing.py        a table against the schema: of_column.py each column, of_label.py the label
pairs.py            a column and what is known of it: of_numbers.py, of_texts.py, of_dates.py

`observing` needs numpy; what reads its report does not.
"""
