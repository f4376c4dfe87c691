import { describe, expect, it } from 'vitest';

import {
  conflictsIn,
  hasMarkers,
  markersFor,
  mergedText,
  type Resolution,
  resolved
} from '../../area/conflict-markers';
import { countChanges, lineHunks, splitLines } from '../../area/line-hunks';
import { type Region, threeWay } from '../../area/three-way';

const BASE = 'a\nb\nc\nd\n';

const kinds = (regions: readonly Region[]) => regions.map(region => region.kind);
const side = (regions: readonly Region[], name: 'base' | 'mine' | 'new') =>
  regions.flatMap(region => region[name]).join('');

describe('lineHunks', () => {
  it('says which lines stand for which', () => {
    expect(lineHunks(splitLines('a\nb\nc\n'), splitLines('a\nB\nc\nd\n'))).toEqual([
      { from: 1, to: 2, fromOther: 1, toOther: 2 },
      { from: 3, to: 3, fromOther: 3, toOther: 4 }
    ]);
  });

  it('compares whole lines, not characters', () => {
    expect(lineHunks(['abc\n'], ['abd\n'])).toEqual([{ from: 0, to: 1, fromOther: 0, toOther: 1 }]);
  });

  it('takes texts with more distinct lines than there are characters for one hunk', () => {
    const numbers = Array.from({ length: 60_000 }, (_, index) => `${index}\n`);
    expect(lineHunks(numbers, ['new\n', ...numbers])).toEqual([{ from: 0, to: 60_000, fromOther: 0, toOther: 60_001 }]);
  });

  it('counts what was added and removed', () => {
    expect(countChanges('a\nb\n', 'a\nB\nc\n')).toEqual({ added: 2, removed: 1 });
  });

  it('knows line breaks of Windows, and a last line without one', () => {
    expect(splitLines('a\r\nb')).toEqual(['a\n', 'b']);
    expect(splitLines('')).toEqual([]);
  });
});

describe('threeWay', () => {
  it('tells who changed what', () => {
    const regions = threeWay(BASE, 'A\nb\nc\nd\n', 'a\nb\nc\nD\n');
    expect(kinds(regions)).toEqual(['mine', 'same', 'new']);
  });

  it('takes an overlap and changes that touch for a conflict, as the server does', () => {
    expect(kinds(threeWay(BASE, 'a\nmine\nc\nd\n', 'a\ntheirs\nc\nd\n'))).toEqual(['same', 'conflict', 'same']);
    expect(kinds(threeWay(BASE, 'A\nb\nc\nd\n', 'a\nB\nc\nd\n'))).toEqual(['conflict', 'same']);
    expect(kinds(threeWay(BASE, 'a\nb\nx\nc\nd\n', 'a\nb\ny\nc\nd\n'))).toEqual(['same', 'conflict', 'same']);
  });

  it('joins hunks that a hunk of the other side bridges', () => {
    const regions = threeWay('1\n2\n3\n4\n5\n', 'one\n2\n3\n4\nfive\n', '1\nx\ny\nz\n5\n');
    expect(kinds(regions)).toEqual(['conflict']);
    expect(regions[0]?.mine.join('')).toBe('one\n2\n3\n4\nfive\n');
  });

  it('does not ask where both did the same', () => {
    expect(kinds(threeWay(BASE, 'a\nx\nc\nd\n', 'a\nx\nc\nd\n'))).toEqual(['same', 'both', 'same']);
  });

  it('asks wherever two texts differ that share no base', () => {
    const regions = threeWay(null, 'a\nmine\nc\n', 'a\nnew\nc\nd\n');
    expect(kinds(regions)).toEqual(['same', 'conflict', 'same', 'conflict']);
    expect(side(regions, 'mine')).toBe('a\nmine\nc\n');
    expect(side(regions, 'new')).toBe('a\nnew\nc\nd\n');
  });

  it('loses no line of any text, and says who changed it', () => {
    const random = generator(17);
    for (let round = 0; round < 500; round += 1) {
      const base = lines(random, 12);
      const [mine, next] = [edited(base, random), edited(base, random)];
      const [baseText, mineText, newText] = [base, mine, next].map(list => list.join('')) as [string, string, string];
      const regions = threeWay(baseText, mineText, newText);
      expect(side(regions, 'base')).toBe(baseText);
      expect(side(regions, 'mine')).toBe(mineText);
      expect(side(regions, 'new')).toBe(newText);
      for (const region of regions) {
        expect(region.kind === 'new' ? region.mine : region.base).toEqual(region.base);
        expect(region.kind === 'mine' ? region.new : region.base).toEqual(region.base);
      }
    }
  });
});

describe('conflict markers', () => {
  const regions = threeWay(BASE, 'a\nmine\nc\nd\n', 'A\nnew\nc\nd\n');
  const markers = markersFor([BASE]);

  it('enclose what both changed, and nothing else', () => {
    expect(mergedText(threeWay(BASE, 'a\nmine\nc\nd\n', 'a\nnew\nc\nD\n'), markers)).toBe(
      'a\n<<<<<<< mine\nmine\n||||||| base\nb\n=======\nnew\n>>>>>>> new\nc\nD\n'
    );
  });

  it.each<[Resolution, string]>([
    ['mine', 'a\nmine\nc\nd\n'],
    ['new', 'A\nnew\nc\nd\n'],
    ['both', 'a\nmine\nA\nnew\nc\nd\n']
  ])('are resolved one by one: %s', (resolution, expected) => {
    const text = mergedText(regions, markers);
    const [conflict, ...others] = conflictsIn(text, markers);
    expect(others).toEqual([]);
    if (!conflict) {
      throw new Error('there is no conflict');
    }
    expect(text.slice(0, conflict.from) + resolved(conflict, resolution) + text.slice(conflict.to)).toBe(expected);
  });

  it('are found again after an edit between them, and in a last line without a break', () => {
    const text = 'x\n<<<<<<< mine\n||||||| base\nb\n=======\nedited\nby hand\n>>>>>>> new';
    expect(conflictsIn(text, markers)).toEqual([
      { from: 2, to: text.length, mine: '', base: 'b\n', new: 'edited\nby hand\n' }
    ]);
  });

  it('count while one of them is left, though the conflict is not complete', () => {
    expect(conflictsIn('<<<<<<< mine\nx\n', markers)).toEqual([]);
    expect(hasMarkers('<<<<<<< mine\nx\n', markers)).toBe(true);
    expect(hasMarkers('a <<<<<<< mine\n======== \n', markers)).toBe(false);
  });

  it('are longer than what looks like one in the texts', () => {
    const heading = 'Title\n=======\n';
    const own = markersFor([heading, '']);
    expect(own.new).toBe('========');
    const text = mergedText(threeWay(heading, 'Mine\n=======\n', 'New\n=======\n'), own);
    expect(conflictsIn(text, own).map(conflict => [conflict.mine, conflict.new])).toEqual([['Mine\n', 'New\n']]);
  });

  it('begin on a line of their own after a side without a last line break', () => {
    expect(mergedText(threeWay('a', 'b', 'c'), markers)).toBe(
      '<<<<<<< mine\nb\n||||||| base\na\n=======\nc\n>>>>>>> new\n'
    );
  });
});

/** Numbers that are the same in each run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

function lines(random: (below: number) => number, count: number): string[] {
  return Array.from({ length: count }, () => `${'abcd'[random(4)]}\n`);
}

function edited(base: readonly string[], random: (below: number) => number): string[] {
  const copy = [...base];
  for (let edit = random(4); edit > 0; edit -= 1) {
    copy.splice(random(copy.length + 1), random(3), ...lines(random, random(3)));
  }
  return copy;
}
