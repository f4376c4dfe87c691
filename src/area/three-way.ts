import { type Hunk, lineHunks, splitLines } from './line-hunks';

/** A stretch of lines in three texts, and who changed it. `both` changed it in the same way; a `conflict` differs. */
export interface Region {
  kind: 'same' | 'mine' | 'new' | 'both' | 'conflict';
  base: readonly string[];
  mine: readonly string[];
  new: readonly string[];
}

/**
 * Three texts as one list of regions.
 *
 * Hunks of the two sides that overlap or touch are one region, as in `nbexport/disk/merge.py`. Without a base, all in
 * which the two differ is a conflict.
 *
 * Source: Khanna, Kunal and Pierce, "A Formal Investigation of Diff3", FSTTCS 2007.
 */
export function threeWay(base: string | null, mine: string, next: string): Region[] {
  const mineLines = splitLines(mine);
  const newLines = splitLines(next);
  return base === null ? twoWay(mineLines, newLines) : merged(splitLines(base), mineLines, newLines);
}

function twoWay(mine: readonly string[], next: readonly string[]): Region[] {
  const regions: Region[] = [];
  let at = 0;
  for (const hunk of [
    ...lineHunks(mine, next),
    { from: mine.length, to: mine.length, fromOther: next.length, toOther: next.length }
  ]) {
    pushSame(regions, mine.slice(at, hunk.from));
    pushRegion(regions, 'conflict', [], mine.slice(hunk.from, hunk.to), next.slice(hunk.fromOther, hunk.toOther));
    at = hunk.to;
  }
  return regions;
}

function merged(base: readonly string[], mine: readonly string[], next: readonly string[]): Region[] {
  const mineSide = new Side(mine, lineHunks(base, mine));
  const newSide = new Side(next, lineHunks(base, next));
  const regions: Region[] = [];
  let at = 0;
  for (;;) {
    const start = Math.min(mineSide.nextStart, newSide.nextStart, base.length);
    pushSame(regions, base.slice(at, start));
    mineSide.skip(start - at);
    newSide.skip(start - at);
    at = start;
    if (mineSide.nextStart === Number.POSITIVE_INFINITY && newSide.nextStart === Number.POSITIVE_INFINITY) {
      return regions;
    }
    const end = endOfRegion(start, mineSide, newSide);
    const mineTaken = mineSide.take(start, end);
    const newTaken = newSide.take(start, end);
    pushRegion(regions, kindOf(mineTaken, newTaken), base.slice(start, end), mineTaken.lines, newTaken.lines);
    at = end;
  }
}

/** Where a region ends that begins at `start`: no hunk of either side touches its end. */
function endOfRegion(start: number, ...sides: readonly Side[]): number {
  let end = start;
  for (let grown = true; grown; ) {
    const reached = Math.max(...sides.map(side => side.reach(end)));
    grown = reached > end;
    end = reached;
  }
  return end;
}

/** One of the two changed texts, read from its beginning to its end. */
class Side {
  private position = 0;
  private hunkIndex = 0;

  constructor(
    private readonly lines: readonly string[],
    private readonly hunks: readonly Hunk[]
  ) {}

  /** The line of the base at which the next hunk begins. */
  get nextStart(): number {
    return this.hunks[this.hunkIndex]?.from ?? Number.POSITIVE_INFINITY;
  }

  skip(count: number): void {
    this.position += count;
  }

  /** How far the hunks reach that begin at or before a line of the base. */
  reach(end: number): number {
    const touching = this.hunks.slice(this.hunkIndex).filter(hunk => hunk.from <= end);
    return Math.max(end, ...touching.map(hunk => hunk.to));
  }

  /** The lines that stand for some lines of the base, and whether they were changed. */
  take(start: number, end: number): { lines: readonly string[]; isChanged: boolean } {
    let growth = 0;
    const firstHunk = this.hunkIndex;
    for (let hunk = this.hunks[this.hunkIndex]; hunk && hunk.from <= end; hunk = this.hunks[this.hunkIndex]) {
      growth += hunk.toOther - hunk.fromOther - (hunk.to - hunk.from);
      this.hunkIndex += 1;
    }
    const from = this.position;
    this.position += end - start + growth;
    return { lines: this.lines.slice(from, this.position), isChanged: this.hunkIndex > firstHunk };
  }
}

type Taken = ReturnType<Side['take']>;

function kindOf(mine: Taken, next: Taken): Region['kind'] {
  if (mine.isChanged && next.isChanged) {
    return mine.lines.join('') === next.lines.join('') ? 'both' : 'conflict';
  }
  return mine.isChanged ? 'mine' : 'new';
}

function pushSame(regions: Region[], lines: readonly string[]): void {
  pushRegion(regions, 'same', lines, lines, lines);
}

function pushRegion(
  regions: Region[],
  kind: Region['kind'],
  base: readonly string[],
  mine: readonly string[],
  next: readonly string[]
): void {
  if (base.length + mine.length + next.length > 0) {
    regions.push({ kind, base, mine, new: next });
  }
}
