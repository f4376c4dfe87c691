import { describe, expect, it } from 'vitest';

import { importsIn, isSameImport } from '../kernel/imports';

describe('importsIn', () => {
  it.each([
    ['import numpy', { numpy: 'numpy' }],
    ['import numpy as np, os', { np: 'numpy', os: 'os' }],
    ['import os.path', { os: 'os' }],
    ['import a.b as c  # why', { c: 'a.b' }],
    ['from sklearn import metrics, svm as vectors', { metrics: 'sklearn.metrics', vectors: 'sklearn.svm' }],
    ['from . import (\n    one,  # first\n    two as second,\n)', { one: '..one', second: '..two' }],
    ['import a; x = 1\nimport b', { a: 'a', b: 'b' }],
    ['if x:\n    import a', {}],
    ['imported = 1\nfrom_here = 2\nimportant()', {}]
  ])('reads %j', (source, expected) => {
    expect(Object.fromEntries(importsIn(source))).toEqual(expected);
  });
});

describe('isSameImport', () => {
  it('compares where a name comes from', () => {
    expect(isSameImport('np', 'import numpy as np', 'import os\nimport numpy as np')).toBe(true);
    expect(isSameImport('np', 'import numpy as np', 'import cupy as np')).toBe(false);
    expect(isSameImport('np', 'np = 1', 'np = 1')).toBe(false);
  });
});
