// Prints vendor/LICENSE-graphiql-parts.txt: the licences of what graphiql.min.js contains. Run
// it where the packages are installed (see NOTICE.md); it reads ./node_modules.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const read = (file) => readFileSync(file, 'utf8').replace(/\r/g, '').trim();
const { sources } = JSON.parse(read('node_modules/graphiql/graphiql.min.js.map'));
const names = new Set(['@graphiql/react', '@graphiql/toolkit', 'graphql-language-service']);
for (const source of sources) {
  const [, path] = source.match(/.*node_modules\/(.*)/) ?? [];
  if (path) names.add(path.split('/').slice(0, path.startsWith('@') ? 2 : 1).join('/'));
}

// Packages that today's versions no longer install have the licence of their siblings.
const siblings = { '@radix-ui': '@radix-ui/react-dialog', '@react-aria': '@react-aria/focus' };
const folderOf = (name) => [name, siblings[name.split('/')[0]]]
  .map((candidate) => `node_modules/${candidate}`).find((folder) => existsSync(folder));

const texts = new Map();
for (const name of [...names].sort()) {
  const folder = folderOf(name);
  const { license, author } = JSON.parse(read(`${folder}/package.json`));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? read(`${folder}/${file}`)
    : `(The package holds no text: its package.json says ${license}, by ${author?.name ?? author ?? 'no one named'}.)`;
  texts.set(text, [...(texts.get(text) ?? []), `${name} (${license})`]);
}

console.log('Licences of the packages that the bundle of graphiql contains besides GraphiQL itself.');
console.log('(Where packages share one text it is printed once.)\n');
for (const [text, owners] of texts) {
  console.log(`${'='.repeat(78)}\n${owners.join('\n')}\n${'-'.repeat(78)}\n${text}\n`);
}
