import { createTestAuthority, type TestAuthority } from '../../authority.ts';
import { HttpFault } from '../../http.ts';
import type { RevocationFetch } from '../../revocation/index.ts';
import { officerSignature, organisationSignature } from '../acts.ts';
import { extendPdf, type ExtendedPdf } from '../longTerm.ts';
import { signPdf } from '../sign.ts';
import { unsignedLetter } from './chain.ts';

const organisation = 'Văn phòng Thử nghiệm';

/** An authority whose clock is set by hand, with addresses in its certificates. */
export function authorityAt(
  time: Date,
  name = 'a',
): { readonly authority: TestAuthority; readonly clock: { now: Date } } {
  const clock = { now: time };
  const base = `http://${name}.example`;
  const authority = createTestAuthority({
    now: () => clock.now,
    organisation: `${organisation} ${name}`,
    urls: {
      ocsp: `${base}/ocsp`,
      crl: `${base}/ca.crl`,
      rootCrl: `${base}/root.crl`,
      issuer: `${base}/ca.crt`,
    },
  });
  return { authority, clock };
}

/** Signed by the officer and sealed, each with a timestamp. */
export async function signedLetter(authority: TestAuthority, now: Date, base: Uint8Array = unsignedLetter()) {
  const officer = authority.issueOfficer({
    commonName: 'Trần Thử Nghiệm',
    title: 'Chánh Văn phòng',
    organisation,
  });
  const seal = authority.issueSeal({ organisation, code: 'G01' });
  const timestamp = authority.timestamps;
  const signed = await signPdf(base, {
    ...officerSignature(base, { signingTime: now, signerName: 'Trần Thử Nghiệm' }),
    signer: officer.signer,
    timestamp,
  });
  const sealed = await signPdf(signed, {
    ...organisationSignature({
      signingTime: now,
      organisation,
      number: '7/VP',
      date: 'ngày 12 tháng 3 năm 2019',
    }),
    signer: seal.signer,
    timestamp,
  });
  return { pdf: sealed, officer: officer.certificate, seal: seal.certificate };
}

/** What any of several authorities answers. */
function anyOf(authorities: readonly TestAuthority[]): RevocationFetch {
  const first = async (ask: (fetch: RevocationFetch) => Promise<Uint8Array>): Promise<Uint8Array> => {
    for (const { revocation } of authorities) {
      try {
        return await ask(revocation);
      } catch (error) {
        if (!(error instanceof HttpFault)) throw error;
      }
    }
    throw new HttpFault('no answer');
  };
  return {
    ocsp: (url, body) => first((fetch) => fetch.ocsp(url, body)),
    crl: (url) => first((fetch) => fetch.crl(url)),
  };
}

/** Takes evidence in from the authorities, and has the last of them close the file by a document timestamp. */
export const extend = (
  pdf: Uint8Array,
  authorities: readonly TestAuthority[],
  now: Date,
  archive: boolean,
): Promise<ExtendedPdf> => {
  const timestamps = authorities.at(-1)?.timestamps;
  return extendPdf(pdf, {
    anchors: authorities.map(({ root }) => ({ certificate: root })),
    now,
    fetch: anyOf(authorities),
    ...(archive && timestamps ? { timestamps } : {}),
  });
};
