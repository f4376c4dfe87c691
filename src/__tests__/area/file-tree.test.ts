import { describe, expect, it } from 'vitest';

import { canBeLeftOut, firstFile, groupFiles } from '../../area/file-groups';
import { treeRows, treeStep } from '../../area/tree-rows';
import type { File } from '../../wire';
import { aFile } from '../samples';

const file = (path: string, purpose: File['purpose'], action: File['action']) => ({ ...aFile(path, action), purpose });

const FILES = [
  file('Dockerfile', 'deployment', 'same'),
  file('README.md', 'documentation', 'conflict'),
  file('model.py', 'code', 'update'),
  file('scripts/a.py', 'code', 'create'),
  file('train.py', 'code', 'create'),
  file('definitions.py', 'code', 'same'),
  file('schemas.py', 'code', 'same')
];

describe('the groups of files', () => {
  it('begin with conflicts, then changes; the files in them as well', () => {
    const groups = groupFiles(FILES);
    expect(groups.map(group => group.purpose)).toEqual(['documentation', 'code', 'deployment']);
    expect(groups[1]?.changed.map(one => one.path)).toEqual(['model.py', 'train.py', 'scripts/a.py']);
    expect(groups[1]?.unchanged.map(one => one.path)).toEqual(['definitions.py', 'schemas.py']);
    expect(groups.map(group => group.conflictCount)).toEqual([1, 0, 0]);
  });

  it('show the most pressing file first, and none where there is none', () => {
    expect(firstFile(groupFiles(FILES))?.path).toBe('README.md');
    expect(firstFile(groupFiles([file('a.py', 'code', 'same')]))?.path).toBe('a.py');
    expect(firstFile([])).toBeNull();
  });

  it('show what a person reads first of a new project', () => {
    const paths = ['definitions.py', 'model.py', 'train.py'];
    expect(firstFile(groupFiles(paths.map(path => file(path, 'code', 'create'))))?.path).toBe('train.py');
  });

  it('can leave out what is written; a conflict asks something else', () => {
    const actions = ['create', 'same', 'update', 'merge', 'conflict', 'orphan'] as const;
    expect(actions.filter(action => canBeLeftOut(aFile('f', action)))).toEqual(['create', 'update', 'merge', 'orphan']);
  });
});

describe('the rows of the tree', () => {
  const groups = groupFiles(FILES);
  const closed = treeRows(groups, new Map());
  const keys = closed.map(row => row.key);

  it('hide what is unchanged behind its count', () => {
    expect(keys).toEqual([
      'group documentation',
      'file README.md',
      'group code',
      'file model.py',
      'file train.py',
      'file scripts/a.py',
      'unchanged code',
      'group deployment'
    ]);
    expect(closed.map(row => row.level)).toEqual([1, 2, 1, 2, 2, 2, 2, 1]);
  });

  it('say their place among their siblings', () => {
    expect(closed.filter(row => row.parent === 'group code').map(row => [row.position, row.siblings])).toEqual([
      [1, 4],
      [2, 4],
      [3, 4],
      [4, 4]
    ]);
  });

  it('show what is unchanged once it is opened', () => {
    const opened = treeRows(
      groups,
      new Map([
        ['unchanged code', true],
        ['group deployment', true],
        ['group documentation', false]
      ])
    );
    expect(opened.map(row => row.key)).toEqual([
      'group documentation',
      'group code',
      'file model.py',
      'file train.py',
      'file scripts/a.py',
      'unchanged code',
      'file definitions.py',
      'file schemas.py',
      'group deployment',
      'file Dockerfile'
    ]);
  });

  it.each([
    ['group documentation', 'ArrowDown', { kind: 'focus', key: 'file README.md' }],
    ['file README.md', 'ArrowUp', { kind: 'focus', key: 'group documentation' }],
    ['group documentation', 'ArrowUp', null],
    ['group deployment', 'ArrowDown', null],
    ['file model.py', 'Home', { kind: 'focus', key: 'group documentation' }],
    ['file model.py', 'End', { kind: 'focus', key: 'group deployment' }],
    ['file model.py', 'ArrowLeft', { kind: 'focus', key: 'group code' }],
    ['file model.py', 'ArrowRight', null],
    ['group code', 'ArrowRight', { kind: 'focus', key: 'file model.py' }],
    ['group code', 'ArrowLeft', { kind: 'expand', key: 'group code', isExpanded: false }],
    ['group deployment', 'ArrowRight', { kind: 'expand', key: 'group deployment', isExpanded: true }],
    ['unchanged code', 'Enter', { kind: 'expand', key: 'unchanged code', isExpanded: true }],
    ['group code', ' ', { kind: 'expand', key: 'group code', isExpanded: false }],
    ['group deployment', 'ArrowLeft', null],
    ['file model.py', 'x', null],
    ['file that.is.gone', 'ArrowDown', null]
  ])('follow the keyboard: %s, %s', (key, pressed, step) => {
    expect(treeStep(closed, key, pressed)).toEqual(step);
  });
});
