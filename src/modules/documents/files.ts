import { record } from '#audit';
import { BlobDamaged, refuse, sha256Hex, type Unit } from '#kernel';
import type { FileInfo } from './contract.ts';
import { addFile, asFileInfo, fileById, filesById, type FileRow } from './fileStore.ts';
import { inspect } from './inspect.ts';
import { readableIncoming, readableOutgoing } from './policy.ts';
import { refuseDocument } from './refusals.ts';

type Sniff = (bytes: Uint8Array) => boolean;
const starts =
  (...hex: readonly string[]): Sniff =>
  (bytes) =>
    hex.some((start) => Buffer.from(bytes.subarray(0, start.length / 2)).toString('hex') === start);
const zip = starts('504b0304', '504b0506');
const ole = starts('d0cf11e0a1b11ae1');
/** A PDF may have some bytes before its header (ISO 32000-1 App. H.3.4.1). */
const pdf: Sniff = (bytes) => Buffer.from(bytes.subarray(0, 1024)).includes('%PDF-');
const text: Sniff = (bytes) => !bytes.subarray(0, 65_536).includes(0);

const kinds: Readonly<Record<string, { readonly type: string; readonly sniff: Sniff }>> = {
  pdf: { type: 'application/pdf', sniff: pdf },
  docx: { type: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', sniff: zip },
  xlsx: { type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', sniff: zip },
  pptx: { type: 'application/vnd.openxmlformats-officedocument.presentationml.presentation', sniff: zip },
  odt: { type: 'application/vnd.oasis.opendocument.text', sniff: zip },
  ods: { type: 'application/vnd.oasis.opendocument.spreadsheet', sniff: zip },
  doc: { type: 'application/msword', sniff: ole },
  xls: { type: 'application/vnd.ms-excel', sniff: ole },
  ppt: { type: 'application/vnd.ms-powerpoint', sniff: ole },
  zip: { type: 'application/zip', sniff: zip },
  png: { type: 'image/png', sniff: starts('89504e470d0a1a0a') },
  jpg: { type: 'image/jpeg', sniff: starts('ffd8ff') },
  jpeg: { type: 'image/jpeg', sniff: starts('ffd8ff') },
  tif: { type: 'image/tiff', sniff: starts('49492a00', '4d4d002a') },
  tiff: { type: 'image/tiff', sniff: starts('49492a00', '4d4d002a') },
  rtf: { type: 'application/rtf', sniff: starts('7b5c727466') },
  txt: { type: 'text/plain', sniff: text },
  csv: { type: 'text/csv', sniff: text },
  xml: { type: 'application/xml', sniff: text },
};

const extensionOf = (name: string): string => /\.([\p{L}\p{N}]{1,10})$/u.exec(name)?.[1]?.toLowerCase() ?? '';

/** A file name as it may stand on disks and in packages: Vietnamese marks stay, paths and control characters go. */
export function safeName(name: string): string {
  const last = name.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const clean = last
    .replace(/[\p{Cc}\p{Cf}<>:"|?*]/gu, '')
    .trim()
    .replace(/^\.+/, '');
  return clean === '' ? 'tep.bin' : [...clean].slice(-180).join('');
}

/** The content type that the bytes and the extension agree on; octet-stream where they do not. */
function contentTypeOf(name: string, bytes: Uint8Array): string {
  const kind = kinds[extensionOf(name)];
  if (kind?.sniff(bytes)) return kind.type;
  return pdf(bytes) && bytes.length > 8 && Buffer.from(bytes.subarray(0, 5)).toString('latin1') === '%PDF-'
    ? 'application/pdf'
    : 'application/octet-stream';
}

/**
 * Keeps bytes as a file of the organisation; PDFs are inspected at once.
 * @param ref the document it is on, or null when it waits for one
 */
export async function keepFile(
  unit: Unit,
  file: {
    readonly name: string;
    readonly bytes: Uint8Array;
    readonly ref: string | null;
    readonly role: string;
    readonly contentType?: string;
  },
): Promise<FileRow> {
  const name = safeName(file.name);
  const contentType = file.contentType ?? contentTypeOf(name, file.bytes);
  const found = contentType === 'application/pdf' ? await inspect(unit.ctx, file.bytes) : null;
  const row: FileRow = {
    id: unit.ctx.ids.uuid(),
    ref: file.ref,
    role: file.role,
    name,
    contentType,
    size: file.bytes.length,
    sha256: await unit.ctx.blobs.put(file.bytes),
    pages: found?.pages ?? null,
    signatures: found?.signatures ?? null,
    uploadedBy: unit.actor.personId ?? unit.actor.id,
    destroyedAt: null,
  };
  await addFile(unit, row);
  return row;
}

/**
 * Takes an uploaded file. Its extension must be of the list, and its first bytes of that kind.
 * @throws Refusal file-empty, file-type
 */
export async function uploadFile(unit: Unit, name: string, bytes: Uint8Array): Promise<FileInfo> {
  if (bytes.length === 0) throw refuseDocument('file-empty');
  const kind = kinds[extensionOf(safeName(name))];
  if (!kind?.sniff(bytes)) throw refuseDocument('file-type', { name });
  const row = await keepFile(unit, { name, bytes, ref: null, role: 'upload', contentType: kind.type });
  await record(unit, {
    action: 'documents.file-uploaded',
    object: `file:${row.id}`,
    detail: { name: row.name, sha256: row.sha256, size: row.size },
  });
  return asFileInfo(row);
}

/**
 * A file that the actor may read: one of a document that they may read, or their own upload.
 * @throws Refusal kernel.not-found, content-destroyed
 */
export async function readableFile(unit: Unit, id: string): Promise<FileRow> {
  const row = await fileById(unit, id);
  if (!row) throw refuse('not-found');
  const [kind, documentId] = row.ref?.split(':') ?? [];
  if (kind === 'outgoing' && documentId) await readableOutgoing(unit, documentId);
  else if (kind === 'incoming' && documentId) await readableIncoming(unit, documentId);
  else if (row.uploadedBy !== unit.actor.personId) throw refuse('not-found');
  if (row.destroyedAt !== null) throw refuseDocument('content-destroyed');
  return row;
}

/**
 * The bytes of a file, checked against their hash; reading is on record.
 * @throws Refusal kernel.not-found, content-destroyed
 */
export async function readFile(unit: Unit, id: string): Promise<{ row: FileRow; bytes: Buffer }> {
  const row = await readableFile(unit, id);
  const bytes = await bytesOf(unit, row);
  await record(unit, {
    action: 'documents.file-read',
    object: row.ref ?? `file:${row.id}`,
    detail: { file: row.id, name: row.name, sha256: row.sha256 },
  });
  return { row, bytes };
}

export async function bytesOf(unit: Unit, row: Pick<FileRow, 'sha256'>): Promise<Buffer> {
  const bytes = await unit.ctx.blobs.get(row.sha256);
  if (sha256Hex(bytes) !== row.sha256) throw new BlobDamaged(row.sha256);
  return bytes;
}

/**
 * Files that may go onto a draft: own uploads, or files already on it.
 * @throws Refusal unknown-file
 */
export async function usableFiles(unit: Unit, ids: readonly string[], ref: string): Promise<FileRow[]> {
  const rows = await filesById(unit, ids);
  const usable = rows.filter(
    (row) => row.ref === ref || (row.ref === null && row.uploadedBy === unit.actor.personId),
  );
  if (usable.length !== new Set(ids).size) throw refuseDocument('unknown-file');
  return usable;
}
