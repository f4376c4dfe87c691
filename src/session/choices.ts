import type { File, Plan } from '../wire';

/**
 * What becomes of a file that would change: the one on disk stays (`mine`), the new one is taken, a text that was merged
 * by hand is written, or the file is left out. Only a conflict needs a choice; any other file is written without one.
 */
export type FileChoice = 'mine' | 'new' | 'left-out' | { readonly text: string };

/** The choices so far, by path. */
export type FileChoices = Readonly<Record<string, FileChoice>>;

/** The choices as a job is sent them. */
export interface WireChoices {
  keep: string[];
  take: string[];
  texts: Record<string, string>;
}

/** The files in which the project would change. */
export function changedFiles(plan: Plan): File[] {
  return plan.files.filter(file => file.action !== 'same');
}

/** The conflicts that nobody has settled. */
export function openConflicts(plan: Plan, choices: FileChoices): File[] {
  return plan.files.filter(file => file.action === 'conflict' && choices[file.path] === undefined);
}

/** Whether the plan can be written: it is not refused, each conflict has a choice, and a file is left to write. */
export function canExport(plan: Plan, choices: FileChoices): boolean {
  const hasFileToWrite = writtenFiles(plan, choices).length > 0;
  return plan.refused.length === 0 && openConflicts(plan, choices).length === 0 && hasFileToWrite;
}

/** The files that are written, or whose conflict is settled: a text that is kept in a conflict is recorded too. */
export function writtenFiles(plan: Plan, choices: FileChoices): File[] {
  return changedFiles(plan).filter(file => file.action === 'conflict' || !isKept(choices[file.path]));
}

/** The choices as the server takes them. */
export function wireChoices(choices: FileChoices): WireChoices {
  const wire: WireChoices = { keep: [], take: [], texts: {} };
  for (const [path, choice] of Object.entries(choices)) {
    if (typeof choice === 'object') {
      wire.texts[path] = choice.text;
    } else {
      (choice === 'new' ? wire.take : wire.keep).push(path);
    }
  }
  return wire;
}

/** The choices that still hold in a later plan: a file that is left out stays so, others where the file is the same. */
export function carriedChoices(choices: FileChoices, from: Plan, to: Plan): FileChoices {
  const before = new Map(from.files.map(file => [file.path, file]));
  const after = new Map(to.files.map(file => [file.path, file]));
  const stillHolds = ([path, choice]: [string, FileChoice]) => {
    const [old, now] = [before.get(path), after.get(path)];
    return (
      now !== undefined &&
      now.action !== 'same' &&
      (choice === 'left-out' || (now.action === old?.action && now.text === old.text && now.before === old.before))
    );
  };
  return Object.fromEntries(Object.entries(choices).filter(stillHolds));
}

function isKept(choice: FileChoice | undefined): boolean {
  return choice === 'mine' || choice === 'left-out';
}
