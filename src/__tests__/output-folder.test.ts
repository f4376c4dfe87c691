import { describe, expect, it } from 'vitest';

import { outputFor } from '../output-folder';

describe('outputFor', () => {
  it.each([
    ['work/churn.ipynb', '{folder}/{name}', 'work/churn'],
    ['churn.ipynb', '{folder}/{name}', 'churn'],
    ['a/b/churn.ipynb', '{folder}/{name}', 'a/b/churn'],
    ['a/churn.ipynb', 'projects/{name}', 'projects/churn'],
    ['a/churn.ipynb', '/projects//{name}/', 'projects/churn'],
    ['churn.ipynb', '{folder}//all//{name}', 'all/churn'],
    ['a/churn.ipynb', '', 'a/churn'],
    ['a/notes.ipynb.ipynb', '{name}', 'notes.ipynb'],
    ['a/script.py', '{name}', 'script.py'],
    ['a/.ipynb', '{name}', 'project'],
    ['', '{folder}/{name}', 'project']
  ])('puts %j with the pattern %j into %j', (path, pattern, output) => {
    expect(outputFor(path, pattern)).toBe(output);
  });
});
