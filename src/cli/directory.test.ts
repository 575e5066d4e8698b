import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { addOrganisations, directoryModule, findByCode } from '#directory';
import { testSystem, type TestSystem } from '../../test/support/system.ts';
import { readCsv, writeCsv } from './csv.ts';
import { directoryCommand } from './directory.ts';

let system: TestSystem;
let folder: string;

before(async () => {
  system = await testSystem([directoryModule], { now: '2026-06-20T08:00:00+07:00' });
  folder = await mkdtemp(join(tmpdir(), 'phigiay-cli-'));
  const entries = ['G22', 'H01', 'H02'].map((code) => ({
    code,
    code102: `000.00.00.${code}`,
    name: code === 'H01' ? '=cmd|calc' : `Cơ quan ${code}, "một"`,
    parentCode102: null,
  }));
  await system.ctx.db.transaction(null, (tx) =>
    addOrganisations(tx, entries, '2020-01-01', system.ctx.clock.now()),
  );
});
after(async () => {
  await system.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the command. @returns its exit code and what it printed */
async function run(t: { mock: typeof import('node:test').mock }, ...args: string[]) {
  const printed: string[] = [];
  const keep = (line: unknown): void => void printed.push(String(line));
  const mocks = [t.mock.method(console, 'log', keep), t.mock.method(console, 'error', keep)];
  try {
    return {
      code: await directoryCommand(args, () => Promise.resolve(system.ctx)),
      text: printed.join('\n'),
    };
  } finally {
    for (const one of mocks) one.mock.restore();
  }
}
const file = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

test('a cell that a spreadsheet would run is written as text, and read back as it was', () => {
  const rows = [
    ['=1+1', '+84', '-x', '@a', '\tb'],
    ['a,b', 'say "x"', 'hai\r\ndòng', "'", 'Sở Tài chính'],
  ];
  const text = writeCsv(rows);
  assert.doesNotMatch(text, /(^|,|\n|\uFEFF)[=+\-@\t]/);
  assert.deepEqual(readCsv(text), rows);
  assert.throws(() => readCsv('"open'), SyntaxError);
});

test('the directory is exported as CSV and imported again without change', async (t) => {
  const { code, text } = await run(t, 'export', '--on', '2026-01-01');
  assert.equal(code, 0);
  assert.match(text, /H01,000\.00\.00\.H01,'=cmd\|calc/);
  const again = await run(t, 'import', await file('all.csv', text), '--from', '2020-01-01');
  assert.deepEqual([again.code, again.text], [0, 'Đã thêm 0 cơ quan; 3 cơ quan đã có từ trước.']);
});

test('a dry run of a file leaves nothing; apply leaves a checked draft for somebody else to sign', async (t) => {
  const path = await file(
    'decisions.json',
    JSON.stringify({
      decisions: [
        {
          number: '1/QĐ',
          effective: '2026-07-01',
          events: [{ kind: 'merge', from: ['H01', 'H02'], into: { name: 'Tỉnh mới', continues: 'H02' } }],
        },
      ],
    }),
  );
  const drafts = async (): Promise<unknown[]> => (
    await system.ctx.db.pool.query(
      `select set_config('app.org', (select organisation_id::text from directory.org_version where code = 'G22'), false)`,
    ),
    (await system.ctx.db.pool.query('select state from directory.decision')).rows
  );
  const dry = await run(t, 'dry-run', path);
  assert.equal(dry.code, 0, dry.text);
  assert.match(dry.text, /1 kết thúc, 2 cơ quan thay đổi/);
  assert.deepEqual(await drafts(), []);
  const applied = await run(t, 'apply', path);
  assert.equal(applied.code, 0, applied.text);
  assert.deepEqual(await drafts(), [{ state: 'checked' }]);
  const now = new Date('2026-07-02T12:00:00+07:00');
  assert.ok(await system.ctx.db.transaction(null, (tx) => findByCode(tx, 'H01', now)), 'nothing is signed');
});

test('bad input gets one plain line and an exit code', async (t) => {
  assert.equal((await run(t, 'dry-run', await file('bad.json', '{'))).code, 1);
  assert.equal((await run(t, 'dry-run', await file('empty.json', '{"decisions":[]}'))).code, 1);
  assert.match((await run(t, 'dry-run', join(folder, 'none.json'))).text, /Không tìm thấy tệp/);
  assert.equal((await run(t, 'import', await file('x.csv', 'a,b\n1,2\n'))).code, 2);
  assert.equal((await run(t, 'export', '--on', 'hôm nay')).code, 2);
  assert.equal((await run(t)).code, 2);
});
