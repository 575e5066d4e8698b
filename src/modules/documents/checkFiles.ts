import { entriesInOrder } from '#audit';
import { packagedFiles } from '#exchange';
import {
  finding,
  systemActor,
  unitOfWork,
  vietnamIso,
  type BlobUse,
  type Context,
  type Finding,
  type OrgId,
  type Unit,
} from '#kernel';
import { documentNames } from './checkNames.ts';
import {
  allFiles,
  filesWithoutRow,
  packagedDocuments,
  type CheckedFile,
  type PackagedDocument,
} from './checkStore.ts';

type Named = ReturnType<typeof documentNames>;
const pageSize = 2_000;

export const asChecker = (
  ctx: Context,
  org: OrgId,
): (<T>(work: (unit: Unit) => Promise<T>) => Promise<T>) => {
  const who = { org, actor: systemActor(org) };
  return (work) => unitOfWork(ctx, who, work);
};

/** What the audit says of a file: the hash with which it was taken or read, and when last. */
interface Witnessed {
  readonly sha256: string;
  readonly name: string;
  readonly at: Date;
}

async function witnessedFiles(ctx: Context, org: OrgId): Promise<ReadonlyMap<string, Witnessed>> {
  const known = new Map<string, Witnessed>();
  const actions = ['documents.file-uploaded', 'documents.file-read'];
  for (let after = 0; ;) {
    const from = after;
    const page = await asChecker(
      ctx,
      org,
    )((unit) => entriesInOrder(unit, { actions, after: from, limit: pageSize }));
    for (const { object, detail, at } of page) {
      const id = detail['file'] ?? object.replace(/^file:/, '');
      const { sha256, name } = detail;
      if (typeof id !== 'string' || typeof sha256 !== 'string') continue;
      const before = known.get(id);
      // The first hash stands: a later reading of other bytes is what is looked for.
      if (!before || before.sha256 === sha256) known.set(id, { sha256, name: String(name ?? ''), at });
    }
    if (page.length < pageSize) return known;
    after = page.at(-1)!.id;
  }
}

async function fileName(
  unit: Unit,
  names: Named,
  file: { name: string; ref: string | null },
): Promise<string> {
  return file.ref === null
    ? `tệp "${file.name}" chưa gắn vào văn bản`
    : `tệp "${file.name}" của ${(await names(unit, file.ref)).text}`;
}

/** The blobs of the files, for the check of the store. */
export async function* blobsInUse(ctx: Context, org: OrgId): AsyncGenerator<BlobUse> {
  const names = documentNames();
  const witnessed = await witnessedFiles(ctx, org);
  for await (const file of allFiles(ctx, org)) {
    const read = witnessed.get(file.id);
    const lastGood = vietnamIso(read?.sha256 === file.sha256 ? read.at : file.at);
    const object = await asChecker(ctx, org)((unit) => fileName(unit, names, file));
    yield { hash: file.sha256, object, lastGood };
  }
}

/**
 * Checks the rows of files: against the record (a file that is spoken of must be there, and no other), against the
 * hashes in the audit, and against the packages in which they came or left, so that a file swapped together with its
 * row is found (S8.1).
 */
export async function* checkFiles(ctx: Context, org: OrgId): AsyncGenerator<Finding> {
  const names = documentNames();
  const run = asChecker(ctx, org);
  const witnessed = await witnessedFiles(ctx, org);
  for (const { id, stream, at } of await run(filesWithoutRow)) {
    const seen = witnessed.get(id);
    const document = await run((unit) => names(unit, stream));
    const name = seen ? `"${seen.name}"` : await nameFromPackage(ctx, org, stream);
    yield finding(
      'missing',
      `tệp ${name} của ${document.text}`,
      'lịch sử có ghi mà dòng không còn',
      vietnamIso(seen && seen.at > at ? seen.at : at),
    );
  }
  const swapped = new Set<string>();
  for await (const document of packagedDocuments(ctx, org))
    yield* checkPackage(ctx, org, document, names, swapped);
  for await (const file of allFiles(ctx, org)) {
    if (!swapped.has(file.id))
      yield* await run((unit) => checkFile(unit, file, witnessed.get(file.id), names));
  }
}

async function checkFile(
  unit: Unit,
  file: CheckedFile,
  seen: Witnessed | undefined,
  names: Named,
): Promise<readonly Finding[]> {
  const object = await fileName(unit, names, file);
  const found: Finding[] = [];
  if (!file.onRecord) found.push(finding('extra', object, 'lịch sử văn bản không nói tới tệp này'));
  if (seen && seen.sha256 !== file.sha256)
    found.push(
      finding(
        'swapped',
        object,
        'nội dung khác với lần ghi nhận trong nhật ký truy cập',
        vietnamIso(seen.at),
      ),
    );
  return found;
}

/** The names in the package from which a row is missing; a file that nobody opened has no other witness. */
async function nameFromPackage(ctx: Context, org: OrgId, stream: string): Promise<string> {
  for await (const document of packagedDocuments(ctx, org)) {
    if (document.stream !== stream) continue;
    const packed = await filesOf(ctx, org, document);
    const gone = packed?.filter((one) => !document.files.some((file) => file.sha256 === one.sha256)) ?? [];
    if (gone.length > 0) return gone.map(({ name }) => `"${name}"`).join(', ');
  }
  return '(không rõ tên)';
}

const filesOf = (
  ctx: Context,
  org: OrgId,
  { inboxId, outboxId }: PackagedDocument,
): ReturnType<typeof packagedFiles> =>
  asChecker(
    ctx,
    org,
  )((unit) => packagedFiles(unit, inboxId === null ? { outboxId: outboxId! } : { inboxId }));

async function* checkPackage(
  ctx: Context,
  org: OrgId,
  document: PackagedDocument,
  names: Named,
  swapped: Set<string>,
): AsyncGenerator<Finding> {
  const packed = await filesOf(ctx, org, document);
  if (!packed) return;
  const run = asChecker(ctx, org);
  const lastGood = vietnamIso(document.at);
  const inPackage = new Set(packed.map(({ sha256 }) => sha256));
  if (document.inboxId !== null) {
    for (const file of document.files) {
      if (inPackage.has(file.sha256)) continue;
      swapped.add(file.id);
      const object = await run((unit) => fileName(unit, names, { ...file, ref: document.stream }));
      yield finding('swapped', object, 'khác với tệp trong gói tin đã nhận', lastGood);
    }
    return;
  }
  const kept = new Set(document.files.map(({ sha256 }) => sha256));
  for (const one of packed) {
    if (kept.has(one.sha256)) continue;
    for (const file of document.files) if (file.name === one.name) swapped.add(file.id);
    const object = await run((unit) => fileName(unit, names, { name: one.name, ref: document.stream }));
    yield finding('swapped', object, 'tệp trong kho không phải tệp đã gửi đi', lastGood);
  }
}
