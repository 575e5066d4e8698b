import type { SignaturePlace } from './reserve.ts';
import type { CopyForm, Holder } from './contract.ts';
import { nextOutgoing, statusOrder, type OutgoingState, type OutgoingStep } from './states.ts';

/** A person as the record keeps them: the name and post of that moment. */
export interface PersonRef {
  readonly id: string;
  readonly name: string;
  readonly post?: string | undefined;
}

/** What a drafter writes; each saving of it is a version. */
export interface DraftContent {
  readonly typeCode: string;
  readonly typeName: string;
  readonly abstract: string;
  readonly recipients: readonly string[];
  readonly recipientLines: readonly string[];
  readonly recipientSummary: string;
  readonly urgency: number;
  readonly dueDate: string | null;
  readonly body: string;
  readonly fileId: string | null;
  readonly attachments: readonly string[];
  readonly replyTo: string | null;
  readonly signer: PersonRef;
  readonly capacity: '' | 'TM.' | 'KT.' | 'TL.' | 'TUQ.' | 'Q.';
  readonly signerPost: string;
  readonly alsoPaper: boolean;
  /** Chosen on an uploaded PDF; missing where the decree's own place is taken. */
  readonly signaturePlace?: SignaturePlace;
}

/** An outgoing document as the replay of its events gives it. */
export interface Outgoing {
  readonly id: string;
  readonly state: OutgoingState;
  readonly version: number;
  readonly content: DraftContent;
  readonly drafter: PersonRef;
  readonly unit: { readonly id: string; readonly name: string; readonly abbreviation: string } | null;
  readonly reviewer: PersonRef | null;
  /** The letter: as submitted, then signed, then sealed; each is a file of its own. */
  readonly mainFile: string | null;
  readonly register: string | null;
  readonly year: number | null;
  readonly number: number | null;
  readonly notation: string | null;
  readonly promulgationDate: string | null;
  readonly documentId: string | null;
  readonly signedAt: string | null;
  readonly sealedAt: string | null;
  readonly issuedAt: string | null;
  readonly sentAt: string | null;
  readonly undoUntil: string | null;
  readonly attention: 'refused' | 'recall-declined' | null;
  readonly recallReason: string | null;
  readonly voided: {
    readonly reason: string;
    readonly at: string;
    readonly by: PersonRef;
    readonly authoriser: PersonRef;
  } | null;
  readonly holder: Holder | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What happened to an outgoing document, as it stands in the record under `documents.<type>`. */
export type OutgoingEvent =
  | {
      type: 'draft-created';
      content: DraftContent;
      drafter: PersonRef;
      unit: Outgoing['unit'];
    }
  | { type: 'draft-edited'; content: DraftContent; version: number }
  | { type: 'submitted'; reviewer: PersonRef; note: string; fileId: string; initialled?: boolean }
  | { type: 'reviewed'; opinion: string }
  /** `fileId` when the reviewer put the unit's initials. */
  | { type: 'approved'; opinion: string; fileId?: string }
  | { type: 'returned'; reason: string }
  /** `authority`: by which post or decision the signer was empowered. */
  | { type: 'signed'; fileId: string; signedAt: string; authority?: string }
  | {
      type: 'numbered';
      register: string;
      year: number;
      value: number;
      notation: string;
      date: string;
      documentId: string;
    }
  /** `attachments`: the list as it stands after annexes were signed, each signed one in the place of its original. */
  | { type: 'sealed'; fileId: string; sealedAt: string; attachments?: string[] }
  | { type: 'issued'; dispatchId: string; leavesAt: string }
  | { type: 'undone'; dispatchId: string }
  | { type: 'sent-now'; dispatchId: string }
  | { type: 'resent'; dispatchId: string; reason: string; attachments: string[]; recipients: string[] }
  | { type: 'dispatched'; dispatchId: string; acceptedAt: string; logIndex: number | null }
  | {
      type: 'status-received';
      recipient: string;
      statusCode: string;
      description: string;
      statusAt: string;
      /** Whether it moved the receiver's line; a late one is evidence only. */
      moved: boolean;
    }
  | { type: 'acknowledged' }
  | { type: 'recalled'; reason: string; recipients: string[] }
  | { type: 'recall-settled'; outcome: 'recalled' | 'kept' }
  | {
      type: 'copied';
      copyId: string;
      fileId: string;
      form: CopyForm;
      notation: string;
      authoriser: PersonRef;
    }
  | { type: 'voided'; reason: string; by: PersonRef; authoriser: PersonRef };

/** The step in the transition table that each event takes. */
const stepOfOutgoingEvent = {
  'draft-edited': 'edit',
  submitted: 'submit',
  reviewed: 'review',
  approved: 'approve',
  returned: 'return',
  signed: 'sign',
  numbered: 'number',
  sealed: 'seal',
  issued: 'issue',
  undone: 'undo',
  'sent-now': 'send-now',
  resent: 'resend',
  dispatched: 'dispatch',
  'status-received': 'receive-status',
  acknowledged: 'acknowledge',
  recalled: 'recall',
  voided: 'void',
  copied: 'copy',
} as const satisfies Partial<Record<OutgoingEvent['type'], OutgoingStep>>;

const clerks: Holder = { kind: 'role', id: 'clerk', label: 'Văn thư' };
const asHolder = (person: PersonRef): Holder => ({ kind: 'person', id: person.id, label: person.name });

/**
 * Who must act next: exactly one holder while the document is on somebody's desk, none once it is out of the house
 * and nothing came back (lesson L2).
 */
function holderOfOutgoing(doc: Omit<Outgoing, 'holder'>): Holder | null {
  switch (doc.state) {
    case 'drafting':
    case 'returned':
      return asHolder(doc.drafter);
    case 'in-review':
      return doc.reviewer ? asHolder(doc.reviewer) : null;
    case 'approved':
      return asHolder(doc.content.signer);
    case 'leader-signed':
    case 'numbered':
    case 'sealed':
    case 'issued':
    case 'recalling':
      return clerks;
    case 'dispatched':
    case 'acknowledged':
      return doc.attention === null ? null : clerks;
    case 'recalled':
    case 'void':
      return null;
  }
}

/** The first state of a document. */
function created(
  id: string,
  event: Extract<OutgoingEvent, { type: 'draft-created' }>,
  at: string,
): Omit<Outgoing, 'holder'> {
  return {
    id,
    state: 'drafting',
    version: 1,
    content: event.content,
    drafter: event.drafter,
    unit: event.unit,
    reviewer: null,
    mainFile: null,
    register: null,
    year: null,
    number: null,
    notation: null,
    promulgationDate: null,
    documentId: null,
    signedAt: null,
    sealedAt: null,
    issuedAt: null,
    sentAt: null,
    undoUntil: null,
    attention: null,
    recallReason: null,
    voided: null,
    createdAt: at,
    updatedAt: at,
  };
}

function changes(doc: Outgoing, event: OutgoingEvent, at: string): Partial<Outgoing> {
  switch (event.type) {
    case 'draft-created':
      return {};
    case 'draft-edited':
      return { content: event.content, version: event.version };
    case 'submitted':
      return { reviewer: event.reviewer, mainFile: event.fileId };
    case 'returned':
      return { mainFile: null, signedAt: null };
    case 'signed':
      return { mainFile: event.fileId, signedAt: event.signedAt };
    case 'numbered':
      return {
        register: event.register,
        year: event.year,
        number: event.value,
        notation: event.notation,
        promulgationDate: event.date,
        documentId: event.documentId,
      };
    case 'sealed':
      return {
        mainFile: event.fileId,
        sealedAt: event.sealedAt,
        ...(event.attachments === undefined
          ? {}
          : { content: { ...doc.content, attachments: event.attachments } }),
      };
    case 'issued':
      return { issuedAt: at, undoUntil: event.leavesAt };
    case 'undone':
      return { issuedAt: null, undoUntil: null };
    case 'sent-now':
      return { undoUntil: at };
    case 'resent':
      return {
        attention: null,
        content: { ...doc.content, attachments: [...doc.content.attachments, ...event.attachments] },
      };
    case 'dispatched':
      return { sentAt: doc.sentAt ?? event.acceptedAt, undoUntil: null };
    case 'status-received':
      return event.statusCode === '02' && event.moved && doc.state !== 'recalled'
        ? { attention: 'refused' }
        : {};
    case 'recalled':
      return { recallReason: event.reason, attention: null };
    case 'recall-settled':
      return event.outcome === 'kept' ? { attention: 'recall-declined' } : { attention: null };
    case 'voided':
      return {
        voided: { reason: event.reason, at, by: event.by, authoriser: event.authoriser },
      };
    case 'approved':
      return event.fileId === undefined ? {} : { mainFile: event.fileId };
    case 'reviewed':
    case 'copied':
    case 'acknowledged':
      return {};
  }
}

/**
 * The document after the event.
 * @throws Error when the event is not legal in the document's state: the record itself would be wrong.
 */
export function evolveOutgoing(
  doc: Outgoing | null,
  event: OutgoingEvent,
  context: { readonly id: string; readonly at: string },
): Outgoing {
  if (event.type === 'draft-created') {
    const first = created(context.id, event, context.at);
    return { ...first, holder: holderOfOutgoing(first) };
  }
  if (doc === null) throw new Error(`outgoing ${context.id}: ${event.type} before draft-created`);
  const step: OutgoingStep =
    event.type === 'recall-settled'
      ? event.outcome === 'recalled'
        ? 'settle-recalled'
        : 'settle-kept'
      : stepOfOutgoingEvent[event.type];
  const state = nextOutgoing(doc.state, step);
  if (state === undefined) throw new Error(`outgoing ${context.id}: ${event.type} in state ${doc.state}`);
  const after = { ...doc, ...changes(doc, event, context.at), state, updatedAt: context.at };
  return { ...after, holder: holderOfOutgoing(after) };
}

/** One receiver of a document, as its statuses give it. */
export interface RecipientState {
  readonly status: string | null;
  readonly refusal: string | null;
  readonly recall: 'requested' | 'agreed' | 'declined' | null;
}

export const untouchedRecipient: RecipientState = { status: null, refusal: null, recall: null };

/**
 * A receiver after a status: forward only. A late lower status is evidence in the record and changes nothing; 15 and
 * 16 answer a recall, and only one that was asked for and not yet answered.
 */
export function evolveRecipient(before: RecipientState, code: string, description: string): RecipientState {
  if (code === '15' || code === '16') {
    if (before.recall !== 'requested') return before;
    return { ...before, recall: code === '15' ? 'agreed' : 'declined' };
  }
  if (code === '02') {
    const registered = statusOrder.indexOf((before.status ?? '') as '01') >= statusOrder.indexOf('03');
    // A refusal after registration contradicts the receiver's own book: kept as evidence only.
    return registered ? before : { ...before, status: '02', refusal: description };
  }
  const rank = statusOrder.indexOf(code as '01');
  if (rank < 0) return before;
  if (before.status === '02' && code === '01') return before;
  const now = before.status === null ? -1 : statusOrder.indexOf(before.status as '01');
  return rank > now ? { ...before, status: code, refusal: null } : before;
}

/** A receiver that has taken the document into its book. */
export function hasTakenIn(recipient: RecipientState): boolean {
  return statusOrder.indexOf((recipient.status ?? '') as '01') >= statusOrder.indexOf('03');
}
