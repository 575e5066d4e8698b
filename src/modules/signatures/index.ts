import { registerHostedImpact } from '#directory';
import { openKeys } from './store.ts';
/** Keys in custody, the test authority (TSA, OCSP), signing and verification reports. */
import type { Module } from '#kernel';
import { ensureAuthority, heldAuthority } from './authorityStore.ts';
import { signaturesRoutes } from './routes.ts';

export {
  agencyCertificates,
  agencySigner,
  issueAgencyKey,
  issueOfficerKey,
  issueSealKey,
  openOfficerKey,
  type AgencySigner,
  type KeyIssued,
  type OpenedKey,
} from './keys.ts';
export { offerToDevice, registerDeviceAct, type DeviceOffer } from './device.ts';
export { initialAsPerson } from './initials.ts';
export { wrongPinLimit } from './pin.ts';
export { sealAsOrganisation, signAsOfficer, signCopy, type SealedPdf, type SignedPdf } from './sign.ts';
export { capacityFindings, type Capacity } from './capacityRules.ts';
export {
  grantAuthority,
  signingAuthorityAt,
  type AuthorityVerdict,
  type Worded,
} from './signingAuthority.ts';
export { verifyFile } from './verify.ts';

export const signaturesModule: Module = {
  name: 'signatures',
  migrations: { schema: 'signatures', folder: new URL('./migrations/', import.meta.url) },
  async prepare(ctx) {
    // A trial makes its own authority; elsewhere one is used only when it is kept here already.
    if (ctx.config.sampleData) await ensureAuthority(ctx);
    else await heldAuthority(ctx);
  },
  subscribe: (ctx) =>
    registerHostedImpact(ctx, {
      kind: 'signatures.keys',
      vi: 'Con dấu, khóa ký hết hiệu lực',
      en: 'Seals and keys that end',
      work: false,
      list: openKeys,
    }),
  routes: signaturesRoutes,
};
