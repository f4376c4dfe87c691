import { PURPOSES, type Purpose } from '../purposes';
import type { Plan } from '../wire';

/** How many files of one purpose are new, changed or in conflict. */
export interface PurposeCounts {
  purpose: Purpose;
  created: number;
  changed: number;
  conflicts: number;
}

/** The files that would change, counted by what they are for, in the order of the purposes; unchanged ones are left out. */
export function countByPurpose(plan: Plan): PurposeCounts[] {
  const counts = new Map<Purpose, PurposeCounts>();
  for (const { purpose, action } of plan.files) {
    if (action !== 'same') {
      const ofPurpose = counts.get(purpose) ?? { purpose, created: 0, changed: 0, conflicts: 0 };
      counts.set(purpose, ofPurpose);
      if (action === 'create') {
        ofPurpose.created += 1;
      } else if (action === 'conflict') {
        ofPurpose.conflicts += 1;
      } else {
        ofPurpose.changed += 1;
      }
    }
  }
  return PURPOSES.flatMap(purpose => counts.get(purpose) ?? []);
}
