import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directoryModule } from '#directory';
import { migrate, pendingMigrations } from '#kernel';
import { testSystem } from '../../test/support/system.ts';

test('what has not run yet is told without running it', async () => {
  const system = await testSystem([]);
  try {
    const wanted = [directoryModule.migrations!];
    const pending = await pendingMigrations(system.ownerUrl, wanted);
    assert.ok(pending.includes('directory/0001_directory.sql'));
    assert.deepEqual(await pendingMigrations(system.ownerUrl, wanted), pending, 'asking changes nothing');
    assert.deepEqual(await migrate(system.ownerUrl, wanted), pending);
    assert.deepEqual(await pendingMigrations(system.ownerUrl, wanted), []);
  } finally {
    await system.close();
  }
});
