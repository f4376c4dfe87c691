import type { Proposal, Suggestion } from './wire';

/** The proposals that give a cell a role and have not been accepted yet. */
export function openProposals(suggestion: Suggestion | null): Proposal[] {
  return suggestion?.proposals.filter(proposal => proposal.roles.length > 0 && !proposal.tagged) ?? [];
}

/** The suggestion once some of its proposals are accepted. */
export function withAccepted(suggestion: Suggestion, accepted: readonly Proposal[]): Suggestion {
  const proposals = suggestion.proposals.map(proposal =>
    accepted.includes(proposal) ? { ...proposal, tagged: true } : proposal
  );
  return { ...suggestion, proposals };
}
