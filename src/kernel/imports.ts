/** An import statement at the beginning of a line, with what stands in parentheses. */
const STATEMENT = /^(?:from[ \t]+(\S+)[ \t]+)?import\b[ \t]*(?:\(([^)]*)\)|([^\n;]*))/gm;

/** For each name that code imports, where it comes from: `pd` from `pandas`, `svm` from `sklearn.svm`. */
export function importsIn(source: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, module, inParentheses, onLine] of source.matchAll(STATEMENT)) {
    const text = (inParentheses ?? onLine ?? '').replace(/#.*$/gm, '');
    for (const part of text.split(',').filter(word => word.trim() !== '')) {
      const [name, origin] = importOf(part.trim(), module);
      found.set(name, origin);
    }
  }
  return found;
}

/** The name that one part of an import binds, and where it comes from. */
function importOf(part: string, module: string | undefined): [string, string] {
  const [path = '', alias] = part.split(/\s+as\s+/);
  if (module !== undefined) {
    return [alias ?? path, `${module}.${path}`];
  }
  // `import a.b` binds `a`
  const name = alias ?? path.replace(/\..*/, '');
  return [name, alias === undefined ? name : path];
}

/** Whether two pieces of code import a name from the same place: then it is the same object, whichever of them ran. */
export function isSameImport(name: string, one: string, other: string): boolean {
  const origin = importsIn(one).get(name);
  return origin !== undefined && origin === importsIn(other).get(name);
}
