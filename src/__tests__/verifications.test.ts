import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { open } from './a-session';
import { aJob } from './samples';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a job of an earlier page', () => {
  const begun = '2026-11-30T08:00:00Z';

  it('is about the present where the notebook was saved before it began and has not changed', async () => {
    const { session, notebook } = await open();
    const job = aJob({ begun, state: 'done' });
    expect(session.running.isAboutPresent(job)).toBe(false);
    notebook.savedAt = Date.parse(begun) - 1000;
    expect(session.running.isAboutPresent(job)).toBe(true);
    expect(session.running.isAboutPresent({ ...job, kind: 'test', level: 3 })).toBe(false);
    expect(session.running.isAboutPresent({ ...job, kind: 'verify', level: 3 })).toBe(true);
    notebook.savedAt = Date.parse(begun) + 1000;
    expect(session.running.isAboutPresent(job)).toBe(false);
  });
});

describe('a verification', () => {
  it('runs the workflows of the project only if asked to', async () => {
    const { session, server } = await open({ level: 3 });
    await session.startJob('verify');
    await session.startJob('verify', true);
    expect(server.startJob.mock.calls.map(([request]) => (request as { level: number }).level)).toEqual([2, 3]);
  });
});
