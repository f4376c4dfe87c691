import { describe, expect, it } from 'vitest';

import { findingAfter, findingLines, severityCounts } from '../session/finding-lines';
import type { Rule } from '../wire';
import { aFinding } from './samples';

const RULES: Rule[] = [{ code: 'NBX101', name: '', title: 'A name that nothing binds', severity: 'error', doc: '' }];

describe('findingLines', () => {
  it('has the worst first, then the order of the cells', () => {
    const lines = findingLines(
      [
        aFinding({ key: '1', code: 'NBX127', severity: 'advice', place: { cell: 0 } }),
        aFinding({ key: '2', code: 'NBX107', severity: 'error', place: { cell: 9 } }),
        aFinding({ key: '3', code: 'NBX102', severity: 'error', place: { cell: 2 } }),
        aFinding({ key: '4', code: 'NBX121', severity: 'warning', place: { cell: 1 } })
      ],
      RULES
    );
    expect(lines.map(line => line.code)).toEqual(['NBX102', 'NBX107', 'NBX121', 'NBX127']);
  });

  it('tells several of one rule in one line, by what they have in common', () => {
    const [line, ...others] = findingLines(
      [
        aFinding({ key: '2', message: '`b` is bound nowhere', place: { cell: 7 } }),
        aFinding({ key: '1', message: '`a` is bound nowhere', place: { cell: 3 } })
      ],
      RULES
    );
    expect(others).toEqual([]);
    expect(line?.text).toBe('A name that nothing binds');
    expect(line?.findings.map(finding => finding.key)).toEqual(['1', '2']);
  });

  it('keeps the message of one finding, and of several that say the same', () => {
    expect(findingLines([aFinding({ message: 'one' })], RULES)[0]?.text).toBe('one');
    const twice = [aFinding({ key: '1', message: 'same' }), aFinding({ key: '2', message: 'same' })];
    expect(findingLines(twice, RULES)[0]?.text).toBe('same');
  });

  it('keeps one rule apart by severity', () => {
    const both = [aFinding({ severity: 'warning' }), aFinding({ severity: 'error' })];
    expect(findingLines(both, RULES).map(line => line.severity)).toEqual(['error', 'warning']);
  });
});

describe('severityCounts', () => {
  it('counts what there is, the worst first', () => {
    const findings = (['advice', 'error', 'error'] as const).map(severity => aFinding({ severity }));
    expect(severityCounts(findings)).toEqual([
      { severity: 'error', count: 2 },
      { severity: 'advice', count: 1 }
    ]);
  });
});

describe('findingAfter', () => {
  const findings = [
    aFinding({ key: 'late', place: { cell: 5 } }),
    aFinding({ key: 'first', place: { cell: 1 } }),
    aFinding({ key: 'advice', severity: 'advice', place: { cell: 0 } })
  ];

  it('goes from one to the next and around', () => {
    const keys = ['', 'first', 'late', 'advice'].map(key => findingAfter(findings, key)?.key);
    expect(keys).toEqual(['first', 'late', 'advice', 'first']);
  });

  it('begins again where the last one is gone, and is none where there is none', () => {
    expect(findingAfter(findings, 'gone')?.key).toBe('first');
    expect(findingAfter([], 'first')).toBeNull();
  });
});
