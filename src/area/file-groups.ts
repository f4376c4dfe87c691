import { PURPOSES, type Purpose } from '../purposes';
import type { File } from '../wire';

/** The files of one purpose: those that would change, the most pressing first, and those that stay as they are. */
export interface FileGroup {
  purpose: Purpose;
  changed: readonly File[];
  unchanged: readonly File[];
  conflictCount: number;
}

const ACTIONS: readonly File['action'][] = ['conflict', 'merge', 'update', 'orphan', 'create', 'same'];

/** What a person reads first, of files that are equally pressing. */
const READ_FIRST: readonly string[] = ['train.py', 'model.py', 'serve.py', 'README.md'];

/** What is written unless it is left out; in a conflict it is the file on disk that is kept or replaced. */
const WRITTEN: readonly File['action'][] = ['create', 'update', 'merge', 'orphan'];

/** Whether a file can be left out of an export. */
export function canBeLeftOut(file: File): boolean {
  return WRITTEN.includes(file.action);
}

/** Files by purpose: groups with conflicts first, then those with changes, each in the order of the purposes. */
export function groupFiles(files: readonly File[]): FileGroup[] {
  const groups = PURPOSES.map(purpose => {
    const own = files.filter(file => file.purpose === purpose).sort(byUrgency);
    const changed = own.filter(file => file.action !== 'same');
    const conflictCount = own.filter(file => file.action === 'conflict').length;
    return { purpose, changed, unchanged: own.filter(file => file.action === 'same'), conflictCount };
  });
  return groups
    .filter(group => group.changed.length + group.unchanged.length > 0)
    .sort((one, other) => groupRank(one) - groupRank(other));
}

/** The file that is shown first: the most pressing one. */
export function firstFile(groups: readonly FileGroup[]): File | null {
  const changed = groups.flatMap(group => group.changed);
  return changed[0] ?? groups.flatMap(group => group.unchanged)[0] ?? null;
}

function byUrgency(one: File, other: File): number {
  const rank = (file: File) => ACTIONS.indexOf(file.action);
  const depth = (file: File) => file.path.split('/').length;
  return (
    rank(one) - rank(other) ||
    depth(one) - depth(other) ||
    readRank(one) - readRank(other) ||
    // compared by code units: the order does not change with the language of the browser
    (one.path < other.path ? -1 : 1)
  );
}

function readRank({ path }: File): number {
  const index = READ_FIRST.indexOf(path);
  return index < 0 ? READ_FIRST.length : index;
}

function groupRank(group: FileGroup): number {
  if (group.conflictCount > 0) {
    return 0;
  }
  return group.changed.length > 0 ? 1 : 2;
}
