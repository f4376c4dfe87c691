import type { ApplyRequest, PlanRequest } from '../server';
import type { File, Plan } from '../wire';

/** What becomes of a file: the one on disk is kept, or the new one is taken. */
export type FileChoice = 'keep' | 'take';

/** The choices so far, by path. */
export type FileChoices = Readonly<Record<string, FileChoice>>;

/** What is written unless it is left out. */
const WRITTEN: readonly File['action'][] = ['create', 'update', 'merge', 'orphan'];

/** Whether a file can be left out. In a conflict it is the file on disk that is kept or replaced. */
export function canBeLeftOut(file: File): boolean {
  return WRITTEN.includes(file.action);
}

/** The files in which the project would change. */
export function changedFiles(plan: Plan): File[] {
  return plan.files.filter(file => file.action !== 'same');
}

/** Whether the plan can be written: it is not refused, each conflict has a choice, and a file is left to write. */
export function canExport(plan: Plan, choices: FileChoices): boolean {
  const changed = changedFiles(plan);
  const hasOpenConflict = changed.some(file => file.action === 'conflict' && !choices[file.path]);
  const hasFileToWrite = changed.some(file => file.action === 'conflict' || choices[file.path] !== 'keep');
  return plan.refused.length === 0 && !hasOpenConflict && hasFileToWrite;
}

/** The request that writes a plan as it was previewed. */
export function applyRequest(request: PlanRequest, plan: Plan, choices: FileChoices): ApplyRequest {
  const pathsWith = (choice: FileChoice) => Object.keys(choices).filter(path => choices[path] === choice);
  return { ...request, digest: plan.digest, keep: pathsWith('keep'), take: pathsWith('take') };
}
