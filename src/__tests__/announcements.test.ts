import { describe, expect, it, vi } from 'vitest';

import { announcer } from '../announcements';

type Awareness = Parameters<typeof announcer>[0];
type State = Record<string, unknown>;

/** What real-time collaboration tells people of each other, without a network between them. */
function aRoom() {
  const states = new Map<number, State>();
  const listeners: (() => void)[] = [];
  const change = (client: number, state: State) => {
    states.set(client, state);
    listeners.forEach(listen => void listen());
  };
  const enter = (client: number) => {
    const onHeard = vi.fn();
    const awareness = {
      clientID: client,
      getStates: () => states,
      on: (_: string, listen: () => void) => void listeners.push(listen),
      setLocalStateField: (field: string, value: unknown) => change(client, { ...states.get(client), [field]: value })
    } as unknown as Awareness;
    return { announce: announcer(awareness, onHeard), onHeard };
  };
  return { enter, change, states };
}

describe('an announcement', () => {
  it('is heard once by everybody else', () => {
    const { enter, change } = aRoom();
    const [ann, bob, eve] = [enter(1), enter(2), enter(3)];
    ann.announce();
    change(1, { nbexport: 1, cursors: [4] });
    expect([ann, bob, eve].map(({ onHeard }) => onHeard.mock.calls.length)).toEqual([0, 1, 1]);
    ann.announce();
    bob.announce();
    expect([ann, bob, eve].map(({ onHeard }) => onHeard.mock.calls.length)).toEqual([1, 2, 3]);
  });

  it('is not heard again from somebody who was away, nor made by moving about', () => {
    const { enter, change, states } = aRoom();
    const [ann, bob] = [enter(1), enter(2)];
    change(1, { cursors: [1] });
    expect(bob.onHeard).not.toHaveBeenCalled();
    ann.announce();
    const state = states.get(1) ?? {};
    states.delete(1);
    change(2, { cursors: [2] });
    change(1, state);
    expect(bob.onHeard).toHaveBeenCalledTimes(1);
  });
});
