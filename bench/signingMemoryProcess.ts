import { readFileSync } from 'node:fs';
import { signPdf, verifyPdf } from '#signing';
import { caseOf } from './signingCase.ts';

/**
 * A process of its own: signs and verifies the file that its argument names, and prints by how many sizes of the file
 * its memory had grown at its highest. The file itself is there before and does not count.
 */
const { options, policy } = await caseOf(20);
const unsigned = readFileSync(process.argv[2] as string);
const before = process.memoryUsage.rss();
const growth = (): number => (process.resourceUsage().maxRSS * 1024 - before) / unsigned.length;
const signed = await signPdf(unsigned, options);
const sign = growth();
const report = await verifyPdf(signed, policy);
if (report.indication !== 'TOTAL-PASSED') throw new Error(JSON.stringify(report.findings));
console.log(JSON.stringify({ sign, signAndVerify: growth() }));
