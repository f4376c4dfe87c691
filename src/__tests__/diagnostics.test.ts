import { Text } from '@codemirror/state';
import { describe, expect, it } from 'vitest';

import { offsetAt, sameDiagnostics, toDiagnostics, utf16Length } from '../diagnostics';
import { aFinding } from './samples';

const TEXT = Text.of(['x = 1', 's = "😀😀"; y', '']);

describe('utf16Length', () => {
  it('counts a character outside the basic plane as two', () => {
    expect(utf16Length('a😀b', 1)).toBe(1);
    expect(utf16Length('a😀b', 2)).toBe(3);
    expect(utf16Length('a😀b', 3)).toBe(4);
  });

  it('ends with the text', () => {
    expect(utf16Length('ab', 9)).toBe(2);
    expect(utf16Length('', 1)).toBe(0);
  });
});

describe('offsetAt', () => {
  it('counts rows and columns from 1', () => {
    expect(offsetAt(TEXT, 1, 1)).toBe(0);
    expect(offsetAt(TEXT, 1, 5)).toBe(4);
    expect(offsetAt(TEXT, 2, 1)).toBe(6);
  });

  it('finds a name after characters outside the basic plane', () => {
    const offset = offsetAt(TEXT, 2, 11);
    expect(TEXT.sliceString(offset, offset + 1)).toBe('y');
  });

  it('stays in the line, and in the text, when both have been edited since', () => {
    expect(offsetAt(TEXT, 1, 99)).toBe(5);
    expect(offsetAt(TEXT, 99, 1)).toBe(TEXT.length);
    expect(offsetAt(TEXT, 0, 3)).toBe(2);
  });
});

describe('toDiagnostics', () => {
  it('underlines the place, with the rule as source and message and hint as text', () => {
    const finding = aFinding({ code: 'NBX102', place: { row: 1, column: 1, end_row: 1, end_column: 2 } });
    expect(toDiagnostics(TEXT, [finding])).toEqual([
      { from: 0, to: 1, severity: 'error', code: 'NBX102', message: 'the message\nthe hint' }
    ]);
  });

  it('shows advice as information', () => {
    const severities = (['error', 'warning', 'advice'] as const).map(
      severity => toDiagnostics(TEXT, [aFinding({ severity })])[0]?.severity
    );
    expect(severities).toEqual(['error', 'warning', 'advice']);
  });

  it('is in the order of the text, which CodeMirror asks for', () => {
    const late = aFinding({ place: { row: 2, end_row: 2 } });
    const early = aFinding({ place: { row: 1, end_row: 1 } });
    expect(toDiagnostics(TEXT, [late, early]).map(diagnostic => diagnostic.from)).toEqual([0, 6]);
  });

  it('never ends before it begins', () => {
    const finding = aFinding({ place: { row: 2, column: 3, end_row: 1, end_column: 1 } });
    expect(toDiagnostics(TEXT, [finding])[0]).toMatchObject({ from: 8, to: 8 });
  });
});

describe('sameDiagnostics', () => {
  const one = { from: 0, to: 3, severity: 'error' as const, code: 'NBX101', message: 'no' };

  it('compares places and words', () => {
    expect(sameDiagnostics([], [])).toBe(true);
    expect(sameDiagnostics([one], [{ ...one, code: 'NBX101' }])).toBe(true);
    expect(sameDiagnostics([one, { ...one, to: 9 }], [{ ...one, to: 9 }, one])).toBe(true);
    expect(sameDiagnostics([one], [])).toBe(false);
    expect(sameDiagnostics([], [one])).toBe(false);
    for (const change of [{ from: 1 }, { to: 4 }, { severity: 'advice' as const }, { message: 'other' }]) {
      expect(sameDiagnostics([one], [{ ...one, ...change }])).toBe(false);
    }
  });
});
