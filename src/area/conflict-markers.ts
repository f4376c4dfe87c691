import type { Region } from './three-way';

/** The lines that enclose the sides of a conflict, as git writes them. */
export interface Markers {
  mine: string;
  base: string;
  new: string;
  end: string;
}

/** A conflict that a text still has: from its first marker to the line after its last one. */
export interface Conflict {
  from: number;
  to: number;
  mine: string;
  base: string;
  new: string;
}

/** How a conflict is resolved: one side, or mine with the new lines after it. */
export type Resolution = 'mine' | 'new' | 'both';

export const RESOLUTIONS: readonly Resolution[] = ['mine', 'new', 'both'];

const USUAL_LENGTH = 7;

/** Markers that are longer than what looks like one in the texts. */
export function markersFor(texts: readonly string[]): Markers {
  const lengths = texts.flatMap(text => (text.match(/^([<|=>])\1*/gm) ?? []).map(run => run.length));
  const length = Math.max(USUAL_LENGTH, ...lengths.map(present => present + 1));
  return {
    mine: `${'<'.repeat(length)} mine`,
    base: `${'|'.repeat(length)} base`,
    new: '='.repeat(length),
    end: `${'>'.repeat(length)} new`
  };
}

/** The merged text: what only one side changed is taken over, a conflict stands between markers. */
export function mergedText(regions: readonly Region[], markers: Markers): string {
  return regions
    .map(region => {
      if (region.kind === 'conflict') {
        const sides = [markers.mine, region.mine, markers.base, region.base, markers.new, region.new, markers.end];
        return sides.map(part => (typeof part === 'string' ? `${part}\n` : withLineBreak(part.join('')))).join('');
      }
      return (region.kind === 'new' ? region.new : region.mine).join('');
    })
    .join('');
}

/** The conflicts of a text; markers that are not complete are text. */
export function conflictsIn(text: string, markers: Markers): Conflict[] {
  const conflicts: Conflict[] = [];
  let from = indexOfLine(text, markers.mine, 0);
  while (from >= 0) {
    const base = indexOfLine(text, markers.base, from);
    const next = base < 0 ? -1 : indexOfLine(text, markers.new, base);
    const end = next < 0 ? -1 : indexOfLine(text, markers.end, next);
    if (end < 0) {
      break;
    }
    conflicts.push({
      from,
      to: Math.min(end + markers.end.length + 1, text.length),
      mine: text.slice(from + markers.mine.length + 1, base),
      base: text.slice(base + markers.base.length + 1, next),
      new: text.slice(next + markers.new.length + 1, end)
    });
    from = indexOfLine(text, markers.mine, end);
  }
  return conflicts;
}

/** The index of the conflict that a position is in, or of the next one; of the last one after the end. */
export function conflictAt(conflicts: readonly Conflict[], position: number): number {
  const index = conflicts.findIndex(conflict => position < conflict.to);
  return index < 0 ? Math.max(0, conflicts.length - 1) : index;
}

/** The lines that a conflict becomes. */
export function resolved(conflict: Conflict, resolution: Resolution): string {
  return resolution === 'both' ? conflict.mine + conflict.new : conflict[resolution];
}

/** Whether a text still has a line that is a marker, be its conflict complete or not. */
export function hasMarkers(text: string, markers: Markers): boolean {
  return Object.values(markers).some(marker => indexOfLine(text, marker, 0) >= 0);
}

function indexOfLine(text: string, line: string, start: number): number {
  let index = text.indexOf(line, start);
  while (index >= 0) {
    const end = index + line.length;
    if ((index === 0 || text[index - 1] === '\n') && (end === text.length || text[end] === '\n')) {
      return index;
    }
    index = text.indexOf(line, index + 1);
  }
  return -1;
}

function withLineBreak(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
