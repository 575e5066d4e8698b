import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCertificate, readCrl } from '#formats/x509';
import { evaluateCertificate, type TrustPolicy, type TrustVerdict } from '#signing';

/** A case of the NIST Public Key Interoperability Test Suite, as its folder's README describes it. */
interface PkitsCase {
  readonly name: string;
  readonly test: string;
  readonly certs: readonly string[];
  readonly crls: readonly string[];
  readonly valid: boolean;
  readonly initialPolicySet?: readonly string[];
  readonly initialExplicitPolicy?: boolean;
  readonly initialPolicyMappingInhibit?: boolean;
  readonly initialInhibitAnyPolicy?: boolean;
  readonly userConstrainedPolicySet?: readonly string[];
}

const at = new Date('2015-06-01T00:00:00Z');

function evaluate(folder: string, each: PkitsCase): TrustVerdict {
  const certificates = each.certs.map((name) =>
    readCertificate(readFileSync(join(folder, 'certs', `${name}.crt`))),
  );
  const crls = each.crls.map((name) => readCrl(readFileSync(join(folder, 'crls', `${name}.crl`))));
  const [anchor, ...others] = certificates;
  const certificate = others.pop();
  if (!anchor || !certificate) throw new Error(`${each.name} names too few certificates`);
  const policy: TrustPolicy = {
    purpose: 'signing',
    revocation: 'require',
    // The suite has DSA keys; what is too weak for documents is another question.
    acceptAlgorithm: () => true,
    ...(each.initialPolicySet ? { initialPolicySet: new Set(each.initialPolicySet) } : {}),
    initialExplicitPolicy: each.initialExplicitPolicy ?? false,
    initialPolicyMappingInhibit: each.initialPolicyMappingInhibit ?? false,
    initialInhibitAnyPolicy: each.initialInhibitAnyPolicy ?? false,
  };
  return evaluateCertificate({
    certificate,
    candidates: others,
    anchors: [{ certificate: anchor }],
    at,
    evidence: { crls },
    policy,
  });
}

/** Whether the output policies are those the suite names; it does not name them for every case. */
function policiesFit(each: PkitsCase, verdict: TrustVerdict): boolean {
  if (!each.userConstrainedPolicySet || !verdict.path?.ok) return true;
  const wanted = [...each.userConstrainedPolicySet].sort().join(' ');
  const found = [...verdict.path.policies].sort().join(' ');
  return wanted === found;
}

function judge(folder: string, each: PkitsCase): { readonly passed: boolean; readonly found: string } {
  let verdict: TrustVerdict;
  try {
    verdict = evaluate(folder, each);
  } catch (error) {
    // A certificate or CRL that is not even read is refused.
    return { passed: !each.valid, found: error instanceof Error ? error.message : String(error) };
  }
  const valid = verdict.indication === 'TOTAL-PASSED';
  const reasons = verdict.reasons.map(({ code }) => code).join(', ');
  const found = valid ? 'valid' : `${verdict.subIndication} (${reasons})`;
  if (!policiesFit(each, verdict) && verdict.path?.ok)
    return { passed: false, found: `${found}, policies ${[...verdict.path.policies].join(' ')}` };
  return { passed: valid === each.valid, found };
}

/**
 * Judges path validation by all cases of NIST PKITS, none excused.
 * @param args the folder with `cases.json`, `certs` and `crls`
 * @returns exit code: 0 when all pass
 */
export async function run(args: string[]): Promise<number> {
  const [folder] = args;
  if (folder === undefined) {
    console.error('usage: npm run conformance -- pkits FOLDER');
    return 2;
  }
  const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as PkitsCase[];
  let failed = 0;
  for (const each of cases) {
    const { passed, found } = judge(folder, each);
    if (!passed) failed++;
    console.log(
      `${passed ? 'ok  ' : 'FAIL'} ${each.test} ${each.name}: expected ${each.valid ? 'valid' : 'invalid'}, found ${found}`,
    );
  }
  console.log(`${cases.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
