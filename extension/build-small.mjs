// What `tsc` has written and the stylesheets → what goes into the bundle, smaller: styles without comments and spaces,
// and one short name for `React.createElement`, which stands in the code five hundred times.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { transform } from 'lightningcss';

const [styles, made] = ['extension/style', 'lib/style'];
mkdirSync(made, { recursive: true });
for (const name of ['index', 'panel', 'area', 'cells']) {
  const code = readFileSync(`${styles}/${name}.css`);
  writeFileSync(`${made}/${name}.css`, transform({ filename: `${name}.css`, code, minify: true }).code);
}
writeFileSync(`${made}/index.js`, readFileSync(`${styles}/index.js`));

const CALL = 'React.createElement(';
writeFileSync('lib/create.js', "import * as React from 'react';\nexport const $create = React.createElement;\n");
for (const path of readdirSync('lib', { recursive: true })) {
  const code = path.endsWith('.js') && path !== 'create.js' ? readFileSync(`lib/${path}`, 'utf8') : '';
  if (code.includes(CALL)) {
    const from = relative(dirname(`lib/${path}`), 'lib/create.js');
    const address = from.startsWith('.') ? from : `./${from}`;
    writeFileSync(`lib/${path}`, `import { $create } from '${address}';\n${code.replaceAll(CALL, '$create(')}`);
  }
}
