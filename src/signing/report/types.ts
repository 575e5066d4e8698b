import type { Change } from '../pades/diff/index.ts';

/** Main indication of ETSI EN 319 102-1 §5.1.3. */
export type Indication = 'TOTAL-PASSED' | 'INDETERMINATE' | 'TOTAL-FAILED';

/** A reason in words; the code is for programs. */
export interface Finding {
  readonly code: string;
  readonly vi: string;
  readonly en: string;
}

/** In what part a signature was given, told by its field (Decree 30/2020 Appendix I) or its kind. */
export type SignatureRole = 'initials' | 'officer' | 'organisation' | 'timestamp' | 'other';

export interface SignerReport {
  readonly name: string;
  readonly title?: string;
  readonly unit?: string;
  readonly organisation?: string;
}

export interface CertificateReport {
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** At `at`. */
  readonly indication: Indication;
  readonly subIndication?: string;
  readonly at: Date;
}

export interface TimestampReport {
  readonly time: Date;
  readonly authority: string;
  readonly indication: Indication;
  readonly subIndication?: string;
}

/** A change after a signature, whether that signature permits it, and in words. */
export interface JudgedChange extends Change {
  readonly permitted: boolean;
  readonly vi: string;
  readonly en: string;
}

export interface SignatureReport {
  readonly field: string;
  readonly role: SignatureRole;
  readonly indication: Indication;
  readonly subIndication?: string;
  readonly findings: readonly Finding[];
  readonly signer?: SignerReport;
  /** /M or the signed attribute: what the signer claims. */
  readonly declaredTime?: Date;
  readonly timestamp?: TimestampReport;
  /** The time at which the certificate was judged, and how it is known. */
  readonly judgedAt: Date;
  readonly judgedBy: 'timestamp' | 'given-time';
  readonly certificate?: CertificateReport;
  readonly algorithms?: string;
  readonly reason?: string;
  /** Revision covered, from 1; undefined when none is. */
  readonly revision?: number;
  readonly coversWholeFile: boolean;
  readonly docMdp?: 1 | 2 | 3;
  readonly fieldMdp?: 'All' | 'Include' | 'Exclude';
  readonly changes: readonly JudgedChange[];
}

export interface PdfReport {
  readonly kind: 'pdf';
  readonly indication: Indication;
  readonly subIndication?: string;
  /** No signature was ever in the file. */
  readonly unsigned: boolean;
  readonly revisions: number;
  readonly signatures: readonly SignatureReport[];
  /** About the file as a whole. */
  readonly findings: readonly Finding[];
  readonly checkedAt: Date;
}
