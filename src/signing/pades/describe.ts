import { displayName, nameToString, serialHex, type Certificate } from '#formats/x509';
import type { CertificateReport, SignerReport } from '../report/types.ts';
import type { CertificateJudgement } from './trust.ts';

/** Who a certificate names. */
export function signerOf(certificate: Certificate): SignerReport {
  const {
    commonName,
    title,
    organisation,
    units,
    organisationIdentifier: organisationCode,
  } = displayName(certificate.subject);
  const unit = units.at(-1);
  return {
    name: commonName ?? organisation ?? nameToString(certificate.subject),
    ...(title === undefined ? {} : { title }),
    ...(unit === undefined ? {} : { unit }),
    ...(organisation === undefined ? {} : { organisation }),
    ...(organisationCode === undefined ? {} : { organisationIdentifier: organisationCode }),
  };
}

/** A certificate and what was judged of it, for the report. */
export const certificateReport = (
  certificate: Certificate,
  judgement: CertificateJudgement,
  at: Date,
): CertificateReport => ({
  subject: nameToString(certificate.subject),
  issuer: nameToString(certificate.issuer),
  serial: serialHex(certificate),
  notBefore: certificate.notBefore,
  notAfter: certificate.notAfter,
  indication: judgement.indication,
  ...(judgement.subIndication === undefined ? {} : { subIndication: judgement.subIndication }),
  at,
  ...(judgement.state === undefined ? {} : { state: judgement.state }),
});
