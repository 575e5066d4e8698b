import {
  attributesOf,
  isEmptyName,
  isWithin,
  type Certificate,
  type CertificateExtensions,
  type GeneralName,
  type GeneralSubtree,
} from '#formats/x509';

/** Comparisons of one name with one subtree that a path may cost; beyond it the path is refused. */
const comparisonLimit = 250_000;

/** Name constraints met on the way down a path (RFC 5280 §6.1.1, §6.1.3 (b) and (c), §6.1.4 (g)). */
export interface NameConstraintState {
  add(extensions: CertificateExtensions): void;
  /** Whether the names of a certificate keep to all constraints so far. */
  allows(certificate: Certificate): boolean;
}

type Verdict = 'inside' | 'outside' | 'cannot-tell';

export function nameConstraintState(): NameConstraintState {
  const permitted: (readonly GeneralSubtree[])[] = [];
  const excluded: GeneralSubtree[] = [];
  let budget = comparisonLimit;
  const allowsName = (name: GeneralName): boolean => {
    for (const subtrees of permitted) {
      const same = subtrees.filter(({ base }) => sameForm(base, name));
      budget -= subtrees.length;
      if (budget < 0) return false;
      if (same.length > 0 && !same.some((subtree) => within(name, subtree, false) === 'inside')) return false;
    }
    budget -= excluded.length;
    if (budget < 0) return false;
    return excluded.every(
      (subtree) => !sameForm(subtree.base, name) || within(name, subtree, true) === 'outside',
    );
  };
  return {
    add({ nameConstraints }) {
      if (!nameConstraints) return;
      if (nameConstraints.permitted.length > 0) permitted.push(nameConstraints.permitted);
      excluded.push(...nameConstraints.excluded);
    },
    allows(certificate) {
      if (permitted.length === 0 && excluded.length === 0) return true;
      const { subject } = certificate;
      const names: GeneralName[] = [...(certificate.extensions.subjectAltName ?? [])];
      if (!isEmptyName(subject)) names.push({ type: 'directory', name: subject });
      for (const value of attributesOf(subject, 'emailAddress')) names.push({ type: 'email', value });
      return names.every(allowsName);
    },
  };
}

function sameForm(a: GeneralName, b: GeneralName): boolean {
  if (a.type === 'other' && b.type === 'other') return a.tag === b.tag;
  return a.type === b.type;
}

/** `strict` is for exclusion: what might match counts as inside. */
function within(name: GeneralName, { base, bounded }: GeneralSubtree, exclusion: boolean): Verdict {
  if (bounded) return 'cannot-tell';
  const answer = (inside: boolean): Verdict => (inside ? 'inside' : 'outside');
  if (name.type === 'directory' && base.type === 'directory') return answer(isWithin(name.name, base.name));
  if (name.type === 'dns' && base.type === 'dns') return answer(dnsWithin(name.value, base.value, exclusion));
  if (name.type === 'email' && base.type === 'email') return emailWithin(name.value, base.value);
  if (name.type === 'uri' && base.type === 'uri') return uriWithin(name.value, base.value);
  if (name.type === 'ip' && base.type === 'ip') return ipWithin(name.value, base.value);
  return 'cannot-tell';
}

function dnsWithin(name: string, base: string, exclusion: boolean): boolean {
  const own = name.toLowerCase();
  const suffix = base.toLowerCase();
  if (suffix === '') return true;
  if (suffix.startsWith('.')) return own.endsWith(suffix);
  if (own === suffix || own.endsWith(`.${suffix}`)) return true;
  // A wildcard may stand for the excluded name itself.
  return exclusion && own.startsWith('*.') && suffix.endsWith(own.slice(1));
}

function hostWithin(host: string, base: string): boolean {
  return base.startsWith('.') ? host.endsWith(base) && host.length > base.length : host === base;
}

function emailWithin(name: string, base: string): Verdict {
  const at = name.lastIndexOf('@');
  if (at < 1) return 'cannot-tell';
  const host = name.slice(at + 1).toLowerCase();
  const baseAt = base.lastIndexOf('@');
  if (baseAt >= 0) {
    const same = name.slice(0, at) === base.slice(0, baseAt) && host === base.slice(baseAt + 1).toLowerCase();
    return same ? 'inside' : 'outside';
  }
  return base === '' || hostWithin(host, base.toLowerCase()) ? 'inside' : 'outside';
}

function uriWithin(name: string, base: string): Verdict {
  const found = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:@[\]]+)(?::\d*)?(?:[/?#]|$)/i.exec(name);
  const host = found?.[1]?.toLowerCase();
  // RFC 5280 §4.2.1.10: a URI whose host is missing or an address is refused where URIs are constrained.
  if (host === undefined || /^[\d.]+$/.test(host)) return 'cannot-tell';
  return base === '' || hostWithin(host, base.toLowerCase()) ? 'inside' : 'outside';
}

function ipWithin(name: Buffer, base: Buffer): Verdict {
  const half = base.length / 2;
  if (half !== 4 && half !== 16) return 'cannot-tell';
  if (name.length !== half) return name.length === 4 || name.length === 16 ? 'outside' : 'cannot-tell';
  const inside = name.every((octet, index) => {
    const mask = base[half + index] as number;
    return (octet & mask) === ((base[index] as number) & mask);
  });
  return inside ? 'inside' : 'outside';
}
