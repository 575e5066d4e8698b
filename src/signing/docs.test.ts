import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createPdf, deflated, dict, name } from '#formats/pdf';

const folder = mkdtempSync(join(tmpdir(), 'phigiay-docs-'));
after(() => rmSync(folder, { recursive: true }));

/** A page as any editor exports it. */
function plainPage(): Uint8Array {
  const writer = createPdf();
  const [catalog, tree] = [writer.allocate(), writer.allocate()];
  const page = writer.addObject(
    dict({
      Type: name('Page'),
      Parent: tree,
      MediaBox: [0, 0, 595, 842],
      Contents: writer.addObject(deflated('')),
    }),
  );
  writer.setObject(tree, dict({ Type: name('Pages'), Kids: [page], Count: 1 }));
  writer.setObject(catalog, dict({ Type: name('Catalog'), Pages: tree }));
  writer.setTrailer({ Root: catalog });
  return writer.finish().bytes;
}

test('the example of docs/signing.md runs as it stands, by the public names of the package', () => {
  const page = readFileSync(new URL('../../docs/signing.md', import.meta.url), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(page)?.[1];
  assert.ok(example);
  const pdf = join(folder, 'trang.pdf');
  writeFileSync(pdf, plainPage());
  const said = execFileSync(process.execPath, ['--input-type=module-typescript', '-e', example], {
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, PDF: pdf },
    encoding: 'utf8',
  });
  assert.match(said, /^B-LTA TOTAL-PASSED\nHỢP LỆ\n/);
  assert.match(said, /Mười năm nữa vẫn kiểm tra được từ chính tệp này/);
});
