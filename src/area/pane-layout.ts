import type { Region } from './three-way';

/** One of three texts side by side: where its regions are, and where it needs space so that all three stay level. */
export interface PaneLayout {
  text: string;
  /** Regions that are not the same everywhere, by their first and last line, counted from 1. */
  marks: { kind: Region['kind']; firstLine: number; lastLine: number }[];
  /** Space for a number of lines after a line; after line 0 it is above the text. */
  spacers: { afterLine: number; lineCount: number }[];
}

export type PaneSide = 'mine' | 'base' | 'new';

/** How one text is laid out. A space after the last line is needed by nobody. */
export function paneLayout(regions: readonly Region[], side: PaneSide): PaneLayout {
  const layout: PaneLayout = { text: regions.flatMap(region => region[side]).join(''), marks: [], spacers: [] };
  let line = 0;
  regions.forEach((region, index) => {
    const count = region[side].length;
    if (region.kind !== 'same' && count > 0) {
      layout.marks.push({ kind: region.kind, firstLine: line + 1, lastLine: line + count });
    }
    line += count;
    const missing = Math.max(region.mine.length, region.base.length, region.new.length) - count;
    if (missing > 0 && index < regions.length - 1) {
      layout.spacers.push({ afterLine: line, lineCount: missing });
    }
  });
  return layout;
}
