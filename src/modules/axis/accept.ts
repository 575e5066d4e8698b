import { createHash } from 'node:crypto';
import { sha256Hex, type OrgId } from '#kernel';
import type { Accepted, Recipient } from './batch.ts';
import type { Committer } from './committer.ts';
import { refuseAxis } from './refusals.ts';
import type { CodeBook } from './resolve.ts';
import { readRouting, type Routing } from './routing.ts';

/** A package as it came in, by whichever protocol. */
export interface Submission {
  readonly bytes: Uint8Array;
  /** SHA-256 of the bytes in hex, if the caller has computed it. */
  readonly contentHash?: string;
  /** What the transport says it is. */
  readonly messageType: 'edoc' | 'status';
  /** The sender that the transport names. */
  readonly from: string;
  /** Deliver to these codes of the package only; empty: to all. */
  readonly to: readonly string[];
  /** The organisations for which the caller may send. */
  readonly senders: readonly OrgId[];
  readonly key: string | null;
}

export interface Acceptor {
  /**
   * Accepts a package: when this returns, its bytes, its deliveries, its place in the log and its receipt are on
   * stable storage. The same package again returns the first answer.
   * @throws the refusals of the axis; nothing is delivered then
   */
  submit(submission: Submission): Promise<Accepted>;
}

const mostRecipients = 20_000;

export function createAcceptor(committer: Committer, codes: CodeBook): Acceptor {
  return {
    async submit(submission) {
      const routing = routingOf(submission);
      const sender = await senderOf(codes, submission, routing);
      const { recipients, narrowed } = await recipientsOf(codes, submission, routing);
      const contentHash = submission.contentHash ?? sha256Hex(submission.bytes);
      return await committer.accept({
        type: 'accept',
        senderOrg: sender,
        senderCode: routing.from,
        kind: routing.kind,
        envelope: narrowed ? narrowedEnvelope(contentHash, recipients) : contentHash,
        contentHash,
        bytes: submission.bytes,
        documentId: routing.documentId.normalize('NFC'),
        notation: routing.notation,
        title: routing.title,
        urgency: routing.urgency,
        documentDate: routing.documentDate,
        business: routing.business,
        key: submission.key,
        recipients,
      });
    },
  };
}

function routingOf(submission: Submission): Routing {
  const routing = readRouting(submission.bytes);
  if (routing.kind !== submission.messageType) {
    throw refuseAxis('wrong-message-type', { stated: submission.messageType, found: routing.kind });
  }
  return routing;
}

/** Transport, package and permission must name one organisation (docs/protocol/vxp.md §3). */
async function senderOf(codes: CodeBook, submission: Submission, routing: Routing): Promise<OrgId> {
  const inPackage = await codes.orgOf(routing.from);
  const inTransport = await codes.orgOf(submission.from);
  if (inPackage === null || inPackage !== inTransport || !submission.senders.includes(inPackage)) {
    const ended = inTransport === null ? await codes.forwardOf(submission.from) : null;
    if (ended) throw refuseAxis('sender-ended', { ...ended });
    throw refuseAxis('sender-not-yours', { code: inTransport === null ? submission.from : routing.from });
  }
  return inPackage;
}

async function recipientsOf(
  codes: CodeBook,
  submission: Submission,
  routing: Routing,
): Promise<{ readonly recipients: readonly Recipient[]; readonly narrowed: boolean }> {
  if (routing.to.length === 0) throw refuseAxis('no-recipient');
  if (routing.to.length > mostRecipients) {
    throw refuseAxis('not-a-package', { reason: `quá ${mostRecipients} nơi nhận` });
  }
  const all = await codes.resolve(routing.to);
  const wanted = await codes.resolve(submission.to.slice(0, mostRecipients));
  const inPackage = new Set(all.found.map(({ orgId }) => orgId));
  const outside = wanted.found
    .filter(({ orgId }) => !inPackage.has(orgId))
    .flatMap(({ codes: named }) => named);
  const unknown = submission.to.length === 0 ? all.unknown : [...wanted.unknown, ...outside];
  if (unknown.length > 0) throw refuseAxis('unknown-recipient', { codes: unknown.slice(0, 20).join(', ') });
  const chosen = new Set(wanted.found.map(({ orgId }) => orgId));
  const kept = all.found.filter(({ orgId }) => chosen.size === 0 || chosen.has(orgId));
  return {
    recipients: kept.map(({ orgId, code, name, forwarded }) => ({
      orgId,
      code,
      name,
      ...(forwarded ? { forwarded } : {}),
    })),
    narrowed: kept.length < all.found.length || all.unknown.length > 0,
  };
}

/** The identity of a package that goes to a part of its recipients only (axis-1 §5.2). */
function narrowedEnvelope(contentHash: string, recipients: readonly Recipient[]): string {
  const codes = recipients.map(({ orgId }) => orgId).sort();
  return createHash('sha256')
    .update(`phigiay/narrowed/1\n${contentHash}\n${codes.join('\n')}\n`)
    .digest('hex');
}
