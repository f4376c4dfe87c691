import { describe, expect, it } from 'vitest';

import { openProposals, withAccepted } from '../proposals';
import { aProposal } from './samples';

const DATA = aProposal({ cell: 0 });
const EXPLORATION = aProposal({ cell: 1, roles: [], tags: [] });
const TAGGED = aProposal({ cell: 2, tagged: true });
const TRAIN = aProposal({ cell: 3, roles: ['train'], tags: ['train'] });
const SUGGESTION = { result: 'score', proposals: [DATA, EXPLORATION, TAGGED, TRAIN], notes: ['a note'] };

describe('openProposals', () => {
  it('leaves out cells without a role and cells that have it', () => {
    expect(openProposals(SUGGESTION)).toEqual([DATA, TRAIN]);
    expect(openProposals(null)).toEqual([]);
  });
});

describe('withAccepted', () => {
  it('marks the accepted ones and keeps the rest', () => {
    const suggestion = withAccepted(SUGGESTION, [TRAIN]);
    expect(openProposals(suggestion)).toEqual([DATA]);
    expect(suggestion.notes).toEqual(['a note']);
    expect(suggestion.proposals).toHaveLength(4);
  });

  it('changes neither the suggestion nor the proposals it was given', () => {
    withAccepted(SUGGESTION, [DATA, TRAIN]);
    expect(openProposals(SUGGESTION)).toEqual([DATA, TRAIN]);
  });
});
