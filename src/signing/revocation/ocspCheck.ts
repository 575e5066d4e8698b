import { createHash, type KeyObject } from 'node:crypto';
import {
  isCertId,
  oids,
  publicKeyOf,
  sameName,
  signatureAlgorithmOf,
  type BasicOcspResponse,
  type Certificate,
  type OcspResponse,
} from '#formats/x509';
import { acceptStrong, type AcceptAlgorithm } from '../path/index.ts';
import { verifyLink } from '../path/links.ts';
import { isSignedBy } from './signedBy.ts';
import { freshness, type CertificateState, type EvidenceFault, type FreshnessRules } from './types.ts';

export interface OcspIssuer {
  readonly certificate: Certificate;
  readonly key: KeyObject;
}

/** State of a delegated responder's certificate: asked only when the certificate does not say that it need not be. */
export type DelegateState = (delegate: Certificate) => CertificateState;

/**
 * The state of a certificate by OCSP (RFC 6960 §3.2, §4.2.2.2): signed by the issuer itself or by a delegate that
 * the issuer certified for it.
 */
export function stateByOcsp(
  certificate: Certificate,
  issuer: OcspIssuer,
  responses: readonly OcspResponse[],
  delegateState: DelegateState,
  rules: FreshnessRules,
  accept: AcceptAlgorithm = acceptStrong,
): CertificateState {
  const faults = new Set<EvidenceFault>();
  const answers = responses.flatMap((response) => {
    const { basic } = response;
    const single = basic?.responses.find(({ certId }) => isCertId(certId, certificate, issuer.certificate));
    return basic && single ? [{ response, basic, single }] : [];
  });
  answers.sort((a, b) => b.single.thisUpdate.getTime() - a.single.thisUpdate.getTime());
  for (const { response, basic, single } of answers) {
    if (basic.unknownCritical.length + single.unknownCritical.length > 0) {
      faults.add('unknown-critical-extension');
      continue;
    }
    const stale = freshness(single, certificate, rules);
    const fault = stale ?? responderFault(response, basic, issuer, delegateState, accept);
    if (fault) {
      faults.add(fault);
      continue;
    }
    const { status, thisUpdate } = single;
    if (status.type === 'revoked' && status.at <= rules.at)
      return { status: 'revoked', source: 'ocsp', at: status.at, reason: status.reason, thisUpdate };
    if (status.type !== 'unknown') return { status: 'good', source: 'ocsp', thisUpdate };
  }
  return { status: 'unknown', faults: [...faults] };
}

/** Why the signer of a response is not one that may answer for the issuer. */
function responderFault(
  response: OcspResponse,
  basic: BasicOcspResponse,
  issuer: OcspIssuer,
  delegateState: DelegateState,
  accept: AcceptAlgorithm,
): EvidenceFault | undefined {
  const algorithm = signatureAlgorithmOf(basic.signatureAlgorithm);
  if (!algorithm) return 'wrong-signature';
  const signs = (key: KeyObject): boolean =>
    accept(algorithm, key, response) && isSignedBy(basic, algorithm, key);
  if (isResponder(basic, issuer.certificate)) return signs(issuer.key) ? undefined : 'wrong-signature';
  for (const delegate of basic.certificates.slice(0, 8)) {
    if (!isResponder(basic, delegate)) continue;
    const own = signatureAlgorithmOf(delegate.signatureAlgorithm);
    const certified = own && accept(own, issuer.key, delegate) && verifyLink(delegate, issuer.key);
    if (!certified || !sameName(delegate.issuer, issuer.certificate.subject)) return 'signer-not-trusted';
    const { extendedKeyUsage, keyUsage, ocspNoCheck, unknownCritical } = delegate.extensions;
    const may =
      extendedKeyUsage?.includes(oids.ocspSigning) === true &&
      unknownCritical.length === 0 &&
      (!keyUsage || keyUsage.has('digitalSignature') || keyUsage.has('nonRepudiation')) &&
      basic.producedAt >= delegate.notBefore &&
      basic.producedAt <= delegate.notAfter;
    if (!may) return 'signer-not-trusted';
    if (!ocspNoCheck && delegateState(delegate).status === 'revoked') return 'signer-not-trusted';
    return signs(publicKeyOf(delegate)) ? undefined : 'wrong-signature';
  }
  return 'signer-not-trusted';
}

function isResponder({ responder }: BasicOcspResponse, certificate: Certificate): boolean {
  if ('name' in responder) return sameName(responder.name, certificate.subject);
  return createHash('sha1').update(certificate.keyBits).digest().equals(responder.keyHash);
}
