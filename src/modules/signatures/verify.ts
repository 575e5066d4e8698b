import { readCertificatesPem } from '#formats/x509';
import { sha256Hex, type Context } from '#kernel';
import { verifyPdf, type PdfReport, type TrustAnchor } from '#signing';
import { heldAuthority } from './authorityStore.ts';
import { lru, type Lru } from './lru.ts';
import { refuse } from './refusals.ts';
import { trustSet } from './trust.ts';

const kept = new WeakMap<Context, Lru<PdfReport>>();
const mostKept = 500;
const largest = 100 * 1_048_576;

/**
 * Verifies the signatures of a PDF by the roots that this installation trusts. Reports are kept for a day and a set of
 * roots: the same letter opened by ten people is verified once.
 * @param options.at the moment for which the answer is wanted; the present when missing
 * @throws PdfError when the file cannot be read at all; Refusal file-too-large
 */
export async function verifyFile(
  ctx: Context,
  bytes: Uint8Array,
  options: { readonly at?: Date } = {},
): Promise<PdfReport> {
  if (bytes.length > largest) throw refuse('file-too-large', { limit: largest / 1_048_576 });
  const now = ctx.clock.now();
  const { pems, fingerprint } = await trustSet(ctx);
  let reports = kept.get(ctx);
  if (!reports) kept.set(ctx, (reports = lru<PdfReport>(mostKept)));
  const key = `${sha256Hex(bytes)} ${fingerprint} ${(options.at ?? now).toISOString().slice(0, 10)}`;
  const known = reports.get(key);
  if (known) return known;
  const anchors = pems.flatMap((pem): TrustAnchor[] =>
    readCertificatesPem(pem).map((certificate) => ({ certificate })),
  );
  const held = await heldAuthority(ctx);
  const report = await verifyPdf(bytes, {
    anchors,
    now,
    ...(options.at === undefined ? {} : { at: options.at }),
    ...(held ? { evidence: { crls: [held.authority.currentCrl(), held.authority.currentRootCrl()] } } : {}),
  });
  reports.set(key, report);
  return report;
}
