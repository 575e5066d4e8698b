import type { KeyObject } from 'node:crypto';
import type { Context, Module, OrgId, PersonId, Unit } from '#kernel';

export { wrongPinLimit } from './pin.ts';

const landing = (): never => {
  throw new Error('src/signing is not there yet');
};

export interface SignedPdf {
  readonly pdf: Buffer;
  readonly signedAt: string;
  readonly level: string;
}
export interface SealedPdf {
  readonly pdf: Buffer;
  readonly sealedAt: string;
  readonly level: string;
}
export interface OfficerSigning {
  readonly pdf: Uint8Array;
  readonly personId: PersonId;
  readonly pin: string;
  readonly field: string;
  readonly capacity: string;
  readonly title: string;
  readonly fullName: string;
}
export interface Sealing {
  readonly pdf: Uint8Array;
  readonly number: string;
  readonly notation: string;
  readonly date: string;
  readonly pin: string;
}

export const issueOfficerKey = (
  _unit: Unit,
  _key: {
    readonly personId: PersonId;
    readonly name: string;
    readonly title: string;
    readonly organisation: string;
    readonly pin: string;
  },
): Promise<{ certificatePem: string; keyId: string }> => landing();
export const issueSealKey = (
  _unit: Unit,
  _key: { readonly organisation: string; readonly code: string; readonly pin: string },
): Promise<{ certificatePem: string; keyId: string }> => landing();
export const issueAgencyKey = (
  _unit: Unit,
  _key: { readonly organisation: string; readonly code: string },
): Promise<{ certificatePem: string; keyId: string }> => landing();
export const signAsOfficer = (_unit: Unit, _signing: OfficerSigning): Promise<SignedPdf> => landing();
export const sealAsOrganisation = (_unit: Unit, _sealing: Sealing): Promise<SealedPdf> => landing();
export const verifyFile = (
  _ctx: Context,
  _bytes: Uint8Array,
  _options?: { readonly at?: Date },
): Promise<unknown> => landing();
export const agencySigner = (
  _ctx: Context,
  _org: OrgId,
): Promise<{ privateKey: KeyObject; certificatePem: string; keyId: string }> => landing();
export const agencyCertificates = (
  _ctx: Context,
): Promise<readonly { orgId: OrgId; certificatePem: string }[]> => landing();

export const signaturesModule: Module = {
  name: 'signatures',
  migrations: { schema: 'signatures', folder: new URL('./migrations/', import.meta.url) },
};
