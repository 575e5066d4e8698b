import { once } from 'node:events';
import { ZipFile } from 'yazl';
import { ZipError } from './errors.ts';

/** A file of an archive that is written. */
export interface ZipSource {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Not deflated. */
  readonly stored?: boolean;
}

/**
 * An archive of files in the order given, without extra fields, the same bytes for the same files.
 * @throws ZipError `bad-name` for a name that is empty, absolute, doubled, or leads out of the archive
 */
export async function zipFiles(files: readonly ZipSource[]): Promise<Uint8Array> {
  const zip = new ZipFile();
  const names = new Set<string>();
  for (const { name, bytes, stored = false } of files) {
    const key = name.normalize('NFC').toLowerCase();
    if (
      names.has(key) ||
      /^[/\\]|\\|\0|^[a-z]:/i.test(name) ||
      name.split('/').some((part) => /^(?:|\.|\.\.)$/.test(part))
    )
      throw new ZipError('bad-name', JSON.stringify(name));
    names.add(key);
    zip.addBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), name, {
      compress: !stored,
      mtime: new Date(1980, 0, 1),
      forceDosTimestamp: true,
    });
  }
  zip.end();
  const chunks: Buffer[] = [];
  zip.outputStream.on('data', (chunk: Buffer) => void chunks.push(chunk));
  await once(zip.outputStream, 'end');
  return Buffer.concat(chunks);
}
