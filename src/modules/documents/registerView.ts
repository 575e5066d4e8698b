import { refuse, vietnamDate, type Unit } from '#kernel';
import { z } from 'zod';
import type { registerQuery, registerRow } from './contract.ts';
import type { Incoming } from './incoming.ts';
import { listIncoming, listOutgoing } from './listStore.ts';
import { allocationsOf, type AllocationRow } from './numberStore.ts';
import type { Outgoing } from './outgoing.ts';
import { requireRole } from './policy.ts';
import { loadIncomings, loadOutgoings } from './store.ts';
import { incomingStateNames } from './texts.ts';

type Row = z.infer<typeof registerRow>;
const cursorShape = z.coerce.number().int().min(0);

/**
 * A page of a register in order of its numbers, with the columns of Decree 30/2020 App. IV; void numbers stand in
 * their place, struck through (S2.8).
 */
export async function registerPage(
  unit: Unit,
  query: z.infer<typeof registerQuery>,
): Promise<{ items: Row[]; next: string | null }> {
  requireRole(unit.actor, 'clerk', 'leader', 'admin');
  const after = cursorShape.safeParse(query.cursor ?? '0');
  if (!after.success) throw refuse('invalid-input', { field: 'cursor', reason: 'không hợp lệ' });
  const rows = await allocationsOf(unit, {
    register: query.register ?? (query.kind === 'outgoing' ? 'VBDI' : 'VBDEN'),
    kind: query.kind,
    year: query.year,
    after: after.data,
    limit: query.limit + 1,
    only: await matching(unit, query),
  });
  const shown = rows.slice(0, query.limit);
  const ids = shown.map((row) => row.documentId);
  const items =
    query.kind === 'outgoing'
      ? joined(shown, await loadOutgoings(unit, ids), outgoingLine)
      : joined(shown, await loadIncomings(unit, ids), incomingLine);
  return { items, next: rows.length > query.limit ? String(shown.at(-1)!.value) : null };
}

async function matching(unit: Unit, query: z.infer<typeof registerQuery>): Promise<string[] | null> {
  if (query.text === undefined || query.text.trim() === '') return null;
  const request = {
    states: null,
    text: query.text,
    subjects: null,
    holders: null,
    order: 'newest',
    cursor: undefined,
    limit: 2_000,
  } as const;
  const found = await (query.kind === 'outgoing' ? listOutgoing : listIncoming)(unit, request);
  return found.docs.map((doc) => doc.id);
}

function joined<Doc extends { readonly id: string }>(
  rows: readonly AllocationRow[],
  docs: readonly Doc[],
  line: (row: AllocationRow, doc: Doc) => Omit<Row, 'number' | 'state' | 'documentId' | 'voided'>,
): Row[] {
  const known = new Map(docs.map((doc) => [doc.id, doc]));
  return rows.flatMap((row) => {
    const doc = known.get(row.documentId);
    return doc
      ? [
          {
            number: row.value,
            state: row.state,
            documentId: row.documentId,
            voided: row.voided,
            ...line(row, doc),
          },
        ]
      : [];
  });
}

function outgoingLine(row: AllocationRow, doc: Outgoing): ReturnType<typeof incomingLine> {
  return {
    date: doc.promulgationDate ?? vietnamDate(row.at),
    notation: doc.notation ?? '',
    promulgationDate: doc.promulgationDate,
    typeName: doc.content.typeName,
    abstract: doc.content.abstract,
    author: doc.content.signer.name,
    receivers: doc.content.recipientSummary || doc.content.recipientLines.join('; '),
    keptBy: doc.unit?.name ?? 'Văn thư',
    sentAt: doc.sentAt,
    note: doc.state === 'recalled' ? 'Đã thu hồi' : '',
  };
}

function incomingLine(
  row: AllocationRow,
  doc: Incoming,
): Omit<Row, 'number' | 'state' | 'documentId' | 'voided'> {
  return {
    date: vietnamDate(row.at),
    notation: doc.facts.notation,
    promulgationDate: doc.facts.promulgationDate,
    typeName: doc.typeName,
    abstract: doc.abstract,
    author: doc.facts.issuerName,
    receivers: doc.holder?.label ?? '',
    keptBy: 'Văn thư',
    sentAt: doc.forwardedAt,
    note: doc.state === 'recalled-by-sender' ? incomingStateNames[doc.state] : '',
  };
}
