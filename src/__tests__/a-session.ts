import { Signal } from '@lumino/signaling';
import { vi } from 'vitest';

import { Session } from '../session';
import type { NotebookDocument } from '../session/document';
import { DEFAULT_SETTINGS, type Settings } from '../settings';
import type { Check, Fixed, Inserted, Job, Plan, Suggestion, Together } from '../wire';
import { aCell, aCheck, aFile, aJob, aPlan, aProposal, aTogether } from './samples';

export const SUGGESTION: Suggestion = {
  result: '',
  proposals: [
    aProposal({ cell: 0, cell_id: 'a' }),
    aProposal({ cell: 1, cell_id: 'b', roles: ['train'], tags: ['train'] })
  ],
  notes: []
};

/** A notebook of two cells that can be edited. */
export function aNotebook() {
  const cells = [
    { id: 'a', version: 1, source: 'x = 1', tags: [] as string[] },
    { id: 'b', version: 2, source: 'y = x', tags: [] as string[] }
  ];
  const contentChanged = new Signal<object, void>({});
  const notebook = {
    ready: Promise.resolve(),
    contentChanged,
    pathChanged: new Signal<object, string>({}),
    disposed: new Signal<object, void>({}),
    path: 'work/churn.ipynb',
    isWritable: true,
    isVisible: true,
    metadata: {},
    savedAt: null as number | null,
    savedKey: null as string | null,
    saved: new Signal<object, void>({}),
    othersActed: new Signal<object, void>({}),
    announce: vi.fn<NotebookDocument['announce']>(),
    get cells() {
      return cells.map(cell => ({ ...cell, toJSON: () => ({ id: cell.id, source: cell.source }) }));
    },
    get sources() {
      return cells.map(cell => cell.source);
    },
    get sourceKey() {
      return JSON.stringify(cells.map(cell => [cell.id, cell.source, cell.tags]));
    },
    snapshot: () => ({ path: notebook.path, content: { cells: cells.length } }),
    save: vi.fn<NotebookDocument['save']>(),
    tagsOf: (id: string | null) => cells.find(cell => cell.id === id)?.tags ?? null,
    addTags: vi.fn<NotebookDocument['addTags']>(proposals => {
      for (const proposal of proposals) {
        const cell = cells.find(other => other.id === proposal.cell_id);
        cell?.tags.push(...proposal.tags);
      }
      contentChanged.emit();
    }),
    applyFix: vi.fn<NotebookDocument['applyFix']>(() => 1),
    jump: vi.fn<NotebookDocument['jump']>()
  };
  const edit = (index: number, change: { source?: string; tags?: string[] }) => {
    const cell = cells[index];
    if (cell) {
      Object.assign(cell, change, { version: cell.version + 10 });
    }
    contentChanged.emit();
  };
  return { notebook, edit };
}

export function aServer() {
  return {
    check: vi.fn(async (_request: unknown, _signal?: AbortSignal): Promise<Check> => aCheck({ revision: 'r1' })),
    tag: vi.fn(async (): Promise<Suggestion> => SUGGESTION),
    fix: vi.fn(async (_request: unknown): Promise<Fixed> => ({ cells: [aCell()] })),
    insert: vi.fn(
      async (_request: unknown): Promise<Inserted> => ({ cells: [aCell()], reasons: ['to check: the type'] })
    ),
    options: vi.fn(async (_request: unknown): Promise<Fixed> => ({ cells: [aCell()] })),
    parameter: vi.fn(async (_request: unknown): Promise<Fixed> => ({ cells: [aCell()] })),
    together: vi.fn(async (path: string, _project: string): Promise<Together> => aTogether({ notebooks: [path] })),
    keepTogether: vi.fn(
      async ({ notebooks }: { path: string; notebooks: readonly string[] }): Promise<Together> =>
        aTogether({ notebooks: [...notebooks], configured: [...notebooks] })
    ),
    plan: vi.fn(async (_request: unknown, _signal?: AbortSignal): Promise<Plan> => aPlan([aFile('train.py')])),
    archive: vi.fn(async () => new Blob(['zip'])),
    jobs: vi.fn(async (_path: string): Promise<Job[]> => []),
    job: vi.fn(async (id: string): Promise<Job> => aJob({ id })),
    startJob: vi.fn(async (_request: unknown): Promise<Job> => aJob({ id: 'new' })),
    cancelJob: vi.fn(async (id: string): Promise<Job> => aJob({ id, state: 'cancelled' })),
    ask: vi.fn(async () => ({ status: 200, body: '{}', milliseconds: 3 }))
  };
}

/** A session of a notebook that is loaded, and all around it; prepare the server before it is asked. */
export async function open(
  settings: Partial<Settings> = {},
  prepare: (around: ReturnType<typeof aServer>, notebook: ReturnType<typeof aNotebook>['notebook']) => void = () =>
    undefined
) {
  const { notebook, edit } = aNotebook();
  const server = aServer();
  prepare(server, notebook);
  const session = new Session(notebook, server, () => ({ ...DEFAULT_SETTINGS, ...settings }));
  const onChanged = vi.fn();
  session.changed.connect(onChanged);
  await vi.advanceTimersByTimeAsync(0);
  return { session, notebook, edit, server, onChanged };
}
