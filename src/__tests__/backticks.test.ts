import { describe, expect, it } from 'vitest';

import { splitBackticks } from '../panel/backticks';

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
