import { describe, expect, it } from 'vitest';

import { isTextNotebook } from '../text-notebooks';

describe('a notebook as text', () => {
  it.each([
    ['a.py', '# %%\nx = 1', true],
    ['a/b.py', 'x = 1\n#%% [markdown]\n# text', true],
    ['a.py', '# Databricks notebook source\nx = 1', true],
    ['a.py', 'x = 1  # %% of it', false],
    ['a.py', '', false],
    ['a.txt', '# %%\nx = 1', false]
  ])('%s with %j: %s', (path, text, expected) => {
    expect(isTextNotebook(path, text)).toBe(expected);
  });
});
