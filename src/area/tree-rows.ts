import type { File } from '../wire';
import type { FileGroup } from './file-groups';

interface RowBase {
  key: string;
  level: 1 | 2 | 3;
  /** The key of the row above which it belongs; empty at the top. */
  parent: string;
  /** Its place among its siblings, from 1, and how many there are. */
  position: number;
  siblings: number;
}

/** One row of the tree as it is seen now. */
export type TreeRow =
  | (RowBase & { kind: 'group'; group: FileGroup; isExpanded: boolean })
  | (RowBase & { kind: 'unchanged'; count: number; isExpanded: boolean })
  | (RowBase & { kind: 'file'; file: File });

/** What somebody has opened and closed, by key. */
export type Expansion = ReadonlyMap<string, boolean>;

export function fileKey(path: string): string {
  return `file ${path}`;
}

/** The rows that are seen: groups with changes are open until somebody closes them, what is unchanged is closed. */
export function treeRows(groups: readonly FileGroup[], expansion: Expansion): TreeRow[] {
  return groups.flatMap((group, index) => {
    const key = `group ${group.purpose}`;
    const isExpanded = expansion.get(key) ?? group.changed.length > 0;
    const row: TreeRow = {
      kind: 'group',
      key,
      level: 1,
      parent: '',
      position: index + 1,
      siblings: groups.length,
      group,
      isExpanded
    };
    return isExpanded ? [row, ...rowsOf(group, key, expansion)] : [row];
  });
}

function rowsOf(group: FileGroup, parent: string, expansion: Expansion): TreeRow[] {
  const { changed, unchanged } = group;
  if (changed.length === 0) {
    return fileRows(unchanged, parent, 2, unchanged.length);
  }
  const siblings = changed.length + (unchanged.length > 0 ? 1 : 0);
  const rows = fileRows(changed, parent, 2, siblings);
  if (unchanged.length > 0) {
    const key = `unchanged ${group.purpose}`;
    const isExpanded = expansion.get(key) ?? false;
    rows.push({
      kind: 'unchanged',
      key,
      level: 2,
      parent,
      position: siblings,
      siblings,
      count: unchanged.length,
      isExpanded
    });
    rows.push(...(isExpanded ? fileRows(unchanged, key, 3, unchanged.length) : []));
  }
  return rows;
}

function fileRows(files: readonly File[], parent: string, level: 2 | 3, siblings: number): TreeRow[] {
  return files.map((file, index) => ({
    kind: 'file',
    key: fileKey(file.path),
    level,
    parent,
    position: index + 1,
    siblings,
    file
  }));
}

/** What a key does in the tree: another row has the focus, or the one that has it is opened or closed. */
export type TreeStep = { kind: 'focus'; key: string } | { kind: 'expand'; key: string; isExpanded: boolean } | null;

/** What a key press does, as in the tree pattern of the ARIA Authoring Practices. */
export function treeStep(rows: readonly TreeRow[], focusedKey: string, pressed: string): TreeStep {
  const index = rows.findIndex(other => other.key === focusedKey);
  const row = rows[index];
  if (!row) {
    return null;
  }
  const focus = (target: TreeRow | undefined): TreeStep => (target ? { kind: 'focus', key: target.key } : null);
  const isExpanded = row.kind === 'file' ? null : row.isExpanded;
  switch (pressed) {
    case 'ArrowDown':
      return focus(rows[index + 1]);
    case 'ArrowUp':
      return focus(rows[index - 1]);
    case 'Home':
      return focus(rows[0]);
    case 'End':
      return focus(rows[rows.length - 1]);
    case 'ArrowRight':
      return isExpanded === false
        ? { kind: 'expand', key: row.key, isExpanded: true }
        : focus(isExpanded ? rows[index + 1] : undefined);
    case 'ArrowLeft':
      return isExpanded
        ? { kind: 'expand', key: row.key, isExpanded: false }
        : focus(rows.find(other => other.key === row.parent));
    case 'Enter':
    case ' ':
      return isExpanded === null ? null : { kind: 'expand', key: row.key, isExpanded: !isExpanded };
    default:
      return null;
  }
}
