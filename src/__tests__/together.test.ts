import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { RefusedRequest } from '../problem';
import { Session } from '../session';
import { DEFAULT_SETTINGS } from '../settings';
import { aNotebook, aServer, open } from './a-session';
import { aCheck, aFile, aFinding, aPlan, aTogether } from './samples';

const OWN = 'work/churn.ipynb';
const OTHER = 'work/prepare.ipynb';
const BOTH = [OTHER, OWN];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A session of a notebook to which a configuration or a project adds another one. */
function openBoth(together: Parameters<typeof aTogether>[0] = {}) {
  return open({}, server => {
    server.together.mockResolvedValue(aTogether({ notebooks: BOTH, configured: BOTH, ...together }));
  });
}

describe('notebooks that become one project', () => {
  it('are those that the folder says, in each request', async () => {
    const { session, server } = await openBoth();
    expect(server.together).toHaveBeenCalledWith(OWN, OWN.replace('.ipynb', ''));
    expect(server.check).toHaveBeenCalledTimes(1);
    expect(server.check.mock.calls[0]?.[0]).toMatchObject({ notebooks: BOTH });
    await session.exporting.preview();
    expect(server.plan.mock.calls[0]?.[0]).toMatchObject({ notebooks: BOTH });
    await session.startJob('verify');
    expect(server.startJob.mock.calls[0]?.[0]).toMatchObject({ notebooks: BOTH });
  });

  it('are none where the server is an older one, and then nothing is sent of them', async () => {
    const { session, server } = await open({}, around => {
      around.together.mockRejectedValue(new RefusedRequest({ message: 'no', why: '', fix: '' }, 404));
    });
    expect(session.trouble).toBeNull();
    expect(session.together.isSeveral).toBe(false);
    expect(server.check.mock.calls[0]?.[0]).not.toHaveProperty('notebooks');
  });

  it('are added, put in order and taken out, and each time what is checked and previewed is another thing', async () => {
    const { session, server } = await open({}, around => {
      around.together.mockResolvedValue(aTogether({ others: [OTHER] }));
      around.plan.mockResolvedValue(aPlan([aFile('train.py', 'same')]));
    });
    const { together, exporting } = session;
    await exporting.preview();
    expect(exporting.isWritten).toBe(true);
    expect(together.candidates).toEqual([OTHER]);
    together.add(OTHER);
    expect([together.notebooks, together.candidates]).toEqual([[OWN, OTHER], []]);
    expect(exporting.isWritten).toBe(false);
    expect(exporting.isPlanCurrent).toBe(false);
    await vi.advanceTimersByTimeAsync(0);
    expect(server.check.mock.calls[1]?.[0]).toMatchObject({ notebooks: [OWN, OTHER] });
    together.move(OTHER, -1);
    expect(together.notebooks).toEqual(BOTH);
    together.remove(OTHER);
    expect([together.notebooks, together.isKept]).toEqual([[OWN], true]);
    expect(exporting.isWritten).toBe(true);
  });

  it('are written where somebody says so, and a choice holds until then', async () => {
    const { session, server } = await open({}, around =>
      around.together.mockResolvedValue(aTogether({ others: [OTHER] }))
    );
    const { together } = session;
    together.add(OTHER);
    await session.exporting.preview();
    expect([together.notebooks, together.isKept]).toEqual([[OWN, OTHER], false]);
    await together.keep();
    expect(server.keepTogether).toHaveBeenCalledWith({ path: OWN, notebooks: [OWN, OTHER] });
    expect([together.notebooks, together.isKept]).toEqual([[OWN, OTHER], true]);
  });

  it('are exported to the project that they became, or to the folder of the last one', async () => {
    const { session } = await openBoth({ project: 'elsewhere/made' });
    expect(session.exporting.output).toBe('elsewhere/made');
    const { session: second } = await openBoth({ notebooks: [OWN, OTHER] });
    expect(second.exporting.output).toBe('work/prepare');
  });

  it('stay with a notebook that is renamed', async () => {
    const { session, notebook, server } = await open({}, around =>
      around.together.mockImplementation(async path => aTogether({ notebooks: [path], others: [OTHER] }))
    );
    session.together.add(OTHER);
    notebook.path = 'work/renamed.ipynb';
    notebook.pathChanged.emit(notebook.path);
    await vi.advanceTimersByTimeAsync(0);
    expect(session.together.notebooks).toEqual([notebook.path, OTHER]);
    expect(server.together).toHaveBeenLastCalledWith(notebook.path, expect.anything());
  });

  it('are what is stored of them: one that is open with changes is named, and checked once it is saved', async () => {
    const { notebook } = aNotebook();
    const server = aServer();
    server.together.mockResolvedValue(aTogether({ notebooks: BOTH, configured: BOTH }));
    const other = { savedKey: 'old', sourceKey: 'old', save: vi.fn(async () => undefined) };
    const neighbour = (path: string) => (path === OTHER ? other : null);
    const session = new Session(notebook, server, () => DEFAULT_SETTINGS, neighbour);
    await vi.advanceTimersByTimeAsync(0);
    await session.exporting.preview();
    expect(session.together.isUnsaved(OTHER)).toBe(false);
    other.sourceKey = 'new';
    expect(session.together.isUnsaved(OTHER)).toBe(true);
    // what is exported is what is stored
    expect(session.exporting.isPlanCurrent).toBe(true);
    other.savedKey = 'new';
    session.onSaved('work/unrelated.ipynb');
    await vi.advanceTimersByTimeAsync(0);
    expect(server.check).toHaveBeenCalledTimes(1);
    session.onSaved(OTHER);
    await vi.advanceTimersByTimeAsync(0);
    expect(server.check).toHaveBeenCalledTimes(2);
    expect(session.exporting.isPlanCurrent).toBe(false);
  });

  it('have findings of their own, which are gone to after those of this one', async () => {
    const { session, notebook } = await open({}, around => {
      const elsewhere = [aFinding({ key: 'theirs', place: { notebook: OTHER, cell: 3 } })];
      around.check.mockResolvedValue(aCheck({ findings: [aFinding({ key: 'own', place: { cell: 5 } })], elsewhere }));
    });
    expect(session.findings.map(({ key }) => key)).toEqual(['own']);
    expect(session.elsewhere.map(({ key }) => key)).toEqual(['theirs']);
    await session.goToNextFinding();
    await session.goToNextFinding();
    expect(notebook.jump.mock.calls.map(([{ notebook: path, cell }]) => [path, cell])).toEqual([
      ['', 5],
      [OTHER, 3]
    ]);
  });

  it('that cannot be read are told when a preview is asked for', async () => {
    const { session, server } = await open();
    const problem = { message: 'nbexport.toml is not TOML', why: '', fix: '' };
    server.together.mockRejectedValueOnce(new RefusedRequest(problem, 422));
    await session.exporting.preview();
    expect(session.trouble?.problem).toEqual(problem);
    expect(server.plan).not.toHaveBeenCalled();
  });
});
