import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, mock, test } from 'node:test';
import { auditModule } from '#audit';
import { axisModule } from '#axis';
import { addOrganisations, directoryModule } from '#directory';
import { testAgency } from '../../test/crash/agency.ts';
import { testSystem, type TestSystem } from '../../test/support/system.ts';
import { axisCommand } from './axis.ts';

let system: TestSystem;
let folder: string;
before(async () => {
  system = await testSystem([directoryModule, auditModule, axisModule]);
  folder = await mkdtemp(join(tmpdir(), 'phigiay-cli-'));
  const entry = { code: 'H99', code102: '000.00.00.H99', name: 'Sở Thử nghiệm', parentCode102: null };
  await system.ctx.db.transaction(null, (tx) =>
    addOrganisations(tx, [entry], '2020-01-01', system.ctx.clock.now()),
  );
});
after(async () => {
  await system.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(...args: string[]): Promise<{ code: number; printed: string }> {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const out = mock.method(console, 'log', print);
  const err = mock.method(console, 'error', print);
  try {
    return { code: await axisCommand(args, () => Promise.resolve(system.ctx)), printed: lines.join('\n') };
  } finally {
    out.mock.restore();
    err.mock.restore();
  }
}

test('an operator connects a system and a member, and sees them; mistakes are told in plain words', async () => {
  const secret = ['--secret', 'a-secret-for-tests'];
  assert.equal((await run('add-system', '--id', 'vxp.test.01', ...secret, '--org', '000.00.00.H99')).code, 0);
  const unknown = await run('add-system', '--id', 'vxp.test.01', ...secret, '--org', 'Z01');
  assert.equal(unknown.code, 1);
  assert.match(unknown.printed, /Không có cơ quan nào mang mã Z01/);
  assert.equal((await run('add-system', '--id', 'x')).code, 2);
  const certificate = join(folder, 'member.pem');
  await writeFile(certificate, testAgency('H99').certificatePem);
  assert.equal((await run('add-member', '--org', 'h99', '--cert', certificate)).code, 0);
  assert.equal((await run('add-member', '--org', 'H99', '--cert', join(folder, 'none'))).code, 1);
  await writeFile(certificate, 'không phải chứng thư');
  assert.equal((await run('add-member', '--org', 'H99', '--cert', certificate)).code, 1);
  const listed = await run('systems');
  assert.equal(listed.code, 0);
  assert.match(listed.printed, /vxp\.test\.01[^]*H99 Sở Thử nghiệm[^]*keyid/);
  assert.ok(!listed.printed.includes('a-secret-for-tests'));
  assert.equal((await run('nothing')).code, 2);
});
