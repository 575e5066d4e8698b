import { sql } from 'kysely';
import type { Unit } from '#kernel';
import type { FileInfo, SignatureSummary } from './contract.ts';

type Bound = Pick<Unit, 'tx' | 'org'>;

/** A blob with a name, on one document. */
export interface FileRow {
  readonly id: string;
  readonly ref: string | null;
  readonly role: string;
  readonly name: string;
  readonly contentType: string;
  readonly size: number;
  readonly sha256: string;
  readonly pages: number | null;
  readonly signatures: SignatureSummary | null;
  readonly uploadedBy: string;
  readonly destroyedAt: Date | null;
}

const columns = sql`id, ref, role, name, content_type as "contentType", size, sha256, pages, signatures,
  uploaded_by as "uploadedBy", destroyed_at as "destroyedAt"`;

export async function addFile(
  { tx, org, now }: Pick<Unit, 'tx' | 'org' | 'now'>,
  file: Omit<FileRow, 'destroyedAt'>,
): Promise<void> {
  await sql`insert into documents.file (org_id, id, ref, role, name, content_type, size, sha256, pages, signatures,
      uploaded_by, at)
    values (${org}, ${file.id}, ${file.ref}, ${file.role}, ${file.name}, ${file.contentType}, ${file.size},
      ${file.sha256}, ${file.pages}, ${file.signatures === null ? null : JSON.stringify(file.signatures)},
      ${file.uploadedBy}, ${now})`.execute(tx);
}

export async function fileById({ tx, org }: Bound, id: string): Promise<FileRow | null> {
  const found = await sql<FileRow>`select ${columns} from documents.file
    where org_id = ${org} and id = ${id}`.execute(tx);
  return found.rows[0] ?? null;
}

/** In the order asked for; unknown ids are left out. */
export async function filesById({ tx, org }: Bound, ids: readonly string[]): Promise<FileRow[]> {
  if (ids.length === 0) return [];
  const found = await sql<FileRow>`select ${columns} from documents.file
    where org_id = ${org} and id = any(${ids}::uuid[])`.execute(tx);
  const known = new Map(found.rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => known.get(id) ?? []);
}

/** Puts uploaded files on a document; a file that is on another document stays there. */
export async function attachFiles(
  { tx, org }: Bound,
  ids: readonly string[],
  ref: string,
  role: string,
): Promise<void> {
  if (ids.length === 0) return;
  await sql`update documents.file set ref = ${ref}, role = ${role}
    where org_id = ${org} and id = any(${ids}::uuid[]) and ref is null`.execute(tx);
}

/** The content is no longer given out; the row stays as evidence of what was there. */
export async function destroyFiles(
  { tx, org, now }: Pick<Unit, 'tx' | 'org' | 'now'>,
  ref: string,
): Promise<void> {
  await sql`update documents.file set destroyed_at = ${now}
    where org_id = ${org} and ref = ${ref} and destroyed_at is null`.execute(tx);
}

export function asFileInfo(row: FileRow): FileInfo {
  return {
    id: row.id,
    name: row.name,
    contentType: row.contentType,
    size: row.size,
    sha256: row.sha256,
    pages: row.pages,
    signatures: row.signatures,
  };
}
