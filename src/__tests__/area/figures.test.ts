import { describe, expect, it } from 'vitest';

import { figureRows, verdictMarkdown } from '../../area/figures';
import { durationMs, minutesAndSeconds, readableSize } from '../../area/job-times';
import type { Compared, Verdict } from '../../wire';

const figure = (kind: string, name: string, difference = ''): Compared => ({
  kind,
  name,
  notebook: '0.5',
  project: difference ? '0.6' : '0.5',
  difference,
  equal: difference === ''
});

const FIGURES = [figure('metric', 'accuracy', '0.1'), figure('value', 'rows'), figure('metric', 'Recall')];
const HEADS = {
  kind: 'Kind',
  name: 'Name',
  notebook: 'Notebook',
  project: 'Project',
  difference: 'Difference'
};

const aVerdict = (verdict: Partial<Verdict> = {}): Verdict => ({
  equal: false,
  summary: 'One of 3 figures differs.',
  cause: 'The constant `alpha_1` differs.',
  fix: 'Export again.',
  figures: FIGURES,
  remarks: ['No predictions were compared.'],
  verified: false,
  ...verdict
});

describe('figureRows', () => {
  it('tells differing from equal ones', () => {
    const { differing, equal } = figureRows(FIGURES, '');
    expect(differing.map(one => one.name)).toEqual(['accuracy']);
    expect(equal.map(one => one.name)).toEqual(['rows', 'Recall']);
  });

  it('filters by name and kind, whatever the case', () => {
    expect(figureRows(FIGURES, ' recall ').equal.map(one => one.name)).toEqual(['Recall']);
    expect(figureRows(FIGURES, 'VALUE').equal.map(one => one.name)).toEqual(['rows']);
    expect(figureRows(FIGURES, 'nothing')).toEqual({ differing: [], equal: [] });
  });
});

describe('verdictMarkdown', () => {
  it('begins with the cause, and has a table', () => {
    const verdict = aVerdict();
    expect(verdictMarkdown(verdict, figureRows(verdict.figures, ''), HEADS)).toBe(
      [
        '**One of 3 figures differs.**',
        '',
        'The constant `alpha_1` differs.',
        '',
        'Export again.',
        '',
        '| Kind | Name | Notebook | Project | Difference |',
        '| --- | --- | --- | --- | --- |',
        '| metric | `accuracy` | `0.5` | `0.6` | `0.1` |',
        '| value | `rows` | `0.5` | `0.5` |  |',
        '| metric | `Recall` | `0.5` | `0.5` |  |',
        '',
        '- No predictions were compared.',
        ''
      ].join('\n')
    );
  });

  it('leaves out what there is none of', () => {
    const verdict = aVerdict({ cause: '', fix: '', figures: [], remarks: [] });
    expect(verdictMarkdown(verdict, figureRows([], ''), HEADS)).toBe('**One of 3 figures differs.**\n');
  });

  it('cannot be broken out of by a value of the notebook', () => {
    const hostile = { ...figure('a|b', 'x`|y\nz'), notebook: '<img src=x onerror=alert(1)>', project: '``' };
    const verdict = aVerdict({ summary: '[click](javascript:alert(1)) <b>*x*', cause: 'a ` b', figures: [hostile] });
    const lines = verdictMarkdown(verdict, figureRows([hostile], ''), HEADS).split('\n');
    expect(lines[0]).toBe('**\\[click\\](javascript:alert(1)) &lt;b>\\*x\\***');
    expect(lines[2]).toBe('a \\` b');
    expect(lines[8]).toBe('| a\\|b | ``x`\\|y z`` | `<img src=x onerror=alert(1)>` | ``` `` ``` |  |');
  });
});

describe('times and sizes', () => {
  it('say how long a job took, once it has ended', () => {
    expect(durationMs({ begun: '2026-11-30T07:00:00Z', ended: '2026-11-30T07:01:12.4Z' })).toBe(72_400);
    expect(durationMs({ begun: '2026-11-30T07:00:00Z', ended: '' })).toBeNull();
  });

  it.each([
    [400, 0, 0.4],
    [9_949, 0, 9.9],
    [9_951, 0, 10],
    [59_600, 1, 0],
    [72_400, 1, 12]
  ])('%i ms are %i min %f s', (duration, minutes, seconds) => {
    expect(minutesAndSeconds(duration)).toEqual({ minutes, seconds });
  });

  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1_234, '1.2 kB'],
    [45_678, '46 kB'],
    [345_678, '346 kB'],
    [999_999, '1 MB'],
    [7_000_000_000, '7 GB']
  ])('%i is %s', (bytes, text) => {
    expect(readableSize(bytes)).toBe(text);
  });
});
