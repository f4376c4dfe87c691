import { describe, expect, it } from 'vitest';

import { splitBackticks } from '../panel/backticks';
import { diffLines } from '../panel/diff-lines';
import { applyRequest, canBeLeftOut, canExport, changedFiles } from '../panel/file-choices';
import { groupByFolder } from '../panel/folders';
import { NEW_VERIFICATION, withFailure, withStep } from '../panel/verification';
import { aFile, aFinding, aPlan } from './samples';

describe('splitBackticks', () => {
  it('takes every second part for code', () => {
    const parts = splitBackticks('`a` is not `b c`.').filter(part => part.text);
    expect(parts.map(part => [part.text, part.isCode])).toEqual([
      ['a', true],
      [' is not ', false],
      ['b c', true],
      ['.', false]
    ]);
  });

  it('leaves a text without backticks alone', () => {
    expect(splitBackticks('nothing')).toEqual([{ offset: 0, text: 'nothing', isCode: false }]);
  });

  it('loses nothing, and tells equal parts apart', () => {
    const parts = splitBackticks('`x``x` and `x`');
    expect(parts.map(part => part.text).join('`')).toBe('`x``x` and `x`');
    expect(new Set(parts.map(part => part.offset)).size).toBe(parts.length);
  });
});

describe('groupByFolder', () => {
  it('groups by the first folder, and keeps the order', () => {
    const files = ['train.py', 'src/a.py', 'tests/test_a.py', 'src/deep/b.py', 'Makefile'].map(path => aFile(path));
    const { topFiles, folders } = groupByFolder(files);
    expect(topFiles.map(file => file.path)).toEqual(['train.py', 'Makefile']);
    expect(folders.map(({ folder, files: inFolder }) => [folder, inFolder.map(file => file.path)])).toEqual([
      ['src', ['src/a.py', 'src/deep/b.py']],
      ['tests', ['tests/test_a.py']]
    ]);
  });

  it('has no folder where there is none', () => {
    expect(groupByFolder([])).toEqual({ topFiles: [], folders: [] });
  });
});

describe('diffLines', () => {
  it('tells what is new, what is old and what stays', () => {
    expect(diffLines(' a\n-b\n+c\n').map(line => [line.number, line.text, line.kind])).toEqual([
      [1, ' a', 'same'],
      [2, '-b', 'old'],
      [3, '+c', 'new'],
      [4, '', 'same']
    ]);
  });
});

describe('the choice of files', () => {
  it('can leave out a file that is written, and asks in a conflict', () => {
    const actions = ['create', 'same', 'update', 'merge', 'conflict', 'orphan'] as const;
    expect(actions.filter(action => canBeLeftOut(aFile('f', action)))).toEqual(['create', 'update', 'merge', 'orphan']);
  });

  it('does not count files that stay the same', () => {
    expect(changedFiles(aPlan([aFile('a', 'same'), aFile('b', 'update')])).map(file => file.path)).toEqual(['b']);
  });

  it('can export what is new', () => {
    expect(canExport(aPlan([aFile('a'), aFile('b', 'same')]), {})).toBe(true);
  });

  it('cannot export what is refused', () => {
    expect(canExport(aPlan([aFile('a')], [aFinding()]), {})).toBe(false);
  });

  it('cannot export nothing: no file changed, or all are left out', () => {
    expect(canExport(aPlan([aFile('a', 'same')]), {})).toBe(false);
    expect(canExport(aPlan([aFile('a'), aFile('b', 'merge')]), { a: 'keep', b: 'keep' })).toBe(false);
    expect(canExport(aPlan([aFile('a'), aFile('b', 'merge')]), { a: 'keep', b: 'take' })).toBe(true);
  });

  it('needs a choice for each conflict, and either will do', () => {
    const plan = aPlan([aFile('a', 'conflict'), aFile('b', 'conflict')]);
    expect(canExport(plan, { a: 'take' })).toBe(false);
    expect(canExport(plan, { a: 'take', b: 'keep' })).toBe(true);
    expect(canExport(plan, { a: 'keep', b: 'keep' })).toBe(true);
  });

  it('is sent with the digest of what was previewed', () => {
    const request = { path: 'a.ipynb', content: {}, level: 2, output: 'out' };
    expect(applyRequest(request, aPlan([]), { a: 'keep', b: 'take', c: 'keep' })).toEqual({
      ...request,
      digest: 'digest',
      keep: ['a', 'c'],
      take: ['b']
    });
  });
});

describe('a verification', () => {
  const step = (name: string) => ({ step: name, equal: null, lines: [], error: null });

  it('lists its steps and ends with the verdict', () => {
    const running = ['one', 'two'].map(step).reduce(withStep, NEW_VERIFICATION);
    expect(running).toEqual({ steps: ['one', 'two'], verdict: null });
    expect(withStep(running, { step: null, equal: false, lines: ['a differs'], error: null })).toEqual({
      steps: ['one', 'two'],
      verdict: { isEqual: false, lines: ['a differs'], error: null }
    });
  });

  it('ends without a verdict where the server reports an error or the panel cancels', () => {
    expect(withStep(NEW_VERIFICATION, { step: null, equal: null, lines: [], error: 'no kernel' }).verdict).toEqual({
      isEqual: null,
      lines: [],
      error: 'no kernel'
    });
    const cancelled = withFailure(withStep(NEW_VERIFICATION, step('one')), 'Cancelled.');
    expect(cancelled).toEqual({ steps: ['one'], verdict: { isEqual: null, lines: [], error: 'Cancelled.' } });
  });
});
