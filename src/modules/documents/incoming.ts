import type { CopyForm, Holder } from './contract.ts';
import type { RefusalReason } from './contractTypes.ts';
import type { PersonRef } from './outgoing.ts';
import { nextIncoming, type IncomingState, type IncomingStep } from './states.ts';

/** What the package (or the clerk, for paper) says about a document; never changed after arrival. */
export interface IncomingFacts {
  readonly source: 'axis' | 'paper';
  readonly inboxId: string | null;
  readonly envelope: string | null;
  readonly acceptedAt: string | null;
  readonly logIndex: number | null;
  readonly issuerCode: string;
  readonly issuerName: string;
  readonly documentId: string | null;
  readonly notation: string;
  readonly promulgationDate: string | null;
  readonly typeName: string;
  readonly abstract: string;
  readonly signer: { readonly competence: string; readonly position: string; readonly fullName: string };
  readonly recipientLines: readonly string[];
  readonly urgency: number;
  readonly dueDate: string | null;
  readonly business: 'new' | 'update' | 'replace';
  readonly businessReason: string | null;
  /** The incoming document of ours that this one updates or replaces. */
  readonly updates: string | null;
  readonly responseFor: readonly {
    readonly notation: string;
    readonly documentId: string | null;
    readonly outgoingId: string | null;
  }[];
  readonly paperCopy: boolean;
  readonly files: readonly string[];
  readonly signatureVerdict: 'valid' | 'indeterminate' | 'invalid' | 'unsigned' | 'unreadable';
  readonly duplicates: readonly {
    readonly id: string;
    readonly kind: 'same-document' | 'same-id-other-content';
  }[];
}

/** An incoming document as the replay of its events gives it. */
export interface Incoming {
  readonly id: string;
  readonly state: IncomingState;
  readonly facts: IncomingFacts;
  /** As registered: the clerk may correct these two against the paper or the PDF. */
  readonly typeName: string;
  readonly abstract: string;
  readonly dueDate: string | null;
  readonly register: string | null;
  readonly year: number | null;
  readonly number: number | null;
  readonly arrivedAt: string;
  readonly registeredAt: string | null;
  readonly forwardedAt: string | null;
  readonly paperReceived: boolean;
  readonly refusal: {
    readonly reason: RefusalReason;
    readonly text: string;
    readonly at: string;
    readonly by: PersonRef;
  } | null;
  readonly recall: {
    readonly reason: string;
    readonly requestedAt: string;
    /** Where the document was, to return to when the clerk declines. */
    readonly from: IncomingState;
    readonly heldBy: Holder | null;
    readonly answer: 'agreed' | 'declined' | null;
    readonly answerText: string | null;
  } | null;
  readonly closed: {
    readonly how: 'replied' | 'noted' | 'filed';
    readonly at: string;
    readonly byOutgoingId: string | null;
    readonly note: string;
  } | null;
  readonly contentDestroyed: boolean;
  /** The highest status of the path 03 → 06 that the sender was told. */
  readonly told: '03' | '04' | '05' | '06' | null;
  readonly holder: Holder | null;
  readonly updatedAt: string;
}

/** The edXML status that an event means to the sender. */
export const toldBy = {
  registered: '03',
  directed: '04',
  'work-started': '05',
  closed: '06',
} as const satisfies Partial<Record<IncomingEvent['type'], string>>;

/** What happened to an incoming document, as it stands in the record under `documents.<type>`. */
export type IncomingEvent =
  | { type: 'arrived'; facts: IncomingFacts }
  | {
      type: 'registered';
      register: string;
      year: number;
      value: number;
      typeName: string;
      abstract: string;
      dueDate: string | null;
      paperReceived: boolean;
    }
  | { type: 'refused'; reason: RefusalReason; text: string; by: PersonRef }
  | { type: 'forwarded'; to: Holder; note: string }
  | { type: 'directed'; holder: Holder }
  | { type: 'handed-back'; holder: Holder; reason: string }
  | { type: 'work-started' }
  | { type: 'held-by'; holder: Holder }
  | { type: 'recall-requested'; reason: string }
  | { type: 'recall-answered'; agree: boolean; text: string }
  | {
      type: 'copied';
      copyId: string;
      fileId: string;
      form: CopyForm;
      notation: string;
      authoriser: PersonRef;
    }
  | { type: 'taken-back'; reason: string }
  | { type: 'closed'; how: 'replied' | 'noted' | 'filed'; byOutgoingId: string | null; note: string };

const stepOfIncomingEvent = {
  registered: 'register',
  refused: 'refuse',
  forwarded: 'forward',
  directed: 'direct',
  'handed-back': 'hand-back',
  'work-started': 'start-work',
  'recall-requested': 'request-recall',
  'taken-back': 'take-back',
  copied: 'copy',
  closed: 'close',
} as const satisfies Partial<Record<IncomingEvent['type'], IncomingStep>>;

const clerks: Holder = { kind: 'role', id: 'clerk', label: 'Văn thư' };
export const leaders: Holder = { kind: 'role', id: 'leader', label: 'Lãnh đạo' };

function first(id: string, facts: IncomingFacts, at: string): Incoming {
  return {
    id,
    state: 'arrived',
    facts,
    typeName: facts.typeName,
    abstract: facts.abstract,
    dueDate: facts.dueDate,
    register: null,
    year: null,
    number: null,
    arrivedAt: at,
    registeredAt: null,
    forwardedAt: null,
    paperReceived: false,
    refusal: null,
    recall: null,
    closed: null,
    contentDestroyed: false,
    told: null,
    holder: clerks,
    updatedAt: at,
  };
}

function changes(doc: Incoming, event: IncomingEvent, at: string): Partial<Incoming> {
  switch (event.type) {
    case 'arrived':
      return {};
    case 'registered':
      return {
        register: event.register,
        year: event.year,
        number: event.value,
        typeName: event.typeName,
        abstract: event.abstract,
        dueDate: event.dueDate,
        paperReceived: event.paperReceived,
        registeredAt: at,
        holder: clerks,
      };
    case 'refused':
      return {
        refusal: { reason: event.reason, text: event.text, at, by: event.by },
        holder: null,
      };
    case 'forwarded':
      return { forwardedAt: at, holder: event.to };
    case 'directed':
    case 'handed-back':
      return { holder: event.holder };
    case 'held-by':
      // The work went on while a recall waits for its answer: the clerk holds the document, this is kept for later.
      return doc.state === 'recall-requested' && doc.recall
        ? { recall: { ...doc.recall, heldBy: event.holder } }
        : { holder: event.holder };
    case 'work-started':
    case 'copied':
      return {};
    case 'recall-requested':
      return {
        recall: {
          reason: event.reason,
          requestedAt: at,
          from: doc.state === 'recall-requested' ? (doc.recall?.from ?? 'registered') : doc.state,
          heldBy: doc.state === 'recall-requested' ? (doc.recall?.heldBy ?? null) : doc.holder,
          answer: null,
          answerText: null,
        },
        holder: clerks,
      };
    case 'recall-answered': {
      const recall = doc.recall && {
        ...doc.recall,
        answer: event.agree ? ('agreed' as const) : ('declined' as const),
        answerText: event.text,
      };
      return event.agree
        ? { recall, holder: null, contentDestroyed: true }
        : { recall, holder: doc.recall?.heldBy ?? null };
    }
    case 'taken-back':
      return {
        recall: {
          reason: event.reason,
          requestedAt: at,
          from: doc.state,
          heldBy: null,
          answer: 'agreed',
          answerText: null,
        },
        holder: null,
        contentDestroyed: true,
      };
    case 'closed':
      return {
        closed: { how: event.how, at, byOutgoingId: event.byOutgoingId, note: event.note },
        holder: null,
      };
  }
}

/** The state after an event, or undefined where it is not legal. */
export function stateAfter(doc: Incoming, event: IncomingEvent): IncomingState | undefined {
  if (event.type === 'arrived') return undefined;
  if (event.type === 'held-by') return doc.holder === null ? undefined : doc.state;
  if (event.type === 'recall-answered') {
    if (nextIncoming(doc.state, 'answer-recall') === undefined) return undefined;
    return event.agree ? nextIncoming(doc.state, 'agree-recall') : doc.recall?.from;
  }
  return nextIncoming(doc.state, stepOfIncomingEvent[event.type]);
}

/**
 * The document after the event.
 * @throws Error when the event is not legal in the document's state: the record itself would be wrong.
 */
export function evolveIncoming(
  doc: Incoming | null,
  event: IncomingEvent,
  context: { readonly id: string; readonly at: string },
): Incoming {
  if (event.type === 'arrived') return first(context.id, event.facts, context.at);
  if (doc === null) throw new Error(`incoming ${context.id}: ${event.type} before arrived`);
  const state = stateAfter(doc, event);
  if (state === undefined) throw new Error(`incoming ${context.id}: ${event.type} in state ${doc.state}`);
  const says = event.type in toldBy ? toldBy[event.type as keyof typeof toldBy] : null;
  const told = says !== null && says > (doc.told ?? '') ? says : doc.told;
  return { ...doc, ...changes(doc, event, context.at), state, told, updatedAt: context.at };
}

/** What a request to take a document back leads to (product/01-axis.md §4): decided by the state alone. */
export function decideRecall(state: IncomingState): 'take-back' | 'ask-clerk' | 'already-recalled' {
  if (state === 'recalled-by-sender') return 'already-recalled';
  return nextIncoming(state, 'take-back') === undefined ? 'ask-clerk' : 'take-back';
}
