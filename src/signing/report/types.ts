/** Main indication of ETSI EN 319 102-1 §5.1.3. */
export type Indication = 'TOTAL-PASSED' | 'INDETERMINATE' | 'TOTAL-FAILED';

/** Sub-indications of ETSI EN 319 102-1 §5.1.3 (table 6). */
export type SubIndication =
  // With TOTAL-FAILED
  | 'FORMAT_FAILURE'
  | 'HASH_FAILURE'
  | 'SIG_CRYPTO_FAILURE'
  | 'REVOKED'
  | 'EXPIRED'
  | 'NOT_YET_VALID'
  // With INDETERMINATE
  | 'SIG_CONSTRAINTS_FAILURE'
  | 'CHAIN_CONSTRAINTS_FAILURE'
  | 'CERTIFICATE_CHAIN_GENERAL_FAILURE'
  | 'CRYPTO_CONSTRAINTS_FAILURE'
  | 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE'
  | 'POLICY_PROCESSING_ERROR'
  | 'SIGNATURE_POLICY_NOT_AVAILABLE'
  | 'TIMESTAMP_ORDER_FAILURE'
  | 'NO_SIGNING_CERTIFICATE_FOUND'
  | 'NO_CERTIFICATE_CHAIN_FOUND'
  | 'NO_CERTIFICATE_CHAIN_FOUND_NO_POE'
  | 'REVOKED_NO_POE'
  | 'REVOKED_CA_NO_POE'
  | 'OUT_OF_BOUNDS_NO_POE'
  | 'OUT_OF_BOUNDS_NOT_REVOKED'
  | 'REVOCATION_OUT_OF_BOUNDS_NO_POE'
  | 'NO_POE'
  | 'TRY_LATER'
  | 'SIGNED_DATA_NOT_FOUND';

/** What kind of signed thing was judged. */
export type SignedKind = 'pdf' | 'xmldsig' | 'xades' | 'cades' | 'asic-s' | 'asic-e';

/** Baseline level of AdES (EN 319 142-1, 132-1, 122-1): without and with timestamp, with evidence, with archive timestamp. */
export type SignatureLevel = 'B-B' | 'B-T' | 'B-LT' | 'B-LTA';

/** A reason in words, begun with a small letter and without a full stop; the code is for programs. */
export interface Finding {
  readonly code: string;
  readonly vi: string;
  readonly en: string;
}

/** In what part a signature was given, told by its field (Decree 30/2020 Appendix I) or its kind. */
export type SignatureRole = 'initials' | 'officer' | 'organisation' | 'timestamp' | 'other';

/** Who signed, as the certificate of that day names him. */
export interface SignerReport {
  readonly name: string;
  readonly title?: string;
  readonly unit?: string;
  /** The organisation as it was named in the certificate. */
  readonly organisation?: string;
  /** Its code (organizationIdentifier), by which a directory finds it. */
  readonly organisationCode?: string;
}

/** State of a certificate at a moment, and by whose word. */
export interface StateReport {
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly source?: 'ocsp' | 'crl' | 'no-check';
  /** When that was said. */
  readonly thisUpdate?: Date;
  readonly revokedAt?: Date;
  readonly revocationReason?: string;
}

export interface CertificateReport {
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** At `at`. */
  readonly indication: Indication;
  readonly subIndication?: SubIndication;
  readonly at: Date;
  /** At `at`; a revocation that came later stands in `SignatureReport.later`. */
  readonly state?: StateReport;
}

export interface TimestampReport {
  readonly time: Date;
  /** Name of the time-stamping authority. */
  readonly authority: string;
  readonly indication: Indication;
  readonly subIndication?: SubIndication;
}

/** How it is known that a signature existed at a time (a proof of existence, EN 319 102-1 §5.6.2.3). */
export interface ExistenceProof {
  readonly time: Date;
  readonly by: 'timestamp' | 'archive-timestamp' | 'evidence-record';
  /** Who vouches for the time. */
  readonly authority: string;
}

/** A change after a signature, whether that signature permits it, and in words. */
export interface JudgedChange {
  /** A word of the format's closed list: `field-filled`, `page-content` … */
  readonly kind: string;
  readonly permitted: boolean;
  readonly vi: string;
  readonly en: string;
  /** The revision of the file that made it, from 1. */
  readonly revision?: number;
  readonly page?: number;
  readonly field?: string;
  /** A hint for the technician. */
  readonly detail?: string;
}

/** Whether a signature can still be checked in years, when its authorities no longer answer. */
export interface DurabilityReport {
  /** Certificates and their states are all in the file. */
  readonly selfContained: boolean;
  /** The file stands by itself at least until this moment; absent: nothing in it outlives the authorities. */
  readonly until?: Date;
  /** In words for the clerk. */
  readonly vi: string;
  readonly en: string;
}

/** One signature, whatever its format. What a format does not have is absent. */
export interface SignatureReport {
  /** Its name: the field of a PDF, the Id of an XML signature, the name of the file in a container. */
  readonly field: string;
  readonly role: SignatureRole;
  readonly indication: Indication;
  readonly subIndication?: SubIndication;
  /** Why it is not valid, most telling first; with TOTAL-PASSED only what is worth knowing. */
  readonly findings: readonly Finding[];
  readonly level?: SignatureLevel;
  readonly signer?: SignerReport;
  /** What the signer claims: /M of a PDF, the signing-time attribute. */
  readonly declaredTime?: Date;
  /** The signature timestamp. */
  readonly timestamp?: TimestampReport;
  /** The earliest time at which the signature is proven to have existed. */
  readonly proof?: ExistenceProof;
  /** The time at which the certificate was judged, and how it is known. */
  readonly judgedAt: Date;
  readonly judgedBy: 'timestamp' | 'given-time';
  readonly certificate?: CertificateReport;
  /** What became of the certificate after `judgedAt`, in words: revoked, expired; it does not harm the signature. */
  readonly later?: readonly Finding[];
  readonly durability?: DurabilityReport;
  readonly algorithms?: string;
  readonly reason?: string;
  /** Names of the files or parts that it covers, in a container or an XML document. */
  readonly covers?: readonly string[];
  /** PDF: the revision covered, from 1; undefined when none is. */
  readonly revision?: number;
  /** Nothing was added after it but evidence and document timestamps. */
  readonly coversWholeFile: boolean;
  readonly docMdp?: 1 | 2 | 3;
  readonly fieldMdp?: 'All' | 'Include' | 'Exclude';
  readonly changes: readonly JudgedChange[];
}

/** What is known of a signed file after checking it, for a person and for a program (EN 319 102-1 §4.1.3). */
export interface ValidationReport {
  readonly kind: SignedKind;
  /** The worst of all signatures and of the findings about the file. */
  readonly indication: Indication;
  readonly subIndication?: SubIndication;
  /** No signature was ever in the file. */
  readonly unsigned: boolean;
  readonly signatures: readonly SignatureReport[];
  /** About the file as a whole. */
  readonly findings: readonly Finding[];
  readonly checkedAt: Date;
  /** The policy by which it was judged: name and version. */
  readonly policy?: string;
}

/** The report of a PDF. */
export interface PdfReport extends ValidationReport {
  readonly kind: 'pdf';
  readonly revisions: number;
}

const severity: Readonly<Record<Indication, number>> = {
  'TOTAL-PASSED': 0,
  INDETERMINATE: 1,
  'TOTAL-FAILED': 2,
};

/** The worst of several indications; of none, TOTAL-PASSED. */
export const worstOf = (indications: readonly Indication[]): Indication =>
  indications.reduce<Indication>(
    (worst, one) => (severity[one] > severity[worst] ? one : worst),
    'TOTAL-PASSED',
  );
