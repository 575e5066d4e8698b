import type { OrgId } from '#kernel';

/** A package ready to be accepted: all checks that need no lock are done. */
export interface AcceptJob {
  readonly type: 'accept';
  readonly senderOrg: OrgId;
  readonly senderCode: string;
  readonly kind: 'edoc' | 'status';
  /** Identity of the envelope, hex SHA-256. */
  readonly envelope: string;
  readonly contentHash: string;
  readonly bytes: Uint8Array;
  readonly documentId: string;
  readonly notation: string;
  /** Date of the document, yyyy-MM-dd; empty when the package does not say it readably. */
  readonly documentDate: string;
  /** `new`, `recall`, `update`, `replace` or `status`. */
  readonly business: string;
  readonly title: string;
  readonly urgency: number;
  /** Idempotency key, if the protocol has one. */
  readonly key: string | null;
  readonly recipients: readonly Recipient[];
}

export interface Recipient {
  readonly orgId: OrgId;
  readonly code: string;
  readonly name: string;
  /** The letter was written to another code, whose body this one answers for. */
  readonly forwarded?: ForwardNote | null;
}

/** Why a letter reaches a body whose code it does not bear. */
export interface ForwardNote {
  /** The code and the last name of the body that it was written to. */
  readonly code: string;
  readonly name: string;
  /** Number and day of the decision; empty when the body itself has a new code. */
  readonly basis: string;
  readonly on: string;
  /** Who answers. */
  readonly toCode: string;
  readonly toName: string;
}

/** A recipient's step with a delivery. */
export interface MoveJob {
  readonly type: 'move';
  readonly deliveryId: string;
  readonly recipientOrg: OrgId;
  readonly to: 'fetched' | 'refused' | 'stored';
  readonly reason: string | null;
}

/** What was answered to an accepted package; the same for every repeat. */
export interface Accepted {
  readonly id: string;
  readonly envelope: string;
  readonly logIndex: number;
  readonly counter: number;
  /** ISO 8601, UTC. */
  readonly acceptedAt: string;
  /** JSON text of `[{code, orgName}]`. */
  readonly recipients: string;
  readonly receipt: string;
  readonly repeated: boolean;
}

/** The codes of an answer's `recipients`, in their order. */
export const codesOf = (recipients: string): readonly string[] =>
  (JSON.parse(recipients) as readonly { readonly code: string }[]).map(({ code }) => code);

export interface Moved {
  readonly state: DeliveryState;
  readonly logIndex: number | null;
  readonly changed: boolean;
}

export type DeliveryState = 'queued' | 'fetched' | 'refused' | 'stored';

/** Deliveries only move to the right; a repeat or a late lower step changes nothing. */
export const stateOrder: readonly DeliveryState[] = ['queued', 'fetched', 'refused', 'stored'];

/** What `open_batch` answers. */
export interface Opened {
  readonly nextIndex: number;
  readonly nextChange: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly known: readonly (Omit<Accepted, 'repeated'> & {
    readonly sender: string;
    readonly contentHash: string;
  })[];
  readonly identities: readonly {
    readonly sender: string;
    readonly documentId: string;
    readonly contentHash: string;
  }[];
  readonly requests: readonly { readonly sender: string; readonly key: string; readonly envelope: string }[];
  readonly deliveries: readonly {
    readonly id: string;
    readonly sender: string;
    readonly recipient: string;
    readonly recipientCode: string;
    readonly state: DeliveryState;
    readonly ackIndex: number | null;
    readonly contentHash: string;
    readonly envelope: string;
  }[];
}
