import { crc32, deflateRawSync } from 'node:zlib';
import { ZipError } from './errors.ts';

/** Deflate with a data descriptor (bit 3) and a UTF-8 name (bit 11): what `java.util.zip` writes. */
const flags = 0x0808;
/** 1 January 1980, the first day that the format knows: the same file always gives the same archive. */
const firstDay = 0x0021;

/**
 * An archive of one deflated file, in the shape that the official edXML writer makes.
 * @param name a plain file name
 * @throws ZipError `bad-name` for an empty or over-long name or one with path parts, `too-large` beyond 4 GiB
 */
export function zipSingle(name: string, bytes: Uint8Array): Uint8Array {
  const rawName = Buffer.from(name, 'utf8');
  if (rawName.length === 0 || rawName.length > 255 || /[/\\\0]/.test(name) || name === '..')
    throw new ZipError('bad-name', JSON.stringify(name));
  if (bytes.length >= 0xffffffff) throw new ZipError('too-large', `${bytes.length} bytes`);
  const data = deflateRawSync(bytes);
  const sum = crc32(bytes);

  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(flags, 6);
  local.writeUInt16LE(8, 8);
  local.writeUInt16LE(firstDay, 12);
  local.writeUInt16LE(rawName.length, 26);

  const descriptor = Buffer.alloc(16);
  descriptor.writeUInt32LE(0x08074b50, 0);
  descriptor.writeUInt32LE(sum, 4);
  descriptor.writeUInt32LE(data.length, 8);
  descriptor.writeUInt32LE(bytes.length, 12);

  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(20, 4);
  central.writeUInt16LE(20, 6);
  central.writeUInt16LE(flags, 8);
  central.writeUInt16LE(8, 10);
  central.writeUInt16LE(firstDay, 14);
  central.writeUInt32LE(sum, 16);
  central.writeUInt32LE(data.length, 20);
  central.writeUInt32LE(bytes.length, 24);
  central.writeUInt16LE(rawName.length, 28);

  const directory = local.length + rawName.length + data.length + descriptor.length;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length + rawName.length, 12);
  end.writeUInt32LE(directory, 16);
  return Buffer.concat([local, rawName, data, descriptor, central, rawName, end]);
}
