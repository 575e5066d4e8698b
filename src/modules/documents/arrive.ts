import { findByCode } from '#directory';
import { readPackage } from '#exchange';
import { foldText, type RecordedEvent, type Unit } from '#kernel';
import { keepFile } from './files.ts';
import type { FileRow } from './fileStore.ts';
import { happenIncoming } from './happen.ts';
import type { Incoming, IncomingFacts } from './incoming.ts';
import { factsOfPackage, type PackageFacts } from './packageFacts.ts';
import { requestRecall } from './recallIncoming.ts';
import { incomingByDocumentId, incomingLookalikes, incomingOfInbox, outgoingAnswered } from './store.ts';

/** The worst verdict of the PDFs of a document is the document's. */
const worst = ['invalid', 'unreadable', 'indeterminate', 'valid', 'unsigned'] as const;

export function verdictOf(files: readonly Pick<FileRow, 'signatures'>[]): IncomingFacts['signatureVerdict'] {
  const verdicts = files.flatMap((file) => file.signatures?.verdict ?? []);
  // A letter that is signed, with an appendix that is not, is signed.
  return worst.find((one) => verdicts.includes(one)) ?? 'unsigned';
}

type Issuer = Pick<IncomingFacts, 'issuerCode' | 'issuerName'>;

/** Whether two issuers are one body, by the directory; without codes (paper), by their names. */
async function sameIssuer(unit: Unit, one: Issuer, other: Issuer): Promise<boolean> {
  const [a, b] = [one.issuerCode.trim(), other.issuerCode.trim()];
  if (a === '' || b === '') return foldText(one.issuerName) === foldText(other.issuerName);
  if (a.toLowerCase() === b.toLowerCase()) return true;
  const [first, second] = [await findByCode(unit.tx, a, unit.now), await findByCode(unit.tx, b, unit.now)];
  return first !== null && first.id === second?.id;
}

/**
 * Look-alikes already here: the same issuer, notation and date; or the same DocumentId with other bytes
 * (Decree 30/2020 App. VI I.1). Those that were refused or taken back do not count.
 */
export async function duplicatesOf(
  unit: Unit,
  facts: Issuer & Pick<IncomingFacts, 'notation' | 'promulgationDate' | 'documentId' | 'envelope'>,
): Promise<IncomingFacts['duplicates']> {
  const gone = new Set(['refused', 'recalled-by-sender']);
  const found = new Map<string, IncomingFacts['duplicates'][number]>();
  for (const other of await incomingLookalikes(unit, facts.notation, facts.promulgationDate)) {
    if (!gone.has(other.state) && (await sameIssuer(unit, other.facts, facts)))
      found.set(other.id, { id: other.id, kind: 'same-document' });
  }
  if (facts.documentId !== null) {
    for (const other of await incomingByDocumentId(unit, facts.documentId)) {
      if (!gone.has(other.state) && other.facts.envelope !== facts.envelope)
        found.set(other.id, { id: other.id, kind: 'same-id-other-content' });
    }
  }
  return [...found.values()];
}

/** The document that an update or replacement speaks of, whatever became of it. */
async function updatedDocument(unit: Unit, facts: PackageFacts): Promise<string | null> {
  if (facts.business === 'new' || facts.business === 'recall') return null;
  for (const documentId of [...facts.changedDocumentIds, facts.documentId ?? '']) {
    if (documentId === '') continue;
    for (const candidate of await incomingByDocumentId(unit, documentId)) {
      if (await sameIssuer(unit, candidate.facts, facts)) return candidate.id;
    }
  }
  return null;
}

/**
 * `exchange.package-arrived`: an arrived document with its fields out of the package, in the transaction in which
 * the exchange stores it: once for each envelope (S1.2). Any package gives a document for the clerk to judge.
 */
export async function onPackageArrived(unit: Unit, event: RecordedEvent): Promise<void> {
  const arrived = event.payload as {
    inboxId: string;
    envelope: string;
    fromCode: string;
    documentId: string | null;
    acceptedAt: string | null;
    logIndex: number | null;
  };
  if (await incomingOfInbox(unit, arrived.inboxId, arrived.envelope)) return;
  const read = factsOfPackage(await readPackage(unit, arrived.inboxId), arrived.fromCode);
  if (read.business === 'recall') {
    await recallByPackage(unit, read);
    return;
  }
  const id = unit.ctx.ids.uuid();
  const files: FileRow[] = [];
  for (const attachment of read.attachments) {
    files.push(
      await keepFile(unit, {
        name: attachment.name,
        bytes: attachment.bytes,
        ref: `incoming:${id}`,
        role: 'received',
      }),
    );
  }
  await happenIncoming(unit, null, id, {
    type: 'arrived',
    facts: await arrivedFacts(unit, arrived, read, files),
  });
}

async function arrivedFacts(
  unit: Unit,
  arrived: { inboxId: string; envelope: string; acceptedAt: string | null; logIndex: number | null },
  read: PackageFacts,
  files: readonly FileRow[],
): Promise<IncomingFacts> {
  const updates = await updatedDocument(unit, read);
  const responseFor: IncomingFacts['responseFor'][number][] = [];
  for (const answered of read.responseFor) {
    const outgoingId = await outgoingAnswered(unit, answered);
    responseFor.push({ notation: answered.notation, documentId: answered.documentId, outgoingId });
  }
  const {
    attachments: _attachments,
    changedDocumentIds: _changed,
    responseFor: _responseFor,
    business,
    ...plain
  } = read;
  const facts = {
    ...plain,
    source: 'axis',
    inboxId: arrived.inboxId,
    envelope: arrived.envelope,
    acceptedAt: arrived.acceptedAt,
    logIndex: arrived.logIndex,
    business: business === 'recall' ? 'new' : business,
    updates,
    responseFor,
    files: files.map((file) => file.id),
    signatureVerdict: verdictOf(files),
  } as const;
  const duplicates = await duplicatesOf(unit, facts);
  return { ...facts, duplicates: duplicates.filter((one) => one.id !== updates) };
}

/** Some senders take a document back by a package (BussinessDocType 1) instead of a status 13. */
async function recallByPackage(unit: Unit, read: PackageFacts): Promise<void> {
  const targets: Incoming[] = [];
  for (const documentId of new Set([...read.changedDocumentIds, read.documentId ?? ''])) {
    if (documentId === '') continue;
    for (const candidate of await incomingByDocumentId(unit, documentId))
      if (await sameIssuer(unit, candidate.facts, read)) targets.push(candidate);
  }
  for (const target of targets)
    await requestRecall(unit, target, read.businessReason ?? 'Nơi gửi thu hồi văn bản');
}
