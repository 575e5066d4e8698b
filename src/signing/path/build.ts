import { Asn1Error } from '#formats/asn1';
import { fingerprint, nameKey, publicKeyOf, type Certificate, type Name } from '#formats/x509';
import { verifyLink } from './links.ts';
import type { InvalidPath, PathOptions, TrustAnchor, ValidPath } from './types.ts';
import { validatePath } from './validate.ts';

export interface BuildLimits {
  /** Issuers looked at. */
  readonly steps: number;
  /** Certificates in a path, without the anchor. */
  readonly depth: number;
  /** Complete paths that are validated. */
  readonly paths: number;
  /** Certificates that may still be found by a name that is equal only by RFC 5280 §7.1. */
  readonly comparedNames: number;
}

export const defaultBuildLimits: BuildLimits = { steps: 500, depth: 10, paths: 50, comparedNames: 1000 };

export interface BuildInput {
  readonly target: Certificate;
  /** Certificates that may be of use, in any number and order; whoever sent the document chose them. */
  readonly candidates: readonly Certificate[];
  readonly anchors: readonly TrustAnchor[];
  readonly options: PathOptions;
  readonly limits?: Partial<BuildLimits>;
}

/** A finder of certificates by subject. */
type Lookup = (certificate: Certificate) => readonly Certificate[];

/** The name as it is compared; undefined when it is malformed. */
function keyOf(name: Name): string | undefined {
  try {
    return nameKey(name);
  } catch (error) {
    if (error instanceof Asn1Error) return undefined;
    throw error;
  }
}

/** Issuers by name: equal bytes first; equal by §7.1 only when there are few enough candidates to compare. */
function issuersAmong(candidates: readonly Certificate[], comparedNames: number): Lookup {
  const byBytes = new Map<string, Certificate[]>();
  const put = (map: Map<string, Certificate[]>, key: string, value: Certificate): void => {
    const list = map.get(key);
    if (list) list.push(value);
    else map.set(key, [value]);
  };
  for (const candidate of candidates) put(byBytes, candidate.subject.der.toString('latin1'), candidate);
  let byName: Map<string, Certificate[]> | undefined;
  return ({ issuer }) => {
    const exact = byBytes.get(issuer.der.toString('latin1'));
    if (exact || candidates.length > comparedNames) return exact ?? [];
    if (!byName) {
      byName = new Map();
      for (const candidate of candidates) {
        const key = keyOf(candidate.subject);
        if (key !== undefined) put(byName, key, candidate);
      }
    }
    return byName.get(keyOf(issuer) ?? '') ?? [];
  };
}

function mayHaveIssued(issuer: Certificate, certificate: Certificate): boolean {
  try {
    return verifyLink(certificate, publicKeyOf(issuer));
  } catch (error) {
    // A DSA key that inherits its parameters is readable only within a path: the validator will tell.
    if (error instanceof Asn1Error) return true;
    throw error;
  }
}

/** Likely issuers first: the key identifier fits, the dates fit. */
function byLikelihood(list: readonly Certificate[], certificate: Certificate, at: Date): Certificate[] {
  const score = (issuer: Certificate): number => {
    try {
      const wanted = certificate.extensions.authorityKeyIdentifier;
      const own = issuer.extensions.subjectKeyIdentifier;
      const fits = wanted && own ? (wanted.equals(own) ? 2 : -2) : 0;
      return fits + (at >= issuer.notBefore && at <= issuer.notAfter ? 1 : 0);
    } catch {
      return -3;
    }
  };
  return list
    .map((issuer) => ({ issuer, points: score(issuer) }))
    .sort((a, b) => b.points - a.points)
    .map(({ issuer }) => issuer);
}

/**
 * Paths from the target to anchors, each validated, the likeliest first. A depth-first search with a budget: cycles of
 * cross-signed certificates and thousands of candidates end it in milliseconds.
 * Malformed candidates are passed over; nothing is thrown.
 */
export function* findPaths(input: BuildInput): Generator<ValidPath | InvalidPath, void, void> {
  const { target, anchors, options } = input;
  const limits = { ...defaultBuildLimits, ...input.limits };
  if (anchors.some(({ certificate }) => certificate.der.equals(target.der))) {
    const anchor = anchors.find(({ certificate }) => certificate.der.equals(target.der)) as TrustAnchor;
    yield validateAnchorItself(anchor, options);
    return;
  }
  const anchorCertificates = anchors.map(({ certificate }) => certificate);
  const isAnchor = new Set(anchorCertificates.map(fingerprint));
  const lookupAnchors = issuersAmong(anchorCertificates, Infinity);
  const lookup = issuersAmong(input.candidates, limits.comparedNames);
  let { steps, paths } = limits;
  const walk = function* (
    path: readonly Certificate[],
    seen: ReadonlySet<string>,
  ): Generator<ValidPath | InvalidPath> {
    const last = path.at(-1) as Certificate;
    for (const issuer of lookupAnchors(last)) {
      if (--steps < 0) return;
      if (!mayHaveIssued(issuer, last) || --paths < 0) continue;
      for (const anchor of anchors)
        if (anchor.certificate === issuer) yield validatePath(path, anchor, options);
    }
    if (path.length >= limits.depth) return;
    const wrongKeys = new Set<string>();
    for (const issuer of byLikelihood(shortList(lookup(last), last, limits.steps), last, options.at)) {
      const key = issuer.spki.toString('latin1');
      if (wrongKeys.has(key)) continue;
      if (--steps < 0) return;
      const id = identity(issuer);
      if (seen.has(id) || isAnchor.has(fingerprint(issuer))) continue;
      if (!mayHaveIssued(issuer, last)) {
        wrongKeys.add(key);
        continue;
      }
      yield* walk([...path, issuer], new Set([...seen, id]));
    }
  };
  yield* walk([target], new Set([identity(target)]));
}

/** When there are too many of one name, those that hold the key identifier that is looked for come first. */
function shortList(
  found: readonly Certificate[],
  certificate: Certificate,
  limit: number,
): readonly Certificate[] {
  if (found.length <= limit) return found;
  let wanted: Buffer | undefined;
  try {
    wanted = certificate.extensions.authorityKeyIdentifier;
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
  }
  const likely = wanted ? found.filter(({ der }) => der.includes(wanted)) : [];
  return [...likely, ...found].slice(0, limit);
}

/** A subject with a key: coming to it again would be a circle. */
const identity = (certificate: Certificate): string =>
  `${certificate.subject.der.toString('latin1')}|${certificate.spki.toString('latin1')}`;

/** A target that is itself trusted: nothing above it to validate, its own dates and uses still count. */
function validateAnchorItself(anchor: TrustAnchor, options: PathOptions): ValidPath | InvalidPath {
  const { certificate } = anchor;
  const refuse = (fault: InvalidPath['fault']): InvalidPath => ({
    ok: false,
    certificates: [certificate],
    anchor,
    fault,
    index: 0,
  });
  const { at } = options;
  if ((anchor.from && at < anchor.from) || (anchor.until && at > anchor.until))
    return refuse('anchor-not-trusted-then');
  if (at < certificate.notBefore) return refuse('not-yet-valid');
  if (at > certificate.notAfter) return refuse('expired');
  return { ok: true, certificates: [], issuerKeys: [], anchor, policies: new Set() };
}

/**
 * The first valid path, or else what is wrong with the likeliest one, or undefined when there is none at all.
 */
export function findPath(input: BuildInput): ValidPath | InvalidPath | undefined {
  let first: InvalidPath | undefined;
  for (const path of findPaths(input)) {
    if (path.ok) return path;
    first ??= path;
  }
  return first;
}
