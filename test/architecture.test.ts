import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/**
 * The architecture as a failing build: who may use whom, no circles, no path into another room, and SQL that stays
 * in its own schema.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const sources = globSync('src/**/*.ts', { cwd: root })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => !file.endsWith('.d.ts'));
const product = sources.filter((file) => !/\.(test|bench)\.ts$/.test(file));

const modules = [
  'directory',
  'audit',
  'identity',
  'signatures',
  'exchange',
  'documents',
  'work',
  'axis',
] as const;

/** Room -> the rooms it may use. */
const mayUse: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  formats: [],
  calendar: [],
  ledger: ['formats'],
  signing: ['formats'],
  directory: ['kernel', 'formats'],
  audit: ['kernel'],
  identity: ['kernel', 'directory', 'audit'],
  signatures: ['kernel', 'directory', 'identity', 'audit', 'signing', 'formats'],
  exchange: ['kernel', 'directory', 'audit', 'signatures', 'signing', 'ledger', 'formats'],
  documents: [
    'kernel',
    'directory',
    'identity',
    'audit',
    'signatures',
    'exchange',
    'calendar',
    'signing',
    'formats',
  ],
  work: ['kernel', 'directory', 'identity', 'audit', 'documents', 'exchange', 'calendar'],
  axis: ['kernel', 'directory', 'audit', 'calendar', 'ledger', 'signing', 'formats'],
};

const roomOf = (file: string): string | undefined => {
  const [, first, second] = file.split('/');
  if (first === 'modules') return second;
  return first !== undefined && Object.hasOwn(mayUse, first) ? first : undefined;
};

const importPattern = /(?:from|import\()\s*'([^']+)'|^import\s+'([^']+)'/gm;
function importsOf(file: string): string[] {
  return [...read(file).matchAll(importPattern)].map((match) => (match[1] ?? match[2]) as string);
}

test('every import between rooms is in the table of who may use whom', () => {
  const offences: string[] = [];
  for (const file of product) {
    const from = roomOf(file);
    if (from === undefined) continue;
    for (const target of importsOf(file)) {
      if (!target.startsWith('#')) continue;
      const to = (target.slice(1).split('/')[0] as string).replace('contracts', target.split('/')[1] ?? '');
      if (to !== from && !mayUse[from]?.includes(to)) offences.push(`${file} uses ${target}`);
    }
  }
  assert.deepEqual(offences, []);
});

test('the table has no circles', () => {
  const visit = (room: string, path: readonly string[]): void => {
    assert.ok(!path.includes(room), `circle: ${[...path, room].join(' -> ')}`);
    for (const next of mayUse[room] ?? []) visit(next, [...path, room]);
  };
  for (const room of Object.keys(mayUse)) visit(room, []);
});

test('no relative path leaves its room', () => {
  const offences: string[] = [];
  for (const file of product) {
    const from = roomOf(file);
    if (from === undefined) continue;
    const home = file.startsWith('src/modules/') ? `src/modules/${from}` : `src/${from}`;
    for (const target of importsOf(file).filter((path) => path.startsWith('.'))) {
      const reached = normalize(join(dirname(file), target)).replaceAll('\\', '/');
      if (!reached.startsWith(`${home}/`)) offences.push(`${file} -> ${target}`);
    }
  }
  assert.deepEqual(offences, []);
});

test('the rooms of one module form no circle of files across modules and main stays out of them', () => {
  const offences = product.filter(
    (file) =>
      roomOf(file) !== undefined &&
      importsOf(file).some((path) => /(^|\/)(main|roles|runtime|web)\.ts$/.test(path)),
  );
  assert.deepEqual(offences, []);
});

test('pages import from the server only contracts', () => {
  const offences: string[] = [];
  for (const file of globSync('web/**/*.{ts,tsx}', { cwd: root })) {
    for (const target of importsOf(file)) {
      if (target.startsWith('#') && !target.startsWith('#contracts/'))
        offences.push(`${file} uses ${target}`);
      if (target.startsWith('.')) {
        const reached = relative(root, normalize(join(root, dirname(file), target)));
        if (!reached.startsWith('web')) offences.push(`${file} -> ${target}`);
      }
    }
  }
  assert.deepEqual(offences, []);
});

test('contracts import nothing of the server', () => {
  for (const file of product.filter((path) => /^src\/modules\/\w+\/contract\.ts$/.test(path))) {
    for (const target of importsOf(file)) {
      assert.ok(
        target === 'zod' || target.startsWith('#contracts/') || /^\.\/(contract|states)\w*\.ts$/.test(target),
        `${file} uses ${target}`,
      );
    }
  }
});

test('the SQL of a module names no schema of another', () => {
  const offences: string[] = [];
  const files = [
    ...product.filter((file) => file.startsWith('src/modules/')),
    ...globSync('src/modules/*/migrations/*.sql', { cwd: root }),
  ];
  for (const file of files) {
    const own = file.replaceAll('\\', '/').split('/')[2] as string;
    const sql = file.endsWith('.sql')
      ? [read(file)]
      : [
          ...read(file).matchAll(
            /sql(?:<[^`]*?>)?`([^`]*)`|(?:From|Into|updateTable|deleteFrom|Join)\(\s*'([^']+)'/g,
          ),
        ].map((match) => match[1] ?? match[2] ?? '');
    for (const text of sql) {
      for (const other of modules) {
        if (other !== own && new RegExp(`(?:^|[\\s("'])${other}\\.[a-z_]+`).test(text))
          offences.push(`${file} names schema ${other}`);
      }
    }
  }
  assert.deepEqual(offences, []);
});

test('SQL lies in store files', () => {
  const offences = product.filter(
    (file) =>
      file.startsWith('src/modules/') &&
      !/(^|\/)(store\w*|\w*[sS]tore)\.ts$/.test(file) &&
      /\bfrom 'kysely'/.test(read(file)) &&
      /\bsql(<|`)/.test(read(file)),
  );
  assert.deepEqual(offences, []);
});

test('a file stays readable: source files keep below 400 lines', () => {
  const long = [...product, ...globSync('web/**/*.{ts,tsx}', { cwd: root })]
    .map((file) => ({ file, lines: read(file).split('\n').length }))
    .filter(({ file, lines }) => lines > 400 && !/texts/.test(file))
    .map(({ file, lines }) => `${file}: ${lines}`);
  assert.deepEqual(long, []);
});
