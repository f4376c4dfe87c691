"""Traps: in each a cell that stays in the notebook changes what lifted cells compute, or lifting itself could."""
