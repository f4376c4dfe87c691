/** Roles are cell tags: the plain word, or the word with our prefix. */

const PREFIX = 'nbexport:';

/** The roles that tags name, in the order of the known ones. */
export function rolesOf(tags: unknown, knownRoles: readonly string[]): string[] {
  const words = wordsIn(tags);
  return knownRoles.filter(role => words.includes(role) || words.includes(PREFIX + role));
}

/** What a role becomes, in words without backticks. */
export function roleSummary({ summary }: { summary: string }): string {
  return summary.split('`').join('');
}

/** Tags with one role added or removed; other tags stay. */
export function withRole(tags: unknown, role: string, isOn: boolean): string[] {
  const others = wordsIn(tags).filter(word => word !== role && word !== PREFIX + role);
  return isOn ? [...others, role] : others;
}

/** Tags with those of a proposal added. */
export function withTags(tags: unknown, added: readonly string[]): string[] {
  const words = wordsIn(tags);
  return [...words, ...added.filter(word => !words.includes(word))];
}

/** The tags as words; a notebook that was edited by hand may hold anything there. */
function wordsIn(tags: unknown): string[] {
  return Array.isArray(tags) ? tags.map(String) : [];
}
