import { createHash, sign, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { levels } from './contractDecision.ts';
import type { StoredSuccession } from './decisionStore.ts';
import { refuse } from './refusals.ts';
import type { Timeline } from './timeline.ts';

/** docs/protocol/directory-1.md §2: all that is known of one body; it replaces what was known of it before. */
const editionBody = z.strictObject({
  id: z.uuid(),
  versions: z.array(
    z.strictObject({
      name: z.string(),
      code: z.string(),
      code102: z.string(),
      parent: z.uuid().nullable(),
      level: z.enum(levels),
      from: z.iso.date(),
      to: z.iso.date().nullable(),
    }),
  ),
  heirs: z.array(
    z.strictObject({
      to: z.uuid(),
      kind: z.enum(['merge', 'split', 'dissolve', 'keep']),
      fields: z.array(z.string()),
      letters: z.boolean(),
      on: z.iso.date(),
      basis: z.string(),
    }),
  ),
});
export type EditionBody = z.infer<typeof editionBody>;

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const edition = z.strictObject({
  format: z.literal('phigiay-directory/1'),
  edition: z.int().positive(),
  /** SHA-256 of the text of the edition before; null in the first. */
  previous: hex.nullable(),
  at: z.iso.datetime({ offset: true }),
  /** Of the whole directory once this edition is applied. */
  root: hex,
  bodies: z.array(editionBody),
});
export type Edition = z.infer<typeof edition>;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The bodies of a directory as editions state them. */
export function editionBodies(
  timelines: ReadonlyMap<string, Timeline>,
  successions: readonly StoredSuccession[],
): EditionBody[] {
  const heirs = Map.groupBy(successions, (one) => one.from as string);
  return [...timelines].map(([id, timeline]) => ({
    id,
    versions: timeline.map(({ name, code, code102, parentId, level, from, to }) => ({
      name,
      code,
      code102,
      parent: parentId,
      level,
      from,
      to,
    })),
    heirs: (heirs.get(id) ?? []).map(({ to, kind, fields, letters, effective, basis }) => ({
      to,
      kind,
      fields: [...fields],
      letters,
      on: effective,
      basis,
    })),
  }));
}

/** SHA-256 of a body's JSON, with its members in the order of the schema. */
export function bodyDigest(body: EditionBody): string {
  return sha256(JSON.stringify(body));
}

/** SHA-256 over the lines `id digest`, sorted by id. */
export function directoryRoot(digests: ReadonlyMap<string, string>): string {
  return sha256(
    [...digests]
      .map(([id, digest]) => `${id} ${digest}\n`)
      .sort()
      .join(''),
  );
}

const encode = (text: string): string => Buffer.from(text).toString('base64url');

/** The text of an edition: a compact JWS (RFC 7515) with ES256. */
export function signEdition(value: Edition, key: KeyObject, kid: string): string {
  const header = encode(JSON.stringify({ alg: 'ES256', kid, typ: 'phigiay-directory+jws' }));
  const input = `${header}.${encode(JSON.stringify(value))}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

/** SHA-256 of an edition's text: its name in the next edition and in the log. */
export const editionHash = (text: string): string => sha256(text);

const longestText = 256 * 1_048_576;

/** Reads an edition that the axis's key has signed. @throws Refusal forged-edition for anything else */
export function readEdition(text: string, publicKey: KeyObject): Edition {
  const [header, payload, signature, ...more] = text.slice(0, longestText).split('.');
  if (!header || !payload || !signature || more.length > 0) throw refuse('forged-edition');
  try {
    const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg?: unknown };
    const good =
      alg === 'ES256' &&
      verify(
        'sha256',
        Buffer.from(`${header}.${payload}`),
        { key: publicKey, dsaEncoding: 'ieee-p1363' },
        Buffer.from(signature, 'base64url'),
      );
    if (good) return edition.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  } catch {
    // Not readable is not signed.
  }
  throw refuse('forged-edition');
}

/** A copy of the directory, and the edition that it stands at. */
export interface Copy {
  readonly edition: number;
  readonly hash: string | null;
  readonly bodies: ReadonlyMap<string, EditionBody>;
}
export const emptyCopy: Copy = { edition: 0, hash: null, bodies: new Map() };

/**
 * A copy after one more edition; the same one again changes nothing.
 * @throws Refusal forged-edition, edition-out-of-order, edition-diverged; the copy stays as it was
 */
export function applyEdition(copy: Copy, text: string, publicKey: KeyObject): Copy {
  const next = readEdition(text, publicKey);
  const hash = editionHash(text);
  if (next.edition === copy.edition && hash === copy.hash) return copy;
  if (next.edition !== copy.edition + 1 || next.previous !== copy.hash)
    throw refuse('edition-out-of-order', {
      edition: next.edition,
      known: copy.edition,
      next: copy.edition + 1,
    });
  const bodies = new Map(copy.bodies);
  for (const body of next.bodies) bodies.set(body.id, body);
  const digests = new Map([...bodies].map(([id, body]) => [id, bodyDigest(body)] as const));
  if (directoryRoot(digests) !== next.root) throw refuse('edition-diverged', { edition: next.edition });
  return { edition: next.edition, hash, bodies };
}
