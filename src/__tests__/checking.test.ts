import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { RefusedRequest } from '../problem';
import { CHECK_REST_MS } from '../session';
import { REPLACED_REST_MS } from '../session/checking';
import { open } from './a-session';

const PROBLEM = { message: 'replaced by a newer check', why: '', fix: '' };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a check that another tab has replaced', () => {
  it('asks again, and not whole, for a check that another tab has replaced', async () => {
    const { session, edit, server } = await open();
    server.check.mockRejectedValueOnce(new RefusedRequest(PROBLEM, 409));
    edit(0, { source: 'x = 3' });
    await vi.advanceTimersByTimeAsync(CHECK_REST_MS);
    expect(session.trouble).toBeNull();
    await vi.advanceTimersByTimeAsync(REPLACED_REST_MS);
    expect(server.check.mock.calls[2]?.[0]).toMatchObject({ delta: { of: 'r1' } });
    expect(session.checkedSources).toEqual(['x = 3', 'y = x']);
  });

  it('does not ask for ever for a check that is replaced each time', async () => {
    const { session, server } = await open();
    server.check.mockRejectedValue(new RefusedRequest(PROBLEM, 409));
    void session.checkNow();
    await vi.advanceTimersByTimeAsync(100 * REPLACED_REST_MS);
    expect(server.check.mock.calls.length).toBeLessThan(10);
    expect(session.trouble?.problem).toEqual(PROBLEM);
  });
});
