import type { AreaSource } from './source';

/** Where the README of the notebook's project is, and which export wrote it; null where nothing was exported. */
export interface ReadmePlace {
  path: string;
  /** Another text than that of an earlier export. */
  version: string;
}

/** The README of the newest export that is done, or else of the folder that is previewed. */
export function readmePlace({ jobs, plan }: Pick<AreaSource, 'jobs' | 'plan'>): ReadmePlace | null {
  const exported = jobs.find(job => job.kind === 'export' && job.state === 'done');
  const folder = exported?.applied?.folder || exported?.folder || plan?.folder;
  return folder ? { path: `${folder}/README.md`, version: exported ? `${exported.id} ${exported.ended}` : '' } : null;
}
